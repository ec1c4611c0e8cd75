"""Generated models load and run in the real llama.cpp, in every type, alone and in batches."""

import hashlib
import time
from pathlib import Path

import pytest

from llamachat.errors import UsageError
from llamachat.gguf.blocks import GENERATED
from llamachat.gguf.generated import (
    SHAPES,
    TINY,
    LlamaShape,
    generated_size,
    write_generated_llama,
)
from llamachat.gguf.metadata import text, u32
from llamachat.gguf.reader import read_header
from llamachat.gguf.types import file_type
from llamachat.gguf.vocabulary import FIRST_PIECE
from tests.unit.gguf.child import ask

MIXTURES = ("q4_0", "q4_k_m", "q5_k_m", "q2_k", "q3_k_s", "iq4_xs", "f16")


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_every_type_decodes_finite_and_varied_logits(tmp_path: Path) -> None:
    paths = []
    for name in GENERATED:
        paths.append(tmp_path / f"{name}-pure.gguf")
        write_generated_llama(paths[-1], TINY, name, 5, pure=True)
    for name in MIXTURES:
        paths.append(tmp_path / f"{name}.gguf")
        write_generated_llama(paths[-1], TINY, name, 5)
    answers = ask("decode", [str(path) for path in paths])
    for path, answer in zip(paths, answers, strict=True):
        assert answer["finite"], path.name
        assert 2 < answer["rms"] < 6, path.name
        assert len(set(answer["greedy"])) > 12, path.name
        assert min(answer["greedy"]) >= FIRST_PIECE, path.name


@pytest.mark.parametrize(
    "shape",
    [
        LlamaShape(3, 256, 4, 4, 512, 600, 512, tied=True),
        LlamaShape(24, 256, 8, 1, 768, 512, 512),
        LlamaShape(1, 64, 2, 1, 96, 300, 128),
    ],
    ids=["tied", "deep", "small"],
)
def test_other_shapes_run_as_well(shape: LlamaShape, tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    write_generated_llama(path, shape, "q8_0", 1)
    (answer,) = ask("decode", [str(path)])
    assert answer["finite"]
    assert 1 < answer["rms"] < 8
    assert len(set(answer["greedy"])) > 6


def test_header_says_what_was_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    extra = {"general.name": text("mine"), "general.license": text("MIT"), "n": u32(3)}
    size = write_generated_llama(
        path, TINY, "Q4_K_M", 1, chat_template="{{ messages }}", metadata={**extra}
    )
    header = read_header(path)
    assert (header.architecture, header.name, header.ftype) == ("llama", "mine", "Q4_K - Medium")
    assert header.text("tokenizer.chat_template") == "{{ messages }}"
    assert header.integer("n") == 3
    dimensions = {
        "block_count": TINY.n_layer,
        "embedding_length": TINY.n_embd,
        "feed_forward_length": TINY.n_ff,
        "context_length": TINY.n_ctx,
        "attention.head_count": TINY.n_head,
        "attention.head_count_kv": TINY.n_head_kv,
        "rope.dimension_count": 64,
        "vocab_size": TINY.n_vocab,
    }
    assert {name: header.hyperparameter(name) for name in dimensions} == dimensions
    assert header.n_vocab == TINY.n_vocab
    assert size == header.file_size == path.stat().st_size
    assert header.tensor_bytes == generated_size(TINY, "q4_k_m")


def test_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in "abc"]
    for path, seed in zip(paths, (1, 1, 2), strict=True):
        write_generated_llama(path, TINY, "q5_k_m", seed)
    digests = [sha256(path) for path in paths]
    assert digests[0] == digests[1] != digests[2]


def test_bytes_are_the_same_on_every_machine(tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    write_generated_llama(path, LlamaShape(1, 256, 4, 2, 256, 400, 64), "q4_k_m", 42)
    assert sha256(path) == "af689f45c2dfb750b4c82b72772235e69d57fb4ee2c1e3a8951e6a6a763b3c5a"


def test_tied_model_has_no_output_matrix(tmp_path: Path) -> None:
    shape = LlamaShape(1, 256, 4, 4, 256, 300, 64, tied=True)
    path = tmp_path / "model.gguf"
    write_generated_llama(path, shape, "q4_0")
    types = {tensor.name: tensor.type.name for tensor in read_header(path).tensors}
    assert "output.weight" not in types
    assert types["token_embd.weight"] == "q6_K"


def test_pure_model_takes_a_tensor_type_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    write_generated_llama(path, TINY, "iq2_s", pure=True)
    matrices = [tensor for tensor in read_header(path).tensors if len(tensor.shape) > 1]
    assert {tensor.type.name for tensor in matrices} == {"iq2_s"}


@pytest.mark.parametrize("name", ["q4_0", "q4_k_m", "f32"])
def test_tiny_model_is_made_in_30_ms(name: str, tmp_path: Path) -> None:
    seconds = []
    for _ in range(5):
        began = time.process_time()
        write_generated_llama(tmp_path / "model.gguf", TINY, name)
        seconds.append(time.process_time() - began)
    assert min(seconds) < 0.03  # 2 ms for q4_0, 9 ms for f32 on a Zen 5


def test_published_shapes_have_their_number_of_weights() -> None:
    assert file_type("f16").tensor_type == "f16"
    # 2 bytes a weight, and 2 more for those of the norms
    norms_7b, norms_13b = 65 * 4096, 81 * 5120
    assert generated_size(SHAPES["7b"], "f16") == 2 * (6_738_415_616 + norms_7b)
    assert generated_size(SHAPES["13b"], "f16") == 2 * (13_015_864_320 + norms_13b)


def test_types_that_can_not_be_made_are_refused(tmp_path: Path) -> None:
    for name, pure in (("nvfp4", False), ("iq1_m", True), ("IQ2_M", False), ("q9_9", False)):
        with pytest.raises(UsageError):
            write_generated_llama(tmp_path / "model.gguf", TINY, name, pure=pure)
    assert list(tmp_path.iterdir()) == []


def test_shapes_that_can_not_be_are_refused() -> None:
    with pytest.raises(ValueError, match="heads"):
        LlamaShape(1, 256, 3, 1, 256, 512, 64)
    with pytest.raises(ValueError, match="vocabulary"):
        LlamaShape(1, 256, 4, 4, 256, 259, 64)
