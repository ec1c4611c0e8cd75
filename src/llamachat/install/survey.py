"""Looks at this machine once: compiler, advertised and proved features, and the flags decided.

Everything `python3 -m llamachat.install` prints and the engine build acts on. It builds
nothing itself.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from llamachat.hardware.isa import Cpu, Feature, read_cpu
from llamachat.install.compiler import Toolchain, find_toolchain, native_features
from llamachat.install.flags import Decision, Findings, decide
from llamachat.install.probe import Bench, detect, run_probes


@dataclass(frozen=True, slots=True)
class Survey:
    cpu: Cpu
    toolchain: Toolchain
    findings: Findings
    decision: Decision


def survey_machine(environ: Mapping[str, str] = os.environ) -> Survey:
    """Finds the compiler, probes the processor and decides. Takes some seconds."""
    cpu = read_cpu()
    toolchain = find_toolchain(environ)
    with tempfile.TemporaryDirectory(prefix="llamachat-probe-") as folder:
        findings = examine(Bench(toolchain, Path(folder)), native_features(toolchain))
    return Survey(cpu, toolchain, findings, decide(findings))


def examine(bench: Bench, native: frozenset[Feature]) -> Findings:
    """Detects and probes. Without a detector that runs (a temporary folder mounted noexec,
    say) a probe that dies would mean nothing, so none is run."""
    advertised = detect(bench)
    results = () if advertised is None else run_probes(bench)
    tools = bench.toolchain
    return Findings(tools.arch, str(tools), advertised or frozenset(), native, results)
