"""A survey shows the same as a table and as JSON, and its flags are those of the build."""

from __future__ import annotations

import json

import pytest

from llamachat.hardware.isa import Arch, Cpu, Feature
from llamachat.install.compiler import find_toolchain
from llamachat.install.flags import Findings, decide
from llamachat.install.probe import Bench, Outcome, ProbeResult
from llamachat.install.report import as_json, as_table
from llamachat.install.survey import Survey, examine

AMX_WITH_REMEDY = ProbeResult(
    Feature.AMX_INT8, Outcome.RUNS, ("-fno-dse",), Outcome.SEGMENTATION_FAULT
)


@pytest.fixture
def survey() -> Survey:
    """A Xeon whose AMX needs -fno-dse, cut down to three features."""
    features = frozenset({Feature.AVX, Feature.AVX2, Feature.AMX_INT8})
    results = (
        ProbeResult(Feature.AVX, Outcome.RUNS),
        ProbeResult(Feature.AVX2, Outcome.ILLEGAL_INSTRUCTION),
        AMX_WITH_REMEDY,
    )
    findings = Findings(Arch.X86_64, "GCC 12.2.0", features, features, results)
    cpu = Cpu(Arch.X86_64, "Intel(R) Xeon(R) Platinum 8480+", features)
    return Survey(cpu, find_toolchain(), findings, decide(findings))


def test_table_has_a_row_for_each_feature_and_the_reasons(survey: Survey) -> None:
    table = as_table(survey, {})
    rows = {line.split()[0]: line for line in table.splitlines() if line}
    assert rows["AVX"].endswith("runs")
    assert rows["AVX2"].endswith("illegal instruction (SIGILL)")
    assert rows["AMX_INT8"].endswith(
        "runs with -fno-dse; without: segmentation fault (SIGSEGV)",
    )
    assert "adding -fno-dse" in table
    assert "-DCMAKE_CXX_FLAGS=-fno-dse -mno-avx2" in table


def test_json_holds_probes_reasons_and_arguments(survey: Survey) -> None:
    shown = json.loads(as_json(survey, {"LLAMACHAT_CMAKE_ARGS": "-DGGML_CUDA=ON"}))
    assert shown["cpu"]["model"] == "Intel(R) Xeon(R) Platinum 8480+"
    assert shown["probes"][2]["remedy"] == ["-fno-dse"]
    assert shown["probes"][2]["without_remedy"] == "segmentation fault (SIGSEGV)"
    assert "-DGGML_CUDA=ON" in shown["cmake_args"]
    assert "-DCMAKE_C_FLAGS=-fno-dse -mno-avx2" in shown["cmake_args"]
    assert len(shown["reasons"]) == 3


def test_examining_this_machine_gives_a_build_for_it(native_bench: Bench) -> None:
    findings = examine(native_bench, frozenset())
    assert findings.arch is native_bench.toolchain.arch
    assert decide(findings).options[0].startswith("-DGGML_NATIVE=")
