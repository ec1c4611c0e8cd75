"""Names and places of what is built."""

import os
from pathlib import Path

import pytest

from llamachat.build.results import built_folder, check_results, plan_results
from llamachat.errors import UsageError


def names(types: list[str], **more: object) -> list[str]:
    return [result.path.name for result in plan_results(types, "llama-7b", **more)]  # type: ignore[arg-type]


def test_the_usual_name_is_the_source_and_the_type() -> None:
    (result,) = plan_results(["Q4_K_M"], "My Llama (7B)")
    assert result.path == built_folder() / "My-Llama-7B-Q4_K_M.gguf"
    assert result.name == "My-Llama-7B-Q4_K_M"


def test_one_type_has_the_name_and_several_share_it() -> None:
    assert names(["Q4_0"], name="mine") == ["mine.gguf"]
    assert names(["Q4_0", "F16"], name="mine") == ["mine.gguf", "mine-F16.gguf"]
    assert names(["Q4_0", "Q8_0"], n_asked=2, name="mine") == ["mine-Q4_0.gguf", "mine-Q8_0.gguf"]


def test_a_file_may_say_its_type_in_its_name(tmp_path: Path) -> None:
    out = str(tmp_path / "x.{ftype}.gguf")
    assert names(["Q4_0", "Q8_0"], n_asked=2, out=out) == ["x.q4_0.gguf", "x.q8_0.gguf"]
    assert names(["Q4_0", "F16"], out=str(tmp_path / "x.gguf")) == ["x.gguf", "x-F16.gguf"]


def test_a_folder_that_is_there_needs_no_slash(tmp_path: Path) -> None:
    (result,) = plan_results(["Q4_0"], "a", out=str(tmp_path))
    assert result.path == tmp_path / "a-Q4_0.gguf"


def test_a_relative_place_becomes_an_absolute_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (result,) = plan_results(["Q4_0"], "a", out="b.gguf")
    assert result.path == tmp_path / "b.gguf"


def test_a_folder_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "a-Q4_0.gguf").mkdir()
    results = plan_results(["Q4_0"], "a", out=str(tmp_path))
    with pytest.raises(UsageError, match="is a folder"):
        check_results(results, force=True)


def test_a_file_in_the_way_of_a_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    results = plan_results(["Q4_0"], "a", out=f"{tmp_path}/file/")
    with pytest.raises(UsageError, match="Nothing can be written into"):
        check_results(results, force=False)


def test_what_no_disk_can_hold_is_refused_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = "x" * 300
    with pytest.raises(UsageError, match="can not be the name"):
        check_results(plan_results(["Q4_0"], "a", name=long), force=False)
    results = plan_results(["Q4_0"], "a", out=f"{tmp_path}/{long}/{long}.gguf")
    check_results(results, force=False)  # which opens nothing: the disk will say it
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="~nobody-here/x is no folder"):
        plan_results(["Q4_0"], "a", out="~nobody-here/x")
    (result,) = plan_results(["Q4_0"], "a", out="~nobody-here/")
    assert result.path == tmp_path / "~nobody-here" / "a-Q4_0.gguf"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may look into every folder")
def test_a_folder_that_is_closed_is_told(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0)
    try:
        with pytest.raises(UsageError, match="Nothing can be written into"):
            check_results(plan_results(["Q4_0"], "a", out=f"{closed}/x.gguf"), force=False)
    finally:
        closed.chmod(0o700)


def test_without_a_source_only_what_does_not_need_it_is_planned(tmp_path: Path) -> None:
    assert plan_results(["Q4_0"], None) == []
    assert plan_results(["Q4_0"], None, out=f"{tmp_path}/") == []
    named = plan_results(["Q4_0", "F16"], None, name="mine")
    assert named == plan_results(["Q4_0", "F16"], "a", name="mine")
    out = f"{tmp_path}/m.gguf"
    assert plan_results(["Q4_0"], None, out=out) == plan_results(["Q4_0"], "a", out=out)
