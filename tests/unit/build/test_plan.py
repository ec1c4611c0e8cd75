"""Plans say what will be written, to the byte, and refuse what must not be."""

from dataclasses import replace
from pathlib import Path

import pytest

from llamachat.build.build_pass import run
from llamachat.build.outline import outline, peak_memory
from llamachat.build.plan import make_plan
from llamachat.build.recipe import make_recipe
from llamachat.errors import UsageError
from llamachat.gguf.layers import type_totals
from llamachat.gguf.metadata import text, u32
from llamachat.gguf.reader import read_header
from tests.unit.build.models import Model, make_model


@pytest.fixture
def model(tmp_path: Path) -> Model:
    return make_model(tmp_path)


def test_sizes_and_places_are_those_of_the_files(model: Model, tmp_path: Path) -> None:
    recipe = make_recipe("q4_0,q6_k", keep_f16=True)
    plan = make_plan(model, recipe, [tmp_path / name for name in ("a", "b", "c")])
    run(plan)
    assert plan.size == sum((tmp_path / name).stat().st_size for name in ("a", "b", "c"))
    for output in plan.outputs:
        header = read_header(output.path)
        assert (header.tensors, header.metadata) == (output.tensors, output.metadata)


def test_a_quantized_file_tells_of_it_at_the_end_of_its_metadata(
    model: Model, tmp_path: Path
) -> None:
    plan = make_plan(model, make_recipe("q4_k,f16"), [tmp_path / "a", tmp_path / "b"])
    quantized, converted = (output.metadata for output in plan.outputs)
    assert list(quantized)[-2:] == ["general.quantization_version", "general.file_type"]
    assert quantized["general.file_type"] == u32(15)
    assert list(converted) == list(model.metadata())
    assert converted["general.file_type"] == u32(1)


def test_what_a_split_file_says_of_its_parts_is_dropped(model: Model, tmp_path: Path) -> None:
    model.entries["split.count"] = u32(2)
    plan = make_plan(model, make_recipe("q4_0"), [tmp_path / "a"])
    assert "split.count" not in plan.outputs[0].metadata


def test_data_are_aligned_as_the_metadata_say(model: Model, tmp_path: Path) -> None:
    model.entries["general.alignment"] = u32(128)
    plan = make_plan(model, make_recipe("q4_0"), [tmp_path / "a"])
    run(plan)
    header = read_header(tmp_path / "a")
    assert header.alignment == 128
    assert all(tensor.offset % 128 == 0 for tensor in header.tensors)


def test_the_source_is_never_replaced(model: Model, tmp_path: Path) -> None:
    source = tmp_path / "model.gguf"
    source.write_bytes(b"weights")
    (tmp_path / "link.gguf").symlink_to(source)
    model = replace(model, files=(source,))
    for name in ("model.gguf", "../" + tmp_path.name + "/model.gguf", "link.gguf"):
        with pytest.raises(UsageError, match="would be replaced"):
            make_plan(model, make_recipe("q4_0"), [tmp_path / name])


def test_two_outputs_never_share_a_name(model: Model, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="same name"):
        make_plan(model, make_recipe("q4_0,q8_0"), [tmp_path / "a", tmp_path / "a"])


def test_the_outline_says_what_a_dry_run_must(model: Model, tmp_path: Path) -> None:
    model.entries["general.name"] = text("a name")
    plan = make_plan(model, make_recipe("q4_0", threads=1), [tmp_path / "out.gguf"])
    told = outline(plan)
    assert f"{tmp_path}/out.gguf  Q4_0  1.7 MB" in told
    assert "q4_0      57 tensors      1.7 MB" in told
    assert "q6_K       1 tensor      57.1 KB" in told
    assert f"1.7 MB in {tmp_path}," in told
    assert "with 1 thread, the file cache not counted." in told
    totals = type_totals(plan.outputs[0].tensors)
    assert [row.type.name for row in totals] == ["q4_0", "q6_K", "f32"]


@pytest.mark.parametrize("threads", [1, 2, 8, 64])
def test_memory_stays_below_what_was_promised(threads: int, model: Model, tmp_path: Path) -> None:
    plan = make_plan(model, make_recipe("q4_k_m", threads=threads), [tmp_path / "a"])
    assert peak_memory(plan) < 600e6
