"""The three columns: advertised, compiled in, proved to run."""

from dataclasses import replace

from llamachat.cli.doctor.instructions import InstructionSet, judge_instructions
from llamachat.cli.doctor.library import Library
from llamachat.cli.doctor.rungs import NOT_TRIED, Rungs, judge_rungs
from llamachat.hardware.isa import Arch, Cpu, Feature
from tests.unit.cli.doctor_report import GOOD_LIBRARY, survey

AMX_CPU = Cpu(Arch.X86_64, "", frozenset({Feature.AVX, Feature.AMX_INT8, Feature.AMX_TILE}))
AMX_LIBRARY = replace(GOOD_LIBRARY, system_info="CPU : AVX = 1 | AVX2 = 1 | AMX_INT8 = 1 | ")


def rows(
    cpu: Cpu = AMX_CPU, library: Library = AMX_LIBRARY, rungs: Rungs | None = None
) -> dict[str, InstructionSet]:
    judged = judge_instructions(cpu, library, rungs or judge_rungs(survey(), {}))
    return {row.name: row for row in judged}


def test_columns_are_told_apart() -> None:
    table = rows()
    assert table["AVX"] == InstructionSet("AVX", True, True, "fast")
    assert table["AVX2"] == InstructionSet("AVX2", False, True, "")
    assert table["AVX512"] == InstructionSet("AVX512", False, False, "")


def test_amx_is_proved_by_a_type_that_has_amx_kernels() -> None:
    assert rows(rungs=judge_rungs(survey(q4_0="ok"), {}))["AMX_INT8"].proved == "fast"
    assert rows(rungs=judge_rungs(survey(f16="ok", q5_0="ok"), {}))["AMX_INT8"].proved == ""


def test_amx_is_not_proved_by_the_plain_rung() -> None:
    table = rows(rungs=judge_rungs(survey(f16="ok", q4_0="crashed"), {}))
    assert table["AMX_INT8"].proved == table["AMX_TILE"].proved == ""
    assert table["AVX"].proved == "fast"


def test_plain_rung_proves_what_all_kernels_share() -> None:
    assert rows(rungs=judge_rungs(survey(q4_0="crashed"), {}))["AVX"].proved == "plain"


def test_library_that_cannot_be_loaded_leaves_its_column_open() -> None:
    table = rows(library=Library("died", signal="SIGILL"), rungs=NOT_TRIED)
    assert {row.compiled for row in table.values()} == {None}
    assert {row.proved for row in table.values()} == {""}


def test_what_llama_cpp_does_not_report_follows_from_what_it_does() -> None:
    assert rows()["SSE42"].compiled is True
    assert rows()["AMX_TILE"].compiled is True
    assert rows(library=GOOD_LIBRARY)["AMX_TILE"].compiled is False
    without_avx = replace(GOOD_LIBRARY, system_info="CPU : SSE3 = 1 | ")
    assert rows(library=without_avx)["SSE42"].compiled is None


def test_arm_has_its_own_rows() -> None:
    cpu = Cpu(Arch.ARM64, "", frozenset({Feature.NEON, Feature.DOTPROD}))
    library = replace(GOOD_LIBRARY, system_info="CPU : NEON = 1 | DOTPROD = 1 | MATMUL_INT8 = 1 | ")
    table = rows(cpu, library)
    assert "AVX" not in table
    assert table["DOTPROD"] == InstructionSet("DOTPROD", True, True, "fast")
    assert table["MATMUL_INT8"] == InstructionSet("MATMUL_INT8", False, True, "")


def test_other_architectures_have_no_rows() -> None:
    assert rows(Cpu(Arch.OTHER, "", frozenset())) == {}
