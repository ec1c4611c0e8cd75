"""What a person asks for and what the processor needs reach the build together."""

from __future__ import annotations

import shlex
import tomllib
from pathlib import Path

import pytest

from llamachat.errors import UsageError
from llamachat.install import plan
from llamachat.install.flags import DECISION_RECORD, Decision

ROOT = Path(__file__).resolve().parents[3]
PLAIN = Decision(("-DGGML_NATIVE=ON",), (), ())
NO_DSE = Decision(("-DGGML_NATIVE=ON",), ("-fno-dse",), ())


def arguments(decision: Decision, extra: str = "", **environ: str) -> tuple[str, ...]:
    """Beyond the trimming, which every build has."""
    given = plan.cmake_arguments(decision, {plan.EXTRA_ARGS: extra, **environ})
    assert given[: len(plan.TRIMMED)] == plan.TRIMMED
    return given[len(plan.TRIMMED) :]


def test_plain_decision_adds_only_its_options() -> None:
    assert arguments(PLAIN) == ("-DGGML_NATIVE=ON",)


def test_extra_arguments_come_last_and_keep_their_quotes() -> None:
    given = arguments(PLAIN, "-DGGML_CUDA=ON '-DCMAKE_CUDA_FLAGS=-O2 -g'")
    assert given[1:] == ("-DGGML_CUDA=ON", "-DCMAKE_CUDA_FLAGS=-O2 -g")


def test_compile_flags_go_to_both_languages() -> None:
    assert arguments(NO_DSE)[1:] == (
        "-DCMAKE_C_FLAGS=-fno-dse",
        "-DCMAKE_CXX_FLAGS=-fno-dse",
    )


def test_compile_flags_of_the_environment_are_kept() -> None:
    given = arguments(NO_DSE, CFLAGS="-g", CXXFLAGS="-g -pipe")
    assert given[1:] == ("-DCMAKE_C_FLAGS=-g -fno-dse", "-DCMAKE_CXX_FLAGS=-g -pipe -fno-dse")


def test_compile_flags_of_a_person_do_not_silence_those_that_the_processor_needs() -> None:
    given = arguments(NO_DSE, "-DCMAKE_CXX_FLAGS:STRING=-g -DGGML_RPC=ON", CXXFLAGS="-ignored")
    assert given[1:] == (
        "-DGGML_RPC=ON",
        "-DCMAKE_C_FLAGS=-fno-dse",
        "-DCMAKE_CXX_FLAGS=-g -fno-dse",
    )


def test_extra_arguments_with_an_open_quote_are_refused() -> None:
    with pytest.raises(UsageError, match="LLAMACHAT_CMAKE_ARGS"):
        plan.extra_arguments({plan.EXTRA_ARGS: "'-DGGML_CUDA=ON"})


def test_build_environment_can_be_split_again() -> None:
    args = ("-DA=1", "-DCMAKE_C_FLAGS=-g -fno-dse")
    environ = plan.build_environment(args, (("ccache", "gcc"), ("g++",)), 3)
    assert tuple(shlex.split(environ["CMAKE_ARGS"])) == args
    assert (environ["CC"], environ["CXX"]) == ("ccache gcc", "g++")
    assert environ["CMAKE_BUILD_PARALLEL_LEVEL"] == "3"


def test_number_of_jobs_can_be_chosen() -> None:
    assert plan.parallel_jobs({"CMAKE_BUILD_PARALLEL_LEVEL": "7"}) == 7
    assert plan.parallel_jobs({"CMAKE_BUILD_PARALLEL_LEVEL": "zero"}) >= 1
    assert plan.parallel_jobs({}) >= 1


def test_expected_time_halves_with_twice_the_jobs() -> None:
    assert plan.expected_minutes(4) == pytest.approx(plan.expected_minutes(2) / 2)


def test_pinned_version_is_the_one_that_the_app_asks_for() -> None:
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (range_,) = (
        requirement
        for requirement in pyproject["project"]["dependencies"]
        if requirement.startswith(plan.ENGINE)
    )
    assert f">={plan.ENGINE_VERSION}," in range_


def test_decision_record_exists() -> None:
    assert (ROOT / DECISION_RECORD).is_file()
