"""Of a repository's files those are chosen that llama.cpp would take."""

from __future__ import annotations

import pytest

from llamachat.models.hub.choice import choose, models, quants
from llamachat.models.reference import HubReference

USUAL = [
    "README.md", "imatrix.gguf", "m.Q2_K.gguf", "m.Q4_0.gguf", "m.Q4_K_M.gguf", "m.Q4_K_S.gguf",
    "mmproj-m-Q4_K_M.gguf", "mtp-m-Q4_K_M.gguf",
]  # fmt: skip
SPLIT = [
    *(f"Q8_0/m-Q8_0-{n:05d}-of-00003.gguf" for n in (3, 1, 2)),
    "f16/m-f16-00001-of-00002.gguf",
]


def chosen(names: list[str], quant: str = "", file: str = "") -> tuple[str, ...]:
    return choose(names, HubReference("user/repo", quant, file))


@pytest.mark.parametrize(
    ("quant", "name"),
    [
        ("", "m.Q4_K_M.gguf"),
        ("q4_0", "m.Q4_0.gguf"),
        ("Q4_K_S", "m.Q4_K_S.gguf"),
        ("Q2_K", "m.Q2_K.gguf"),
    ],
)
def test_a_quantization_names_its_file(quant: str, name: str) -> None:
    assert chosen(USUAL, quant) == (name,)


def test_without_a_quantization_the_usual_ones_come_first() -> None:
    assert chosen(["a.Q2_K.gguf", "a.Q4_0.gguf", "a.Q8_0.gguf"]) == ("a.Q4_0.gguf",)
    assert chosen(["a.Q2_K.gguf", "a.Q8_0.gguf"]) == ("a.Q8_0.gguf",)
    assert chosen(["a.Q3_K.gguf", "a.Q2_K.gguf"]) == ("a.Q3_K.gguf",)


def test_what_is_not_there_is_not_replaced_by_another() -> None:
    assert chosen(USUAL, "Q6_K") == ()
    assert chosen(USUAL, "Q4") == ()
    assert chosen(USUAL, file="m.gguf") == ()
    assert chosen(["README.md"]) == ()


def test_a_file_is_found_in_any_case() -> None:
    assert chosen(USUAL, "Q2_K", "M.q4_0.GGUF") == ("m.Q4_0.gguf",)


def test_a_split_model_is_all_of_its_parts_in_order() -> None:
    parts = tuple(f"Q8_0/m-Q8_0-{n:05d}-of-00003.gguf" for n in (1, 2, 3))
    assert chosen(SPLIT) == parts
    assert chosen(SPLIT, file=parts[1]) == parts


def test_a_split_model_with_a_missing_part_is_none() -> None:
    assert chosen(SPLIT, "f16") == ()
    assert chosen(["m-00001-of-99999.gguf"]) == ()


def test_quantizations_are_listed_as_one_types_them() -> None:
    assert quants(USUAL) == ["Q2_K", "Q4_0", "Q4_K_M", "Q4_K_S"]
    assert quants(["x-IQ2_XXS.gguf", "x-UD-Q4_K_XL.gguf", "x-7B.gguf"]) == ["IQ2_XXS", "UD-Q4_K_XL"]
    assert quants(SPLIT) == ["Q8_0", "f16"]
    assert models(USUAL)[0] == "m.Q2_K.gguf"
