"""Recipes come from what people type, and say what they can not do."""

import pytest

from llamachat.build.recipe import FILE_TYPE_NAMES, make_recipe
from llamachat.errors import UsageError


def test_types_are_read_in_any_case_and_once_each() -> None:
    recipe = make_recipe("q4_0, Q8_0,Q4_0 ,q4_k")
    assert [kind.quantize_name for kind in recipe.types] == ["Q4_0", "Q8_0", "Q4_K_M"]


def test_every_type_is_known_by_its_name() -> None:
    recipe = make_recipe(",".join(FILE_TYPE_NAMES))
    assert tuple(kind.quantize_name for kind in recipe.types) == FILE_TYPE_NAMES


def test_an_f16_file_can_be_kept_and_comes_last() -> None:
    names = [kind.quantize_name for kind in make_recipe("q4_0", keep_f16=True).outputs]
    assert names == ["Q4_0", "F16"]
    names = [kind.quantize_name for kind in make_recipe("f16,q4_0", keep_f16=True).outputs]
    assert names == ["F16", "Q4_0"]


def test_overrides_are_tensor_types() -> None:
    recipe = make_recipe("q4_0", output_type="Q6_K", embedding_type="f16")
    assert recipe.output_type is not None
    assert recipe.embedding_type is not None
    assert (recipe.output_type.name, recipe.embedding_type.name) == ("q6_K", "f16")


@pytest.mark.parametrize(
    ("typed", "message", "hint"),
    [
        ("q40", "quantization type 'q40'", "Did you mean q4_0?"),
        ("", "No quantization type", "--type q4_0"),
        ("Q2_K_S", "importance matrix", "q2_K"),
        ("iq1_s", "importance matrix", "q2_K"),
        ("nvfp4", "quantization type 'nvfp4'", "Known: f32, f16"),
    ],
)
def test_a_type_that_can_not_be_built_is_refused(typed: str, message: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        make_recipe(typed)
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_other_nonsense_is_refused() -> None:
    with pytest.raises(UsageError, match="no tensor type 'q4_K_M'"):
        make_recipe("q4_0", output_type="q4_K_M")
    with pytest.raises(UsageError, match="no intermediate type 'q8_0'"):
        make_recipe("q4_0", intermediate="q8_0")
    with pytest.raises(UsageError, match="-1 threads"):
        make_recipe("q4_0", threads=-1)
    with pytest.raises(UsageError, match="go with a quantized type"):
        make_recipe("f16", output_type="q8_0")
