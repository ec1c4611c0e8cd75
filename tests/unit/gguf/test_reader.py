"""The reader of GGUF headers: what it returns of good files, what it says of bad ones."""

import time
from pathlib import Path
from struct import pack

import pytest

from llamachat.errors import ModelError
from llamachat.gguf.header import Split
from llamachat.gguf.metadata import Array, Value, ValueType, array
from llamachat.gguf.reader import read_header
from llamachat.gguf.writer import write_gguf
from tests.shared import SHARED, needs_shared
from tests.unit.gguf import craft
from tests.unit.gguf.craft import ARRAY, STRING, U32, entry, gguf, string, tensor


def written(folder: Path, content: bytes) -> Path:
    path = folder / "model.gguf"
    path.write_bytes(content)
    return path


def test_header_holds_what_the_file_says(tmp_path: Path) -> None:
    header = read_header(written(tmp_path, craft.small()))
    assert (header.version, header.alignment, header.split) == (3, 32, None)
    assert (header.architecture, header.name, header.n_vocab) == ("llama", "small", 3)
    assert header.hyperparameter("block_count") == 7
    tokens = header.metadata["tokenizer.ggml.tokens"]
    assert isinstance(tokens, Array)
    assert list(tokens) == ["<unk>", "", "▁a"]
    assert header.metadata["tokenizer.ggml.scores"] == array(ValueType.FLOAT32, [0.0, -1.0, -2.0])
    first, second = header.tensors
    assert (first.name, first.shape, first.type.name, first.offset) == (
        "a.weight",
        (4, 2),
        "f32",
        0,
    )
    assert (second.n_weights, second.n_bytes, second.offset) == (96, 54, 32)
    assert header.data_offset + 32 + 54 == header.file_size
    assert (header.n_params, header.tensor_bytes) == (8 + 96, 32 + 54)


def test_header_without_arrays_still_counts_them(tmp_path: Path) -> None:
    path = written(tmp_path, craft.small())
    header = read_header(path, arrays=False)
    assert header.n_vocab == 3
    assert header.metadata["tokenizer.ggml.tokens"] == Array(ValueType.STRING, 3, None)
    assert header.tensors == read_header(path).tensors


def test_version_2_is_read(tmp_path: Path) -> None:
    path = written(tmp_path, gguf([craft.NAME], [], version=2))
    assert read_header(path).version == 2


def test_accessors_return_the_default_for_values_of_another_type(tmp_path: Path) -> None:
    entries = [entry(b"general.name", U32, pack("<I", 3)), entry(b"n", STRING, string(b"3"))]
    header = read_header(written(tmp_path, gguf(entries, [])))
    assert header.text("general.name", "none") == "none"
    assert header.name == "model"
    assert header.integer("n", 5) == header.integer("absent", 5) == 5


def test_text_that_is_no_utf8_keeps_its_bytes_and_prints(tmp_path: Path) -> None:
    path = written(tmp_path, gguf([entry(b"general.name", STRING, string(b"a\xff"))], []))
    header = read_header(path)
    assert header.text("general.name") == "a\ufffd"
    value = header.metadata["general.name"]
    assert isinstance(value, Value)
    assert value.packed() == string(b"a\xff")


def test_ftype_is_guessed_where_it_is_not_said(tmp_path: Path) -> None:
    said = entry(b"general.file_type", U32, pack("<I", 15))
    assert read_header(written(tmp_path, gguf([said], []))).ftype == "Q4_K - Medium"
    tensors = [tensor(b"a", (256, 1), 12, 0)]
    guessed = read_header(written(tmp_path, gguf([], tensors, bytes(144))))
    assert guessed.ftype == "(guessed) Q4_K - Medium"
    assert read_header(written(tmp_path, gguf([], []))).ftype == "unknown"


def test_split_files_say_which_part_they_are(tmp_path: Path) -> None:
    numbers = {b"split.no": 1, b"split.count": 3, b"split.tensors.count": 291}
    entries = [entry(key, U32, pack("<I", n)) for key, n in numbers.items()]
    assert read_header(written(tmp_path, gguf(entries, []))).split == Split(1, 3, 291)


