"""The GGUF in a llamafile: found where it is, and every lie about it refused in words."""

from __future__ import annotations

from pathlib import Path
from struct import pack

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llamachat.errors import ModelError
from llamachat.models.llamafile import is_container, packed_model
from tests.examples import examples
from tests.unit.models.files import SMALL, llamafile, write

PARTS = {"llama.so": b"code" * 99, "models/small.gguf": SMALL, "models/mmproj-small.gguf": SMALL}


def taken_out(path: Path) -> bytes:
    found = packed_model(path)
    with path.open("rb") as file:
        file.seek(found.offset)
        return file.read(found.size)


def test_model_is_found_behind_a_program(tmp_path: Path) -> None:
    path = llamafile(tmp_path / "small.llamafile", PARTS)
    assert is_container(path)
    assert taken_out(path) == SMALL
    assert packed_model(path).name == "models/small.gguf"


def test_model_is_found_in_a_plain_archive_and_behind_a_program_put_before_it(
    tmp_path: Path,
) -> None:
    plain = llamafile(tmp_path / "a.zip", PARTS, program=b"")
    assert taken_out(plain) == SMALL
    moved = write(tmp_path / "b.llamafile", b"\x7fELF" + bytes(77) + plain.read_bytes())
    assert taken_out(moved) == SMALL


def test_64_bit_sizes_of_a_member_are_read(tmp_path: Path) -> None:
    path = llamafile(tmp_path / "big.llamafile", {"small.gguf": SMALL})
    plain, extra = path.read_bytes(), pack("<2H2Q", 1, 16, len(SMALL), len(SMALL))
    start, end = plain.rindex(b"PK\x01\x02"), plain.rindex(b"PK\x05\x06")
    entry = plain[start : start + 20] + b"\xff" * 8 + plain[start + 28 : start + 30]
    entry += pack("<H", len(extra)) + plain[start + 32 : end] + extra
    write(path, plain[:start] + entry + plain[end : end + 12] + pack("<2IH", len(entry), start, 0))
    assert taken_out(path) == SMALL


def test_64_bit_table_of_contents_is_read(tmp_path: Path) -> None:
    path = llamafile(tmp_path / "big.llamafile", {"small.gguf": SMALL})
    plain = path.read_bytes()
    start, end = plain.rindex(b"PK\x01\x02"), plain.rindex(b"PK\x05\x06")
    record = pack("<4sQ2H2I4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 1, 1, end - start, start)
    locator = pack("<4sIQI", b"PK\x06\x07", 0, end, 1)
    full = plain[end : end + 8] + b"\xff" * 12 + plain[end + 20 :]
    for last in (full, plain[end:]):
        assert taken_out(write(path, plain[:end] + record + locator + last)) == SMALL
    with pytest.raises(ModelError, match="no 64-bit end"):
        packed_model(write(path, plain[:end] + full))


def test_what_is_no_model_or_several_is_refused(tmp_path: Path) -> None:
    none = llamafile(tmp_path / "none", {"a.so": b"x", "mmproj.gguf": SMALL})
    with pytest.raises(ModelError, match="holds no GGUF"):
        packed_model(none)
    two = llamafile(tmp_path / "two", {"a.gguf": SMALL, "b.gguf": SMALL})
    with pytest.raises(ModelError, match=r"holds 2 models: 'a.gguf', 'b.gguf'"):
        packed_model(two)
    with pytest.raises(ModelError, match="is no GGUF, whatever"):
        packed_model(llamafile(tmp_path / "name", {"a.gguf": b"no model"}))
    with pytest.raises(ModelError, match="compressed"):
        packed_model(llamafile(tmp_path / "packed", {"a.gguf": SMALL}, packed=True))
    with pytest.raises(ModelError, match="without a table of contents"):
        packed_model(write(tmp_path / "program", b"MZ" + bytes(1000)))
    with pytest.raises(ModelError, match="without a table of contents"):
        packed_model(write(tmp_path / "stub", b"MZ"))


def test_lies_of_the_table_of_contents_are_refused(tmp_path: Path) -> None:
    path = llamafile(tmp_path / "small.llamafile", {"a.gguf": SMALL})
    good = path.read_bytes()
    entry, end = good.rindex(b"PK\x01\x02"), good.rindex(b"PK\x05\x06")
    lies = {
        (entry + 8, b"\1\0"): "encrypted",
        (entry + 20, b"\xf0"): "not what its table",
        (entry + 42, b"\xff\xff\xff\x7f"): "not where its table",
        (entry + 42, b"\xff\xff\xff\xff"): "no 64-bit size",
        (entry + 46, b"b"): "not what its table",
        (end + 12, b"\xff\xff\xff\x7f"): "claims to be",
    }
    for (at, lie), words in lies.items():
        write(path, good[:at] + lie + good[at + len(lie) :])
        with pytest.raises(ModelError, match=words):
            packed_model(path)
    size = pack("<I", 1 << 30)
    write(path, good[: entry + 20] + size * 2 + good[entry + 28 :])
    with pytest.raises(ModelError, match="ends behind the end"):
        packed_model(path)


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return llamafile(tmp_path_factory.mktemp("good") / "x", PARTS, program=b"MZ").read_bytes()


@settings(max_examples=examples(300))
@given(
    changes=st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=6),
    end=st.integers(0, 10_000),
)
def test_mutated_llamafiles_are_survived(
    tmp_path_factory: pytest.TempPathFactory,
    good: bytes,
    changes: list[tuple[int, int]],
    end: int,
) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzz.llamafile"
    content = bytearray(good)
    for at, byte in changes:
        content[-1 - at % len(content)] = byte
    path.unlink(missing_ok=True)
    path.write_bytes(content[: len(content) - end] if end < 60 else content)
    try:
        found = packed_model(path)
    except ModelError as error:
        assert error.message.endswith(".")
        assert error.message.isprintable()
    else:
        assert 0 <= found.offset <= found.offset + found.size <= len(content)
