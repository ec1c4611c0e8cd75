"""What a pass writes is, to the last byte, what llama.cpp's two tools write."""

import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from llamachat.build import block_work, build_pass
from llamachat.build.build_pass import block_weights, run
from llamachat.build.plan import Plan, make_plan
from llamachat.build.progress import BuildCancelled, Progress
from llamachat.build.quantize import Stored
from llamachat.build.recipe import FILE_TYPE_NAMES, Recipe, make_recipe
from llamachat.errors import ModelError
from llamachat.gguf.generated import LlamaShape
from tests.unit.build.llama_quantize import llama_quantize, requests_of
from tests.unit.build.models import GROUPED, WHOLE, Model, make_model, write_converted

QUANTIZED = FILE_TYPE_NAMES[3:]
FLOATS = ("f32", "f16", "bf16")
DIVISIBLE = {
    "grouped": GROUPED,
    "grouped, tied": replace(GROUPED, tied=True),
    "whole": WHOLE,
    "whole, tied": replace(WHOLE, tied=True),
}


def build(model: Model, recipe: Recipe, folder: Path) -> dict[str, bytes]:
    """The bytes of every output, by file type."""
    plan = plan_in(model, recipe, folder)
    run(plan)
    return {output.ftype.quantize_name: output.path.read_bytes() for output in plan.outputs}


def plan_in(model: Model, recipe: Recipe, folder: Path) -> Plan:
    paths = [folder / "ours" / f"{kind.quantize_name}.gguf" for kind in recipe.outputs]
    return make_plan(model, recipe, paths)


def expect(converted: Path, recipe: Recipe, *, falls_back: bool = False) -> dict[str, bytes]:
    """What llama-quantize makes of a converted file, by file type."""
    requests = requests_of(recipe, converted)
    for answer in llama_quantize(requests):
        assert not answer.failed, answer.log
        assert answer.fell_back <= falls_back, answer.log
    names = [kind.quantize_name for kind in recipe.types]
    return {name: Path(each.out).read_bytes() for name, each in zip(names, requests, strict=True)}


def same(ours: Mapping[str, bytes], theirs: Mapping[str, bytes]) -> None:
    """Equal bytes; a difference is told by type, not by megabytes."""
    assert list(ours) == list(theirs)
    assert [name for name, data in theirs.items() if ours[name] != data] == []


def check_types(shape: LlamaShape, dtype: str, through: str, folder: Path) -> None:
    """Every quantized type, from weights stored as `dtype`, by way of a file of `through`."""
    model = make_model(folder, shape, dtype)
    recipe = make_recipe(QUANTIZED, intermediate=through)
    write_converted(folder / "converted.gguf", model, through)
    same(build(model, recipe, folder), expect(folder / "converted.gguf", recipe))


