"""Models found and types built, before anything is measured."""

from pathlib import Path

import pytest

from llamachat.cli.compare.arguments import order_of, parser
from llamachat.cli.compare.cancellation import Cancellation, Cancelled
from llamachat.cli.compare.subjects import subjects_of
from llamachat.compare.figures import Subject
from llamachat.errors import LlamaChatError, ModelError, UsageError
from llamachat.gguf.generated import TINY, write_generated_llama
from llamachat.hardware.disk import DiskSpace


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / "tiny.gguf"
    write_generated_llama(path, TINY, "f16", seed=7)
    return path


def found(scratch: Path, *words: str | Path, cancel: Cancellation | None = None) -> list[Subject]:
    order = order_of(parser().parse_args([str(word) for word in words]))
    return subjects_of(order, scratch, cancel or Cancellation())


def test_a_file_is_described_by_its_header(model: Path, tmp_path: Path) -> None:
    (one,) = found(tmp_path, model)
    assert (one.label, one.size) == ("tiny", model.stat().st_size)
    assert one.bits == pytest.approx(16.0, abs=0.1)


def test_the_same_file_is_compared_once(model: Path, tmp_path: Path) -> None:
    assert len(found(tmp_path, model, model)) == 1


def test_equal_names_are_told_apart(model: Path, tmp_path: Path) -> None:
    other = tmp_path / "other" / "tiny.gguf"
    other.parent.mkdir()
    other.write_bytes(model.read_bytes())
    assert [one.label for one in found(tmp_path, model, other)] == ["tiny", "tiny (2)"]


def test_types_are_built_and_the_source_serves_as_its_own(model: Path, tmp_path: Path) -> None:
    f16, q8, q4 = found(tmp_path, model, "--types", "f16,q8_0,q4_k")
    assert [one.label for one in (f16, q8, q4)] == ["F16", "Q8_0", "Q4_K_M"]
    assert f16.path == str(model)
    assert Path(q8.path).parent == Path(q4.path).parent == tmp_path
    assert 4 < q4.bits < q8.bits < f16.bits


def test_what_is_kept_is_not_replaced(model: Path, tmp_path: Path) -> None:
    keep = tmp_path / "keep"
    found(tmp_path, model, "--types", "q4_0", "--keep", keep)
    assert [path.suffix for path in keep.iterdir()] == [".gguf"]
    with pytest.raises(UsageError, match="is there already"):
        found(tmp_path, model, "--types", "q4_0", "--keep", keep)


def test_a_full_disk_names_the_flag_that_helps(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = DiskSpace(total=1 << 40, free=1, device=0)
    monkeypatch.setattr("llamachat.build.output_file.read_disk", lambda folder: full)
    with pytest.raises(LlamaChatError, match="are needed") as refused:
        found(tmp_path, model, "--types", "q4_0")
    assert "--keep" in refused.value.hint
    assert "--out" not in refused.value.hint


def test_a_folder_of_weights_wants_types(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="folder of weights") as refused:
        found(tmp_path, tmp_path)
    assert "--types" in refused.value.hint


def test_what_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError):
        found(tmp_path, tmp_path / "none.gguf")


def test_a_quantized_model_is_no_source(model: Path, tmp_path: Path) -> None:
    (q4,) = found(tmp_path, model, "--types", "q4_0")
    with pytest.raises(ModelError):
        found(tmp_path, q4.path, "--types", "q8_0")


def test_a_request_to_stop_ends_the_building(model: Path, tmp_path: Path) -> None:
    cancel = Cancellation()
    cancel()
    with pytest.raises(Cancelled):
        found(tmp_path, model, "--types", "q8_0", cancel=cancel)
    assert list(tmp_path.iterdir()) == []
