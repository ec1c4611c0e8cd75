"""Measures once, while nobody waits, which settings are fastest for the model that is loaded.

In a thread of its own; any request to the engine ends it at once, and it goes on when all has been
quiet for a while. Posts when it begins and ends. Knows the engine's host; no widget.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from textual.message import Message

from llamachat.engine.base import Engine
from llamachat.engine.params import EngineOptions
from llamachat.engine.tuning.candidates import candidates, open_knobs
from llamachat.engine.tuning.values import OTHERS, SECONDS, Task, Tunes, Tuning, Verdict
from llamachat.errors import EngineDied, LlamaChatError
from llamachat.hardware.busy import used_by_others
from llamachat.hardware.cores import read_cores
from llamachat.hardware.power import on_battery
from llamachat.tui.engine_host import EngineHost

QUIET = 3.0
"""seconds in which nothing was typed, asked or loaded before it begins"""
ATTEMPTS = 6
"""who is interrupted so often leaves it for another day"""
SKIPPED = "it was skipped"
DIED = "the engine died of it"


@dataclass(slots=True, eq=False)
class _Search:
    options: EngineOptions
    """as the model was asked for"""
    known: tuple[Verdict, ...] = ()
    attempts: int = 0
    skipped: bool = False


class Tuner:
    """`post` may be called from any thread, all else from one."""

    class Began(Message):
        """The processor is busy for some seconds."""

    @dataclass
    class Ended(Message):
        """What was found; None where it is not over, or has nothing to say."""

        tuning: Tuning | None

    def __init__(self, post: Callable[[Message], object], host: EngineHost) -> None:
        self._post = post
        self._host = host
        self._search: _Search | None = None
        self._disturbed = 0.0
        self._used = (0.0, 0.0)
        """what others had used of the processor at the last look, and when that was"""
        self._thread: threading.Thread | None = None
        self.busy = False
        """it measures now"""

    @property
    def wanted(self) -> bool:
        """A model is still to be measured."""
        return self._search is not None

    def expect(self, options: EngineOptions) -> None:
        """A model was loaded, as these options ask."""
        self._search = _Search(options) if open_knobs(options) else None
        self._used = used_by_others(), time.monotonic()
        self.disturbed()

    def disturbed(self) -> None:
        """Somebody is at work."""
        self._disturbed = time.monotonic()

    def begin_if_quiet(self) -> None:
        """To be called now and then while a model is to be measured."""
        engine, search = self._host.engine, self._search
        quiet = time.monotonic() - self._disturbed >= QUIET
        at_work = self._thread is not None and self._thread.is_alive()
        if engine is None or search is None or at_work or on_battery():
            return
        if self._others_compute():
            self.disturbed()
        elif quiet:
            self._begin(engine, search)

    def _begin(self, engine: Engine, search: _Search) -> None:
        self._thread = threading.Thread(
            target=self._work, args=(engine, search), name="llamachat-tuner", daemon=True
        )
        self._thread.start()

    def _others_compute(self) -> bool:
        """Since the last look; an engine that is at work is another program too."""
        (before, at), now = self._used, (used_by_others(), time.monotonic())
        self._used = now
        return now[0] - before > OTHERS * (now[1] - at)

    def skip(self) -> bool:
        """Never mind; whether it was measuring."""
        if not self.busy or self._search is None:
            return False
        self._search.skipped = True
        self._host.cancel()
        return True

    # The thread

    def _work(self, engine: Engine, search: _Search) -> None:
        from llamachat.engine.tuning.store import remembered  # 10 ms, once

        options, info = search.options, engine.info
        found = candidates(options, info, read_cores())
        stored = remembered(options.model, fast=info.rung == "fast")
        is_known = stored is not None and stored.covers({one.knob for one in found})
        if is_known or not found or not isinstance(engine, Tunes):
            self._end(search)
            return
        self.busy = True
        self._post(self.Began())
        tuning: Tuning | None = None
        try:
            new = engine.tune(Task(found, search.known, SECONDS, OTHERS))
            search.known += tuple(one for one in new if one.outcome != "busy")
            tuning = self._judge(engine, search, len(found))
        except EngineDied as death:
            self._died(engine, search, death)
        except LlamaChatError:
            search.attempts += 1  # the engine is at work, or closed: another time
        finally:
            self.busy = False
            self.disturbed()
            self._post(self.Ended(tuning))

    def _judge(self, engine: Engine, search: _Search, count: int) -> Tuning | None:
        """What is to be remembered of it, where it is over."""
        search.attempts += 1
        if search.skipped:
            return self._remember(engine, search, SKIPPED)
        if len(search.known) == count:
            return self._remember(engine, search)
        if search.attempts >= ATTEMPTS:
            self._end(search)
        return None

    def _died(self, engine: Engine, search: _Search, death: EngineDied) -> None:
        """Of what nobody asked for; it is not tried again with this model."""
        if self._host.engine is engine:  # else it was closed
            self._remember(engine, search, DIED)
            self._post(EngineHost.Failed(death))
            self._host.revive()

    def _remember(self, engine: Engine, search: _Search, why_not: str = "") -> Tuning | None:
        from llamachat.engine.tuning.store import remember_search

        self._end(search)
        with suppress(LlamaChatError):  # a full or read-only disk: measured again next time
            verdicts = () if why_not else search.known
            return remember_search(search.options, engine.info, verdicts, why_not=why_not)
        return None

    def _end(self, search: _Search) -> None:
        if self._search is search:
            self._search = None