def test_every_type_equals_conversion_and_llama_quantize(tmp_path: Path) -> None:
    check_types(replace(GROUPED, n_layer=4), "f32", "f16", tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("through", FLOATS)
@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("name", DIVISIBLE)
def test_every_type_from_every_model_by_every_way(
    name: str, dtype: str, through: str, tmp_path: Path
) -> None:
    check_types(DIVISIBLE[name], dtype, through, tmp_path)


@pytest.mark.parametrize("dtype", FLOATS)
def test_floats_equal_conversion(dtype: str, tmp_path: Path) -> None:
    model = make_model(tmp_path, replace(GROUPED, n_layer=2), dtype)
    ours = build(model, make_recipe(FLOATS), tmp_path)
    for name in FLOATS:
        write_converted(tmp_path / name, model, name)
        assert ours[name.upper()] == (tmp_path / name).read_bytes(), name


@pytest.mark.parametrize("through", ["bf16", "f32"])
def test_the_intermediate_type_is_rounded_through(through: str, tmp_path: Path) -> None:
    model = make_model(tmp_path, replace(GROUPED, n_layer=2))
    recipe = make_recipe("q4_0,q8_0,q4_k_m", intermediate=through, keep_f16=True)
    write_converted(tmp_path / "converted.gguf", model, through)
    write_converted(tmp_path / "f16.gguf", model, "f16")
    ours = build(model, recipe, tmp_path)
    assert ours.pop("F16") == (tmp_path / "f16.gguf").read_bytes()
    same(ours, expect(tmp_path / "converted.gguf", recipe))


@pytest.mark.parametrize("dtype", FLOATS)
def test_a_gguf_is_treated_as_llama_quantize_treats_it(dtype: str, tmp_path: Path) -> None:
    """No rounding on the way, for it is the converted file; sorted and relabelled even as f16."""
    model = replace(make_model(tmp_path, replace(GROUPED, n_layer=2), dtype), kind="GGUF")
    recipe = make_recipe("q4_0,q5_k_m,q8_0,f16,bf16,f32")
    write_converted(tmp_path / "converted.gguf", model, dtype)
    same(build(model, recipe, tmp_path), expect(tmp_path / "converted.gguf", recipe))


@pytest.mark.parametrize(
    "shape",
    [LlamaShape(2, 288, 9, 3, 352, 272, 128), LlamaShape(2, 256, 4, 4, 272, 272, 128)],
    ids=["rows no multiple of 256", "rows no multiple of 32"],
)
@pytest.mark.parametrize("through", ["f16", pytest.param("bf16", marks=pytest.mark.slow)])
def test_rows_that_do_not_fit_fall_back_alike(
    shape: LlamaShape, through: str, tmp_path: Path
) -> None:
    model = make_model(tmp_path, shape)
    recipe = make_recipe("q4_0,q2_k,q3_k_m,q4_k_m,q5_k_m,q6_k,iq4_xs", intermediate=through)
    write_converted(tmp_path / "converted.gguf", model, through)
    theirs = expect(tmp_path / "converted.gguf", recipe, falls_back=True)
    same(build(model, recipe, tmp_path), theirs)


@pytest.mark.parametrize("tied", [False, True])
def test_pure_files_and_overrides_are_alike(tied: bool, tmp_path: Path) -> None:
    model = make_model(tmp_path, replace(GROUPED, n_layer=2, tied=tied))
    write_converted(tmp_path / "converted.gguf", model, "f16")
    for recipe in (
        make_recipe("q4_0,q4_k_m", pure=True),
        make_recipe("q4_0,q4_k_m", output_type="q8_0", embedding_type="f16"),
        make_recipe("q4_0,q4_k_m", pure=True, output_type="f32"),
        make_recipe("q5_1", output_type="bf16"),
    ):
        same(build(model, recipe, tmp_path), expect(tmp_path / "converted.gguf", recipe))


def test_neither_threads_nor_blocks_show_in_the_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = make_model(tmp_path, replace(GROUPED, n_layer=2))
    expected = build(model, make_recipe("q4_0,q4_k_m", threads=1), tmp_path)
    for threads, block, piece in ((2, 1 << 22, 1 << 10), (7, 300, 300), (3, 5000, 900)):
        monkeypatch.setattr(build_pass, "block_weights", lambda threads, block=block: block)
        monkeypatch.setattr(block_work, "PIECE_WEIGHTS", piece)
        same(build(model, make_recipe("q4_0,q4_k_m", threads=threads), tmp_path), expected)


def test_more_threads_take_smaller_blocks() -> None:
    assert block_weights(1) == block_weights(2) == 1 << 22
    assert block_weights(16) * 16 == 1 << 24
    assert block_weights(1000) == 1 << 18


def test_progress_is_told_and_ends_at_all(tmp_path: Path) -> None:
    model = make_model(tmp_path, WHOLE)
    told: list[Progress] = []
    run(plan_in(model, make_recipe("q4_k_m"), tmp_path), on_progress=told.append)
    told = [step for step in told if step.stage == "building"]
    last = told[-1]
    assert last.done == last.total == sum(4 * array.size for array in model.weights.values())
    assert [step.done for step in told] == sorted(step.done for step in told)
    assert all(step.tensor in model.weights for step in told)
    assert len(told) <= 2 + 10 * last.seconds


def test_a_cancelled_build_leaves_nothing(tmp_path: Path) -> None:
    model = make_model(tmp_path, WHOLE)
    cancel = threading.Event()
    before = threading.active_count()
    with pytest.raises(BuildCancelled, match="cancelled"):
        run(
            plan_in(model, make_recipe("iq4_nl"), tmp_path),
            on_progress=lambda _: cancel.set(),
            cancel=cancel,
        )
    assert list((tmp_path / "ours").iterdir()) == []
    assert threading.active_count() == before


@pytest.mark.parametrize("wrong", [np.inf, np.nan])
def test_weights_that_are_no_numbers_are_refused_by_name(wrong: float, tmp_path: Path) -> None:
    model = make_model(tmp_path, replace(GROUPED, n_layer=1))
    model.weights["blk.0.attn_k.weight"][63, 255] = wrong
    for types in ("q4_0", "f16", "f32"):
        with pytest.raises(ModelError, match=r"blk.0.attn_k.weight has weights that are infinite"):
            run(plan_in(model, make_recipe(types), tmp_path))
    assert list((tmp_path / "ours").iterdir()) == []


def test_weights_too_large_for_f16_are_refused_and_bf16_is_offered(tmp_path: Path) -> None:
    model = make_model(tmp_path, replace(GROUPED, n_layer=1))
    model.weights["blk.0.attn_k.weight"][0, 0] = 70000.0
    with pytest.raises(ModelError, match=r"up to 7e\+04, too large for f16") as caught:
        run(plan_in(model, make_recipe("q8_0"), tmp_path))
    assert "bf16" in caught.value.hint
    run(plan_in(model, make_recipe("q8_0", intermediate="bf16"), tmp_path))


def test_an_error_while_reading_stops_all_threads(tmp_path: Path) -> None:
    model = make_model(tmp_path, GROUPED)
    plan = plan_in(model, make_recipe("q4_k_m", threads=3), tmp_path)

    def broken(start: int, stop: int) -> Stored:
        raise OSError("the disk is gone")

    tensor, shares = plan.work[40]
    work = (*plan.work[:40], (replace(tensor, rows=broken), shares), *plan.work[41:])
    before = set(threading.enumerate())
    with pytest.raises(OSError, match="the disk is gone"):
        run(replace(plan, work=work))
    assert list((tmp_path / "ours").iterdir()) == []
    assert set(threading.enumerate()) <= before
