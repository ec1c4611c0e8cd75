"""What waits is announced once, but for what should be seen at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from textual.message import Message

from llamachat.engine.base import Chunk, Done, Engine, Event, Prefilled
from llamachat.engine.scripted import ScriptedEngine
from llamachat.tui.answering import Answering
from llamachat.tui.engine_host import EngineHost

EVENTS = (Prefilled(3, 3, 0), Chunk("a", 1), Chunk("b", 1), Chunk("c", 1), Done("eos"))

Told = list[tuple[int, bool]]
"""how often something was announced, and whether it is pressing"""


def followed(after_each: Callable[[Answering], object]) -> Told:
    """After each of EVENTS, and at the end."""
    posted: list[Message] = []
    told: Told = []
    host = EngineHost(posted.append)
    host._settle(0, ScriptedEngine([""]), None)

    def events(_engine: Engine) -> Iterator[Event]:
        for event in EVENTS:
            yield event
            told.append((len(posted), answering.pressing))
            after_each(answering)

    answering = Answering(posted.append, host, events)
    answering.start()
    answering.join(5.0)
    return [*told, (len(posted), answering.pressing)]


def test_the_first_words_and_the_end_are_told_though_nothing_was_taken() -> None:
    told = followed(lambda _: None)
    assert told == [(1, False), (2, True), (2, True), (2, True), (2, True), (3, True)]


def test_after_each_frame_one_more_is_told_and_only_the_end_is_pressing() -> None:
    told = followed(Answering.take)
    assert told == [(1, False), (2, True), (3, False), (4, False), (5, False), (6, True)]
