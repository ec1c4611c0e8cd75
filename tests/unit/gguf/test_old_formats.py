"""Files of llama.cpp before GGUF: named with version and quantization, and what can be done."""

from __future__ import annotations

from pathlib import Path
from struct import pack

import pytest

from llamachat.errors import ModelError
from llamachat.gguf.reader import read_header

LLAMA_7B = (32000, 4096, 256, 32, 32, 128)
MAGICS = {"ggml": b"lmgg", "ggmf": b"fmgg", "ggjt": b"tjgg"}


def old(name: str, version: int | None, ftype: int, dims: tuple[int, ...] = LLAMA_7B) -> bytes:
    number = b"" if version is None else pack("<I", version)
    return MAGICS[name] + number + pack("<7I", *dims, ftype) + bytes(64)


def refusal(path: Path, content: bytes) -> ModelError:
    path.write_bytes(content)
    with pytest.raises(ModelError) as caught:
        read_header(path)
    return caught.value


@pytest.mark.parametrize(
    ("name", "version", "ftype", "said", "possible"),
    [
        ("ggml", None, 1, "ggml format (F16)", True),
        ("ggml", None, 2, "ggml format (Q4_0)", False),
        ("ggmf", 1, 0, "ggmf v1 format (F32)", True),
        ("ggmf", 1, 3, "ggmf v1 format (Q4_1)", False),
        ("ggjt", 1, 1, "ggjt v1 format (F16)", True),
        ("ggjt", 1, 8, "ggjt v1 format (Q5_0)", False),
        ("ggjt", 2, 8, "ggjt v2 format (Q5_0)", True),
        ("ggjt", 2, 2, "ggjt v2 format (Q4_0)", False),
        ("ggjt", 2, 7, "ggjt v2 format (Q8_0)", False),
        ("ggjt", 3, 2, "ggjt v3 format (Q4_0)", True),
        ("ggjt", 3, 15, "ggjt v3 format (Q4_K_M)", True),
        ("ggjt", 1, 5, "ggjt v1 format, made", False),
    ],
)
def test_old_files_are_named_with_the_way_forward(
    tmp_path: Path, name: str, version: int | None, ftype: int, said: str, possible: bool
) -> None:
    error = refusal(tmp_path / "model.bin", old(name, version, ftype))
    assert said in error.message
    assert error.hint.startswith("Get a GGUF of the same model")
    assert ("convert_llama_ggml_to_gguf.py" in error.hint) is possible
    assert ("can not be converted" in error.hint) is not possible


@pytest.mark.parametrize(
    "content",
    [
        old("ggjt", 3, 99),
        old("ggjt", 3, 2, (0, 0, 0, 0, 0, 0)),
        old("ggjt", 3, 2, (32000, 4096, 256, 0, 32, 128)),
        old("ggml", None, 2, (50400, 4096, 16, 28, 64, 1)),
        old("ggjt", 3, 2)[:20],
        b"tjgg\xff\xff\xff\xff" + bytes(40),
        b"fmgg\2\0\0\0",
        b"tjgg",
    ],
)
def test_what_is_no_llama_or_cut_off_gets_the_general_way(tmp_path: Path, content: bytes) -> None:
    error = refusal(tmp_path / "model.bin", content)
    assert "is in the old gg" in error.message
    assert "converts some of the old files" in error.hint
