"""Everything the doctor knows, gathered once.

Slow parts say what they do through `say`. Judges nothing and prints nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from llamachat.cli.doctor.instructions import InstructionSet, judge_instructions
from llamachat.cli.doctor.library import Library, read_library
from llamachat.cli.doctor.places import Folder, read_folders, read_versions
from llamachat.cli.doctor.rungs import NOT_TRIED, Rungs, judge_rungs
from llamachat.errors import EngineError
from llamachat.hardware.container import read_container
from llamachat.hardware.cores import Cores, default_threads, read_cores
from llamachat.hardware.gpu import read_nvidia_gpus
from llamachat.hardware.isa import Cpu, read_cpu
from llamachat.hardware.memory import MemoryState, read_memory
from llamachat.hardware.terminal import Terminal, read_terminal
from llamachat.install.record import BuildRecord, read_build_record

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Report:
    cpu: Cpu
    cores: Cores
    memory: MemoryState
    terminal: Terminal
    library: Library
    rungs: Rungs
    instructions: tuple[InstructionSet, ...]
    versions: dict[str, str]
    folders: tuple[Folder, ...]
    gpus: tuple[str, ...] = ()
    """NVIDIA models that the driver knows, whether the library can use them or not"""
    container: str = ""
    build: BuildRecord | None = None
    """how llamachat built the engine; None where somebody else did"""
    measured: int = 0
    """models of which the fastest settings are known here"""

    @property
    def threads(self) -> int:
        return default_threads(self.cores)


def gather(say: Say) -> Report:
    """Look at the machine, the library and the ladder: 0.3 s, some seconds the first time."""
    cpu, cores = read_cpu(), read_cores()
    say("Asking the engine's library how it was built")
    library = read_library()
    rungs = NOT_TRIED
    if library.state == "ok":
        say("Evaluating tiny models on each rung of the engine (seconds the first time)")
        rungs = _climb(default_threads(cores))
    return Report(
        cpu=cpu,
        cores=cores,
        memory=read_memory(),
        terminal=read_terminal(),
        library=library,
        rungs=rungs,
        instructions=judge_instructions(cpu, library, rungs),
        versions=read_versions(library),
        folders=read_folders(),
        gpus=read_nvidia_gpus(),
        container=read_container(),
        build=read_build_record(),
        measured=_measured_models(),
    )


def _measured_models() -> int:
    from llamachat.engine.tuning.store import all_remembered, machine_words

    try:
        here = machine_words()
    except EngineError:  # there is no library
        return 0
    return sum(tuning.machine == here for tuning in all_remembered().values())


def _climb(threads: int) -> Rungs:
    """A full or read-only disk must not stop the doctor: then nothing is remembered."""
    from llamachat.engine.ladder import Ladder
    from llamachat.engine.survey import run_survey

    try:
        ladder = Ladder.open(threads)
        return judge_rungs(ladder.results, ladder.lowered)
    except OSError:
        return judge_rungs(run_survey(threads), {})
    except EngineError as error:
        return Rungs("none", error.message)
