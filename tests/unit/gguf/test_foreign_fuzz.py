"""Whatever a file is, it is named in one printable sentence; real headers survive mutation."""

from __future__ import annotations

from pathlib import Path
from random import Random
from struct import pack

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llamachat.bundled import bundled_model
from llamachat.errors import ModelError
from llamachat.gguf import foreign
from llamachat.gguf.generated import TINY, write_generated_llama
from llamachat.gguf.reader import read_header
from tests.examples import examples

BEGINNINGS = [
    b"lmgg", b"fmgg\1\0\0\0", b"tjgg\3\0\0\0", b"tjgg\2\0\0\0" + pack("<7I", 9, 8, 7, 2, 5, 4, 2),
    b"PK\x03\x04", b"MZ", b"\x7fELF", b"#!", b"version https://git-lfs.github.com/spec/v1\nsize ",
    b"<html", b"\xef\xbb\xbf<!DOCTYPE", b"\x80\x02", b"\x60\0\0\0\0\0\0\0{", b"Entry not found",
    b"",
]  # fmt: skip


@settings(max_examples=examples(400))
@given(
    beginning=st.sampled_from(BEGINNINGS),
    rest=st.binary(max_size=120),
    tail=st.sampled_from([b"", b".gguf", b"data.pkl", b"PK\x05\x06" + bytes(18)]),
)
def test_any_foreign_file_is_one_printable_sentence(
    beginning: bytes, rest: bytes, tail: bytes
) -> None:
    head = beginning + rest
    error = foreign.explain(Path("model.bin"), head, tail, len(head) + len(tail))
    assert isinstance(error, ModelError)
    assert error.message.startswith("model.bin ")
    assert error.message.isprintable()
    assert error.message.endswith(".")
    assert error.hint.isprintable()
    assert error.hint


@pytest.mark.parametrize("seed", range(4))
def test_mutated_headers_of_real_models_are_survived(tmp_path: Path, seed: int) -> None:
    """The header of a whole model in a sparse file of its size, some bytes of it changed."""
    source = bundled_model() or tmp_path / "tiny.gguf"
    if not source.is_file():
        write_generated_llama(source, TINY)
    good = read_header(source, arrays=False)
    content = bytearray(source.read_bytes()[: good.data_offset])
    path, rng = tmp_path / "m.gguf", Random(seed)
    read = 0
    for _ in range(25):
        mutated = bytearray(content)
        for _ in range(rng.randint(1, 4)):
            place = rng.choice([rng.randrange(2000), rng.randrange(len(content))])
            mutated[place : place + 1] = rng.randbytes(1)
        with path.open("wb") as file:
            file.write(mutated)
            file.truncate(good.file_size)
        try:
            header = read_header(path)
        except ModelError as error:
            assert error.message.isprintable()
            continue
        read += 1
        assert header.file_size == good.file_size
        assert header.name
    assert 0 < read < 25
