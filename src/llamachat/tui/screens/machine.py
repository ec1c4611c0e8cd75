"""What this computer is, as a few lines for a person who starts for the first time.

Instruction sets are what the processor advertises; what was proved is that the engine's fast
kernels, which use them, ran in a child and came out right. Knows nothing of widgets.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from llamachat.engine.ladder import survey
from llamachat.errors import EngineError
from llamachat.hardware.cores import Cores, default_threads, read_cores
from llamachat.hardware.disk import read_disk
from llamachat.hardware.isa import Cpu, Feature, read_cpu
from llamachat.hardware.memory import MemoryState, read_memory
from llamachat.models.fit import gigabytes
from llamachat.paths import data_dir

_TOLD = (
    Feature.AVX2, Feature.AVX512, Feature.AVX_VNNI, Feature.AVX512_VNNI, Feature.AVX512_BF16,
    Feature.AMX_INT8, Feature.NEON, Feature.DOTPROD, Feature.MATMUL_INT8, Feature.SVE,
)  # fmt: skip
"""those that decide the speed, from old to new"""


@dataclass(frozen=True, slots=True)
class Machine:
    cpu: Cpu
    cores: Cores
    memory: MemoryState
    disk_free: int
    """bytes, where llamachat keeps its data"""
    proof: str
    """what was evaluated on this processor, in words"""

    def rows(self) -> Iterator[tuple[str, str]]:
        """Label and value."""
        threads = default_threads(self.cores)
        yield "Processor", self.cpu.model or self.cpu.arch.value
        told = [feature.value for feature in _TOLD if feature in self.cpu.features]
        yield "Instructions", f"{', '.join(told) or 'basic'}; {self.proof}"
        computing = "1 thread computes" if threads == 1 else f"{threads} threads compute"
        yield "Cores", f"{self.cores.physical}; {computing}"
        total, usable = gigabytes(self.memory.total), gigabytes(self.memory.usable)
        limit = self.memory.cgroup_limit
        within = f", {gigabytes(limit)} allowed here" if limit is not None else ""
        yield "Memory", f"{total}{within}, {usable} usable now"
        yield "Disk", f"{gigabytes(self.disk_free)} free"


def read_machine() -> Machine:
    """Looks at the machine; the first time the engine's kernels are tried, which takes a second or
    a few."""
    cores = read_cores()
    return Machine(
        cpu=read_cpu(),
        cores=cores,
        memory=read_memory(),
        disk_free=read_disk(data_dir()).free,
        proof=_proof(default_threads(cores)),
    )


def _proof(threads: int) -> str:
    try:
        results = survey(threads)
    except (EngineError, OSError) as error:  # no engine, or no disk space to try it
        return f"not proved: {error}"
    fast = [result for result in results if result.rung == "fast"]
    proved = sum(result.outcome == "ok" for result in fast)
    if proved == len(fast):
        return "proved: the engine's fast kernels run here"
    return f"the engine's fast kernels run here for {proved} of {len(fast)} tensor types"
