"""A line that breaks behind the last word of an answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from llamachat.engine.base import Chunk, Done
from llamachat.engine.params import GenerateParams
from llamachat.engine.prompt import raw_prompt
from llamachat.engine.remote.address import endpoint
from llamachat.engine.remote.answering import Answering
from llamachat.engine.remote.client import Client
from llamachat.engine.remote.counting import Counter
from llamachat.engine.remote.events import BrokenOff
from llamachat.engine.remote.server import Server

MODEL = Server("m")


class Breaking:
    """A call whose line breaks after these values."""

    cancelled = False

    def __init__(self, *values: dict[str, Any]) -> None:
        self._values = values

    def values(self, url: str, body: object) -> Iterator[dict[str, Any]]:
        yield from self._values
        raise BrokenOff


@pytest.mark.parametrize(("finish", "reason"), [("stop", "eos"), (None, "died")])
def test_an_answer_that_was_over_is_not_broken_off(finish: str | None, reason: str) -> None:
    client = Client(endpoint("http://127.0.0.1:8080"))
    try:
        answering = Answering(client, MODEL, Counter(client, MODEL), 4096)
        call = Breaking(
            {"choices": [{"text": "All of it."}]},
            {"choices": [{"text": "", "finish_reason": finish}]},
        )
        *_, chunk, done = answering.events(call, raw_prompt("Go on."), GenerateParams())  # type: ignore[arg-type]
    finally:
        client.close()
    assert isinstance(chunk, Chunk)
    assert chunk.text == "All of it."
    assert isinstance(done, Done)
    assert done.reason == reason
