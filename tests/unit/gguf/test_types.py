"""The tables of types are those of the installed llama.cpp, to the last number."""

import ctypes

import pytest

from llamachat.errors import UsageError
from llamachat.gguf.types import (
    FILE_TYPES,
    REMOVED_TENSOR_TYPES,
    TENSOR_TYPE,
    TENSOR_TYPES,
    file_type,
    ftype_name,
)
from tests.unit.gguf.ggml import library, traits

GGML_TYPE_COUNT = 43
LLAMA_FTYPE_LAST = 41


def test_tensor_types_are_all_that_ggml_has() -> None:
    assert sorted([*TENSOR_TYPES, *REMOVED_TENSOR_TYPES]) == list(range(GGML_TYPE_COUNT))
    for number in range(GGML_TYPE_COUNT):
        kind = traits(number)
        if number in REMOVED_TENSOR_TYPES:
            assert kind.block == 0
        else:
            ours = TENSOR_TYPES[number]
            assert (ours.name.encode(), ours.block, ours.size) == (kind.name, kind.block, kind.size)


def test_file_types_are_named_as_llama_cpp_names_them() -> None:
    llama_ftype_name = library("llama").llama_ftype_name
    llama_ftype_name.restype = ctypes.c_char_p
    for number in (*range(LLAMA_FTYPE_LAST + 4), *range(1024, 1024 + LLAMA_FTYPE_LAST)):
        assert ftype_name(number) == llama_ftype_name(number).decode()


def test_file_types_have_the_tensor_type_that_llama_cpp_gives_them() -> None:
    default_type = library("llama")._Z28llama_ftype_get_default_type11llama_ftype
    for kind in FILE_TYPES.values():
        if kind.quantize_name != "NVFP4":  # converted models only: llama-quantize makes none
            assert TENSOR_TYPE[kind.tensor_type].id == default_type(kind.id), kind.quantize_name


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("q4_0", "Q4_0"),
        ("Q4_K_M", "Q4_K_M"),
        ("q4_k", "Q4_K_M"),
        ("q3_K", "Q3_K_M"),
        ("f16", "F16"),
    ],
)
def test_file_type_takes_the_names_people_type(said: str, meant: str) -> None:
    assert file_type(said).quantize_name == meant


def test_file_type_refuses_an_unknown_name_and_lists_the_known() -> None:
    with pytest.raises(UsageError, match="q4_9") as caught:
        file_type("q4_9")
    assert "Q4_K_M" in caught.value.hint


def test_row_bytes_counts_whole_blocks() -> None:
    assert TENSOR_TYPE["q4_0"].row_bytes(4096) == 4096 // 32 * 18
    assert TENSOR_TYPE["f32"].row_bytes(3) == 12