BAD = {
    "too many tensors": (gguf([], [], counts=(1 << 40, 0)), "claims to hold"),
    "negative count": (gguf([], [], counts=(0, -1)), "claims to hold"),
    "more entries than bytes": (gguf([], [], counts=(0, 100)), "cut off"),
    "long key": (gguf([pack("<Q", 1 << 40) + bytes(20)], []), "a metadata key claims"),
    "empty key": (gguf([entry(b"", U32, bytes(4))], []), "a metadata key is empty"),
    "key no text": (gguf([entry(b"\xff", U32, bytes(4))], []), "not UTF-8"),
    "key twice": (gguf([craft.NAME, craft.NAME], []), "occurs twice"),
    "value type": (gguf([entry(b"a", 13, bytes(8))], []), "unknown type 13"),
    "long text": (gguf([entry(b"a", STRING, pack("<Q", 1 << 62))], []), "claims to be"),
    "endless array": (gguf([entry(b"a", ARRAY, pack("<IQ", U32, 1 << 61))], []), "claims to be"),
    "endless strings": (gguf([entry(b"a", ARRAY, pack("<IQ", STRING, 1 << 63))], []), "cut off"),
    "array of arrays": (gguf([entry(b"a", ARRAY, pack("<IQ", ARRAY, 1))], []), "array of arrays"),
    "alignment no power of 2": (gguf([entry(b"general.alignment", U32, pack("<I", 48))], []), "48"),
    "alignment zero": (gguf([entry(b"general.alignment", U32, bytes(4))], []), "alignment is 0"),
    "alignment a text": (gguf([entry(b"general.alignment", STRING, string(b"x"))], []), "32-bit"),
    "long tensor name": (gguf([], [tensor(b"n" * 64, (32,), 0, 0)]), "a tensor name claims"),
    "tensor twice": (gguf([], [tensor(b"a", (8,), 0, 0)] * 2, bytes(99)), "occurs twice"),
    "5 dimensions": (gguf([], [tensor(b"a", (1,) * 5, 0, 0)]), "has 5 dimensions"),
    "dimension 0": (gguf([], [tensor(b"a", (8, 0), 0, 0)]), "has the shape"),
    "negative dimension": (gguf([], [tensor(b"a", (-8, -8), 0, 0)]), "has the shape"),
    "absurd dimensions": (gguf([], [tensor(b"a", (1 << 40, 1 << 40), 0, 0)]), "has the shape"),
    "row of half a block": (gguf([], [tensor(b"a", (48,), 2, 0)], bytes(99)), "q4_0 tensor"),
    "unknown tensor type": (gguf([], [tensor(b"a", (8,), 99, 0)]), "unknown type 99"),
    "removed tensor type": (gguf([], [tensor(b"a", (8,), 31, 0)]), "q4_0_4_4"),
    "unaligned": (gguf([], [tensor(b"a", (8,), 0, 8)], bytes(99)), "not aligned"),
    "overlap": (gguf([], [tensor(b"a", (9,), 0, 0), tensor(b"b", (8,), 0, 32)]), "overlaps"),
    "gap": (gguf([], [tensor(b"a", (8,), 0, 64)], bytes(99)), "follows a gap"),
    "data past the end": (gguf([], [tensor(b"a", (8,), 0, 0)], bytes(31)), "cut off"),
    "part 4 of 3": (
        gguf(
            [entry(b"split.no", U32, pack("<I", 3)), entry(b"split.count", U32, pack("<I", 3))], []
        ),
        "part 4 of 3",
    ),
    "part a text": (gguf([entry(b"split.no", STRING, string(b"x"))], []), "split.no"),
}


@pytest.mark.parametrize("arrays", [True, False])
@pytest.mark.parametrize("fault", BAD)
def test_damage_is_one_sentence_with_a_way_forward(
    fault: str, arrays: bool, tmp_path: Path
) -> None:
    content, words = BAD[fault]
    path = written(tmp_path, content)
    with pytest.raises(ModelError) as caught:
        read_header(path, arrays=arrays)
    message = caught.value.message
    assert words in message
    assert message.startswith(str(path))
    assert message.endswith(".")
    assert caught.value.hint


def test_truncation_names_both_sizes(tmp_path: Path) -> None:
    whole = craft.small()
    with pytest.raises(
        ModelError, match=rf"{len(whole) - 1:,} bytes and should have {len(whole):,}"
    ):
        read_header(written(tmp_path, whole[:-1]))


def test_names_in_errors_can_not_drive_a_terminal(tmp_path: Path) -> None:
    path = written(tmp_path, gguf([entry(b"\x1b[2J" + b"x" * 500, 99, b"")], []))
    with pytest.raises(ModelError) as caught:
        read_header(path)
    assert "\x1b" not in caught.value.message
    assert len(caught.value.message) < len(str(path)) + 200


def test_passing_a_vocabulary_takes_time_in_proportion_to_it(tmp_path: Path) -> None:
    def seconds(size: int) -> float:
        words = [f"{n:x}" for n in range(2 * size)]
        metadata = {
            "tokenizer.ggml.tokens": array(ValueType.STRING, words[:size]),
            "tokenizer.ggml.token_type": array(ValueType.INT32, [1] * size),
            "tokenizer.ggml.merges": array(ValueType.STRING, words),
        }
        path = tmp_path / f"{size}.gguf"
        write_gguf(path, {**metadata}, [])
        taken = []
        for _ in range(5):
            began = time.process_time()
            header = read_header(path, arrays=False)
            taken.append(time.process_time() - began)
        assert header.n_vocab == size
        return min(taken)

    assert seconds(128_000) < 30 * seconds(12_800)  # 27 ms for the larger one on a Zen 5


@needs_shared
def test_real_files_are_read() -> None:
    stories = read_header(SHARED / "stories260K" / "stories260K.gguf")
    assert (stories.architecture, len(stories.tensors), stories.n_vocab) == ("llama", 48, 512)
    assert (stories.hyperparameter("block_count"), stories.hyperparameter("embedding_length")) == (
        5,
        64,
    )
    assert {tensor.type.name for tensor in stories.tensors} == {"f32"}
    vocabulary = read_header(SHARED / "llama2-tokenizer" / "ggml-vocab-llama-spm.gguf")
    assert (vocabulary.n_vocab, vocabulary.tensors) == (32_000, ())
    tokens = vocabulary.metadata["tokenizer.ggml.tokens"]
    assert isinstance(tokens, Array)
    assert list(tokens)[:3] == ["<unk>", "<s>", "</s>"]
