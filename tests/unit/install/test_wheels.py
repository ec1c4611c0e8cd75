"""Wheels and records survive, are found by all that shapes a build, and are checked."""

from __future__ import annotations

import os
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from llamachat import paths
from llamachat.hardware.isa import Arch, Cpu, Feature
from llamachat.install import wheels
from llamachat.install.compiler import find_toolchain
from llamachat.install.flags import Findings, decide
from llamachat.install.probe import Outcome, ProbeResult
from llamachat.install.record import BuildRecord, load_record, save_record
from llamachat.install.survey import Survey

PROBE = ProbeResult(Feature.AMX_INT8, Outcome.RUNS, ("-fno-dse",), Outcome.SEGMENTATION_FAULT)
LIBRARY = b"the compute library"


@pytest.fixture(scope="module")
def survey() -> Survey:
    features = frozenset({Feature.AVX})
    findings = Findings(Arch.X86_64, "GCC 12.2.0", features, features, (PROBE,))
    return Survey(Cpu(Arch.X86_64, "A", features), find_toolchain(), findings, decide(findings))


@pytest.fixture
def built(tmp_path: Path) -> Path:
    wheel = tmp_path / "engine-1-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("lib/libggml-cpu.so", b"another one")
        archive.writestr("llama_cpp/lib/libggml-cpu.so", LIBRARY)
    return wheel


@pytest.fixture
def record(built: Path) -> BuildRecord:
    return BuildRecord(
        engine="0.3.36",
        cmake_args=("-DGGML_NATIVE=ON", "-DCMAKE_C_FLAGS=-fno-dse"),
        extra_args=(),
        chosen_compilers=("", ""),
        compiler="GCC 12.2.0",
        cpu="A [00000000]",
        advertised=(Feature.AVX, Feature.AMX_INT8),
        native=(Feature.AVX,),
        probes=(PROBE, ProbeResult(Feature.AVX, Outcome.ILLEGAL_INSTRUCTION)),
        reasons=("because",),
        build_seconds=209.5,
        built_at="2026-11-22T12:00:00+00:00",
        wheel_sha256=wheels.file_hash(built),
        library_sha256=wheels.library_hash_in(built),
    )


def test_kept_wheel_is_found_with_its_record(built: Path, record: BuildRecord) -> None:
    wheels.keep_wheel(built, "key", record)
    found = wheels.find_wheel("key")
    assert found
    assert found.path.read_bytes() == built.read_bytes()
    assert found.record == record
    assert wheels.find_wheel("other key") is None


@pytest.mark.parametrize("damage", ["cut", "record gone", "record cut"])
def test_damaged_wheel_is_not_used_and_removed(
    built: Path, record: BuildRecord, damage: str
) -> None:
    kept = wheels.keep_wheel(built, "key", record)
    build_json = kept.path.parent / "build.json"
    if damage == "cut":
        kept.path.write_bytes(kept.path.read_bytes()[:-1])
    elif damage == "record gone":
        build_json.unlink()
    else:
        build_json.write_bytes(build_json.read_bytes()[:100])
    assert wheels.find_wheel("key") is None
    assert not kept.path.parent.exists()


def test_least_recently_used_wheels_are_dropped(built: Path, record: BuildRecord) -> None:
    for number in range(wheels.KEPT):
        kept = wheels.keep_wheel(built, f"key{number}", record)
        os.utime(kept.path.parent, (number, number))
    assert wheels.find_wheel("key0")
    wheels.keep_wheel(built, "one more", record)
    assert wheels.find_wheel("key0")
    assert wheels.find_wheel("key1") is None
    assert wheels.find_wheel("one more")


def test_key_depends_on_all_that_shapes_a_build(survey: Survey) -> None:
    plain = wheels.wheel_key("1", ("-DA=1",), survey, {})
    other_cpu = replace(survey, cpu=Cpu(Arch.X86_64, "B", frozenset()))
    other = replace(survey.toolchain.cxx, version=(99, 0, 0))
    other_compiler = replace(survey, toolchain=replace(survey.toolchain, cxx=other))
    keys = {
        plain,
        wheels.wheel_key("2", ("-DA=1",), survey, {}),
        wheels.wheel_key("1", ("-DA=2",), survey, {}),
        wheels.wheel_key("1", ("-DA=1",), other_cpu, {}),
        wheels.wheel_key("1", ("-DA=1",), other_compiler, {}),
        wheels.wheel_key("1", ("-DA=1",), survey, {"CFLAGS": "-g"}),
    }
    assert len(keys) == 6
    assert wheels.wheel_key("1", ("-DA=1",), survey, {"EDITOR": "vi"}) == plain


def test_library_inside_the_package_is_hashed(built: Path, tmp_path: Path) -> None:
    (tmp_path / "library").write_bytes(LIBRARY)
    assert wheels.library_hash_in(built) == wheels.file_hash(tmp_path / "library")


def test_cache_folder_is_that_of_the_app(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert wheels.cache_folder() == paths.cache_dir()
    monkeypatch.delenv("LLAMACHAT_HOME")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert wheels.cache_folder() == paths.cache_dir()
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert wheels.cache_folder() == paths.cache_dir()


def test_record_survives_writing_and_reading(record: BuildRecord, tmp_path: Path) -> None:
    save_record(record, tmp_path / "build.json")
    assert load_record(tmp_path / "build.json") == record
    assert record.proved == {Feature.AMX_INT8}
    assert [path.name for path in tmp_path.glob("build*")] == ["build.json"]


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "null", '{"version": 1}', '{"version": 2, "engine": "0.3.36"}', "\xff\xfe"],
)
def test_record_that_can_not_be_read_is_none(content: str, tmp_path: Path) -> None:
    path = tmp_path / "build.json"
    path.write_bytes(content.encode("latin-1"))
    assert load_record(path) is None


def test_record_of_a_strange_size_is_not_read(record: BuildRecord, tmp_path: Path) -> None:
    path = tmp_path / "build.json"
    save_record(record, path)
    path.write_text(path.read_text(encoding="utf-8") + " " * (1 << 20), encoding="utf-8")
    assert load_record(path) is None
