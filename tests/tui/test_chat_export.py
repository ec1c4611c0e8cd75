"""A chat that was written to a file comes back from it as it was."""

from pathlib import Path

import pytest

from llamachat.chat.store.chats import ChatStore
from llamachat.cli.main import main
from tests.tui.chat_app import answered, running, shown, until
from tests.tui.chat_steps import remarks, send

pytestmark = pytest.mark.usefixtures("quick")


async def test_an_exported_chat_is_imported_with_all_its_versions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with running() as (app, pilot):
        await send(app, pilot, "Wie heißt du? 你好 👩‍👩‍👧\n\n```\n\x1b[31mcode\n```")
        await answered(app, pilot, 2)
        await pilot.press("f5")
        await until(pilot, lambda: "2/2" in shown(app))
        await answered(app, pilot, 2)
        await send(app, pilot, "/export chat.json")
        await until(pilot, lambda: remarks(app))
    assert main(["chats", "import", "chat.json"]) == 0
    with ChatStore() as store:
        first, second = store.get(1), store.get(2)
        assert (first.title, first.dialog) == (second.title, second.dialog)
        before, after = (
            [(row.message, row.place, row.places, row.stats) for row in store.tree(chat)]
            for chat in (1, 2)
        )
    assert before == after
    assert len(before) == 3
