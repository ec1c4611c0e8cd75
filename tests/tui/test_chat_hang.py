"""Stop is heeded in the end, whatever state the engine is in."""

import signal
from pathlib import Path

import pytest

from tests.tui.chat_steps import answering, here, quiet, remarks, send, signal_engine, writing

pytestmark = pytest.mark.usefixtures("quick")


@pytest.mark.slow
async def test_escape_ends_an_engine_that_hangs_and_the_next_message_works(
    slow_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with answering(slow_model) as (app, pilot):
        with monkeypatch.context() as hurried:
            hurried.setattr("llamachat.engine.hang_watch.PATIENCE", 0.3)
            await pilot.pause(0.1)  # whoever waits already waits for a tenth of the long one
            signal_engine(app, signal.SIGSTOP)
            await pilot.press("escape", "escape")
            await quiet(app, pilot)
        _, text, reason = here(app)[-1]
        assert reason == "died"
        assert len(text) >= 20
        assert "heeded no cancel" in remarks(app)[0]

        await send(app, pilot, "And now?")
        await writing(app, pilot)
        await pilot.press("escape")
        await quiet(app, pilot)
        assert here(app)[-1][2] == "cancelled"
