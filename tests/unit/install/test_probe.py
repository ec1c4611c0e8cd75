"""Probes prove what runs on this machine, and every way to fail is told from the others."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from llamachat.hardware.isa import FEATURES, Arch, Feature, read_cpu
from llamachat.install import probe as probe_module
from llamachat.install.compiler import Toolchain, find_toolchain
from llamachat.install.probe import PROBES, SOURCES, Bench, Outcome, Probe, detect, run_probe
from llamachat.install.survey import examine

AMX = {Feature.AMX_TILE, Feature.AMX_INT8, Feature.AMX_BF16}
TOOLCHAIN = find_toolchain()


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(TOOLCHAIN, tmp_path)


def attempt(bench: Bench, body: str, remedies: tuple[tuple[str, ...], ...] = ()) -> Outcome:
    """The outcome of a program with this body of `main`."""
    return result_of(bench, body, remedies).outcome


def result_of(
    bench: Bench, body: str, remedies: tuple[tuple[str, ...], ...] = ()
) -> probe_module.ProbeResult:
    source = bench.folder / "made.c"
    headers = "#include <signal.h>\n#include <unistd.h>\n"
    source.write_text(f"{headers}int main(void) {{ {body} }}\n", encoding="utf-8")
    return run_probe(Probe(Feature.AVX, str(source), (), remedies), bench)


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ("return 0;", Outcome.RUNS),
        ("return 1;", Outcome.WRONG_RESULT),
        ("return 3;", Outcome.REFUSED),
        ("return 77;", Outcome.DIED),
        ("return raise(SIGILL);", Outcome.ILLEGAL_INSTRUCTION),
        ("return raise(SIGSEGV);", Outcome.SEGMENTATION_FAULT),
        ("return raise(SIGBUS);", Outcome.SEGMENTATION_FAULT),
        ("return raise(SIGKILL);", Outcome.DIED),
        ("this is not C", Outcome.NOT_COMPILED),
    ],
)
def test_outcome_of_a_program_is_recognised(bench: Bench, body: str, outcome: Outcome) -> None:
    assert attempt(bench, body) is outcome


def test_program_that_hangs_is_ended(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe_module, "TIME_LIMIT", 0.2)
    assert attempt(bench, "return pause();") is Outcome.TIMED_OUT


def test_remedy_is_found_and_what_happened_without_it_is_kept(bench: Bench) -> None:
    body = "\n#ifdef CURED\nreturn 0;\n#endif\nreturn raise(SIGSEGV);"
    remedies = (("-DUSELESS",), ("-fno-such-flag",), ("-DCURED",), ("-DCURED", "-DMORE"))
    result = result_of(bench, body, remedies)
    assert result.outcome is Outcome.RUNS
    assert result.remedy == ("-DCURED",)
    assert result.without_remedy is Outcome.SEGMENTATION_FAULT


def test_remedy_that_does_not_help_leaves_the_first_outcome(bench: Bench) -> None:
    result = result_of(bench, "return raise(SIGILL);", (("-DUSELESS",),))
    assert (result.outcome, result.remedy) == (Outcome.ILLEGAL_INSTRUCTION, ())


def test_no_core_file_is_left_behind(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(bench.folder)
    attempt(bench, "return raise(SIGSEGV);")
    assert not list(bench.folder.glob("core*"))


@pytest.mark.skipif(TOOLCHAIN.arch is Arch.OTHER, reason="no probes for this architecture")
def test_what_this_machine_advertises_runs_on_it(native_bench: Bench) -> None:
    findings = examine(native_bench, frozenset())
    expected = findings.advertised & {result.feature for result in findings.results}
    assert expected - AMX  # a machine without any of them would prove nothing
    assert expected - AMX <= findings.proved


def test_detector_and_description_agree(bench: Bench) -> None:
    assert (detect(bench) or set()) - AMX == read_cpu().features - AMX


def test_folder_where_programs_can_not_run_gives_no_results(bench: Bench) -> None:
    """As a temporary folder mounted noexec: every probe would seem to die."""
    barred = Bench(bench.toolchain, bench.folder, (), ("false",))
    assert examine(barred, frozenset()).results == ()


def test_every_feature_beyond_the_baseline_has_a_probe_with_its_source() -> None:
    baseline = {Feature.SSE3, Feature.SSSE3, Feature.SSE42}
    for arch, probes in PROBES.items():
        assert {probe.feature for probe in probes} == set(FEATURES[arch]) - baseline
        assert all((SOURCES / probe.source).is_file() for probe in probes)


def drops_tile_stores(toolchain: Toolchain) -> bool:
    return toolchain.cxx.name == "GCC" and (11, 0, 0) <= toolchain.cxx.version <= (13, 2, 0)


@pytest.mark.skipif(TOOLCHAIN.arch is not Arch.X86_64, reason="AMX is an x86-64 feature")
@pytest.mark.skipif(not drops_tile_stores(TOOLCHAIN), reason="this compiler keeps the stores")
@pytest.mark.parametrize(
    "source",
    [
        "amx_int8.cpp",
        pytest.param("amx_tile.cpp", marks=pytest.mark.slow),
        pytest.param("amx_bf16.cpp", marks=pytest.mark.slow),
    ],
)
def test_amx_probe_shows_the_stores_that_gcc_drops(source: str) -> None:
    assert stores_before_load(source) < stores_before_load(source, "-fno-dse")


def stores_before_load(source: str, *flags: str) -> int:
    """Counts the stores to the stack in `configure_tiles`, up to ldtilecfg."""
    (probe,) = (probe for probe in PROBES[Arch.X86_64] if probe.source == source)
    command = [*TOOLCHAIN.cxx.command, *probe_module.RELEASE, *probe.flags, *flags]
    listing = subprocess.run(
        [*command, "-S", "-o", "-", str(SOURCES / source)],
        capture_output=True,
        text=True,
        check=True,
    )
    function = re.search(r"configure_tiles\w*:\n(.*?)ldtilecfg", listing.stdout, re.DOTALL)
    assert function
    return len(re.findall(r"\tmov\w+\t.*, -?\d*\(%rsp\)", function[1]))
