"""The capability ladder: which kernels may be used, per processor, library build and tensor type.

Two rungs: *fast* lets llama.cpp use its extra buffer types (AMX tiles, repacked weights), *plain*
does without. A rung is used only for types that a survey proved on it; a processor fault at any
later time lowers it for good, until the engine is rebuilt or the survey is asked for again. What
was found is remembered in the cache folder. Knows nothing of prompts or processes in use.
"""

from __future__ import annotations

import contextlib
import json
import signal
from collections.abc import Collection
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from llamachat.engine.build_id import build_id
from llamachat.engine.params import EngineOptions
from llamachat.engine.survey import Rung, RungResult, run_survey
from llamachat.engine.typed import build
from llamachat.errors import EngineDied, UnsupportedCPU, UsageError
from llamachat.hardware.isa import read_cpu
from llamachat.paths import cache_dir
from llamachat.text_file import write_whole

_VERSION = 2
MAX_MACHINES = 8
"""a home folder shared by several machines keeps the findings of this many"""

CPU_FAULTS = frozenset({signal.SIGILL, signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE})
REBUILD_HINT = "Run `llamachat doctor --rebuild` to build the engine for this processor."


@dataclass(frozen=True, slots=True)
class Choice:
    """The rung for one model, and the reason in words."""

    rung: Rung
    reason: str


class Ladder:
    """What is known about this processor with this build of the library.

    Args:
        results: of a survey.
        lowered: tensor type → why its fast rung is not used any more.
    """

    def __init__(
        self, results: tuple[RungResult, ...], lowered: dict[str, str], *, key: str = ""
    ) -> None:
        self.results = results
        self.lowered = lowered
        self._key = key

    @classmethod
    def open(cls, threads: int, *, fresh: bool = False) -> Ladder:
        """What was found before, or a survey now (0.3 s) if there is nothing or `fresh` is asked.

        Raises:
            EngineError: the engine is not installed or cannot be loaded.
        """
        key = f"{read_cpu().key} | {build_id()} | {threads} threads"
        if not fresh and (known := _found(key)) is not None:
            return cls(*known, key=key)
        ladder = cls(run_survey(threads), {}, key=key)
        ladder._save()
        return ladder

    def choose(self, types: Collection[str]) -> Choice:
        """The highest rung on which every one of these tensor types runs.

        Raises:
            UnsupportedCPU: one of them does not even run on the plain rung.
        """
        found = {(r.rung, r.tensor_type): r for r in self.results if r.tensor_type in types}
        for (rung, name), result in found.items():
            if rung == "plain" and result.outcome != "ok":
                raise UnsupportedCPU(
                    f"The installed engine cannot compute with {name} on this processor"
                    f" ({result.outcome}: {result.detail or 'no finite numbers'}).",
                    REBUILD_HINT,
                )
        for (rung, name), result in found.items():
            if rung == "fast" and result.outcome != "ok":
                reason = f"the fast kernels for {name} {result.outcome} here ({result.detail})"
                return Choice("plain", reason)
        for name in sorted(set(types) & self.lowered.keys()):
            return Choice(
                "plain", f"the fast kernels for {name} were given up: {self.lowered[name]}"
            )
        for name in sorted(set(types) - {result.tensor_type for result in found.values()}):
            return Choice("plain", f"no survey tries the fast kernels for {name}")
        return Choice("fast", "every tensor type was evaluated with the fast kernels and agreed")

    @property
    def copies(self) -> dict[str, str]:
        """Tensor type → the buffer that holds a rearranged copy of such weights."""
        fast = [result for result in self.results if result.rung == "fast" and result.buffer]
        return {result.tensor_type: result.buffer for result in fast if result.outcome == "ok"}

    def lower(self, types: Collection[str], reason: str) -> None:
        """Never use the fast rung for these types again with this build."""
        if known := _found(self._key):  # another process may have lowered others meanwhile
            self.lowered = known[1] | self.lowered
        self.lowered |= dict.fromkeys(sorted(types), reason)
        self._save()

    def after_death(
        self, types: Collection[str], options: EngineOptions, death: EngineDied
    ) -> EngineOptions:
        """The options for the next worker: one rung lower after a processor fault."""
        if death.signal not in CPU_FAULTS or not options.extra_buffers:
            return options
        self.lower(types, f"the engine died of {signal.Signals(death.signal).name}")
        return replace(options, extra_buffers=False)

    def _save(self) -> None:
        machines = _load()
        machines.pop(self._key, None)
        machines[self._key] = {
            "results": [asdict(result) for result in self.results],
            "lowered": self.lowered,
        }
        kept = dict(list(machines.items())[-MAX_MACHINES:])
        text = json.dumps({"version": _VERSION, "machines": kept}, indent=1)
        with contextlib.suppress(OSError):  # a full or read-only disk: surveyed again next time
            ladder_path().parent.mkdir(parents=True, exist_ok=True)
            write_whole(ladder_path(), text)


def survey(threads: int, *, fresh: bool = False) -> tuple[RungResult, ...]:
    """Every result for this machine, remembered ones where there are any."""
    return Ladder.open(threads, fresh=fresh).results


def ladder_path() -> Path:
    return cache_dir() / "ladder.json"


def _found(key: str) -> tuple[tuple[RungResult, ...], dict[str, str]] | None:
    """Results and lowered types remembered for one machine; None where there are none to trust."""
    match _load().get(key):
        case {"results": [*items], "lowered": dict(lowered)}:
            try:
                return tuple(build(RungResult, item, "result") for item in items), lowered
            except UsageError:
                return None
    return None


def _load() -> dict[str, Any]:
    """Findings by machine; a file of another version or a damaged one counts as none."""
    try:
        found = json.loads(ladder_path().read_text())
    except (OSError, ValueError, RecursionError):
        return {}
    match found:
        case {"version": version, "machines": dict(machines)} if version == _VERSION:
            return machines
    return {}
