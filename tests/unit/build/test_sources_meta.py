"""A Meta folder gives what its Hugging Face twin gives, in however many parts it lies."""

import hashlib
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from llamachat.build.hparams import hparams_metadata
from llamachat.build.source import Source, open_source
from llamachat.build.sources.meta_params import read_params
from llamachat.errors import DownloadError, LlamaChatError, ModelError
from tests.shared import SHARED, needs_shared
from tests.unit.build.hf_folders import CASES, Case, write_folder
from tests.unit.build.meta_folders import meta_params, meta_weights, write_llama2c, write_meta

SMALL = {case.name: case for case in CASES}["linear-rope"]
SMALL = Case("small", {key: v for key, v in SMALL.config.items() if key != "rope_scaling"})
TWIN = Case("twin", {**SMALL.config, "max_position_embeddings": 4096}, "bf16")


def content(source: Source) -> list[tuple[str, tuple[int, ...], str, bytes]]:
    """Everything that a source gives of its tensors; rows are read in uneven blocks."""
    found = []
    for planned in source.tensors():
        edges = sorted({0, planned.n_rows // 3, planned.n_rows - 1, planned.n_rows})
        blocks = [planned.read(*pair) for pair in pairwise(edges)]
        data = b"".join(block.tobytes() for block in blocks)
        found.append((planned.name, planned.shape, planned.dtype, data))
    return found


def make_meta(folder: Path, *, parts: int = 1, **params: Any) -> Path:
    write_meta(folder, meta_weights(TWIN), meta_params(TWIN, **params), "bf16", parts)
    return folder


@pytest.mark.parametrize("parts", [1, 2, 4])
def test_a_meta_folder_gives_what_its_hugging_face_twin_gives(tmp_path: Path, parts: int) -> None:
    write_folder(tmp_path / "hf", TWIN)
    twin, meta = open_source(tmp_path / "hf"), open_source(make_meta(tmp_path / "m", parts=parts))
    assert content(meta) == content(twin)
    assert hparams_metadata(meta.hparams) == hparams_metadata(twin.hparams)
    assert meta.hparams == twin.hparams
    assert (meta.kind, meta.base_name, len(meta.files)) == ("Meta", "m", parts + 1)
    meta.close()


@pytest.mark.parametrize("version", [0, 1])
@pytest.mark.parametrize("tied", [False, True])
def test_a_llama2c_checkpoint_gives_what_its_hugging_face_twin_gives(
    tmp_path: Path, version: int, tied: bool
) -> None:
    case = Case("small", {**SMALL.config, "tie_word_embeddings": tied})
    write_folder(tmp_path / "hf", case)
    write_llama2c(tmp_path / "m.bin", meta_weights(case), case, version)
    twin, source = open_source(tmp_path / "hf"), open_source(tmp_path / "m.bin")
    assert content(source) == content(twin)
    assert hparams_metadata(source.hparams) == hparams_metadata(twin.hparams)
    assert (source.kind, source.base_name) == ("llama2.c", "m")
    source.close()


def test_what_params_json_leaves_out_is_computed_as_meta_did(tmp_path: Path) -> None:
    """The real files of LLaMA 7B and 65B, Llama 2 7B and 70B, Code Llama 34B."""
    sizes = {"dim": 4096, "n_heads": 32, "n_layers": 32, "vocab_size": -1, "multiple_of": 256}
    large = {"dim": 8192, "n_heads": 64, "n_layers": 80, "vocab_size": -1}
    code = {"dim": 8192, "n_heads": 64, "n_kv_heads": 8, "n_layers": 48, "multiple_of": 256}
    grouped = {"n_kv_heads": 8, "multiple_of": 4096, "ffn_dim_multiplier": 1.3}
    for params, expected in (
        (sizes | {"norm_eps": 1e-6}, (11008, 2048, 32, 10000.0)),
        (large | {"norm_eps": 1e-5, "multiple_of": 256}, (22016, 2048, 64, 10000.0)),
        (sizes | {"norm_eps": 1e-5}, (11008, 4096, 32, 10000.0)),
        (large | grouped | {"norm_eps": 1e-5}, (28672, 4096, 8, 10000.0)),
        (code | {"norm_eps": 1e-5, "rope_theta": 1000000, "ffn_dim_multiplier": 1.0},
         (22016, 16384, 8, 1e6)),
    ):  # fmt: skip
        (tmp_path / "params.json").write_text(json.dumps(params))
        found = read_params(tmp_path / "params.json", 32000)
        assert (found.n_ff, found.n_ctx, found.n_head_kv, found.rope_theta) == expected
        assert (found.n_vocab, found.tied) == (32000, False)


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"vocab_size": 32000}, "says 32,000 tokens, but the weights are for 300"),
        ({"use_scaled_rope": True}, "says 'use_scaled_rope', which Llama 1"),
        ({"rope_theta": 500000.0}, "says 500000 for rope_theta, which is not of Llama 1"),
        ({"moe": {"num_experts": 8}}, "says 'moe'"),
        ({"dim": 60}, "claims 60 dimensions for 8 heads"),
        ({"multiple_of": 256}, "w2.weight in .* has the shape .64, 172.; by its params.json"),
        ({"n_layers": 3}, "has no tensor layers.2"),
        ({"n_layers": 1}, "holds the tensor 'layers.1"),
        ({"n_kv_heads": 3}, "cannot share evenly"),
        ({"n_layers": 10**6}, "claims 1,000,000 layers"),
        ({"norm_eps": "small"}, "says 'small' for norm_eps"),
        ({"dim": True}, "says 'True' for dim"),
    ],
)
def test_a_params_json_that_does_not_fit_is_refused(
    tmp_path: Path, params: dict[str, Any], words: str
) -> None:
    folder = make_meta(tmp_path / "m", **params)
    with pytest.raises(ModelError, match=words):
        open_source(folder)


def test_a_part_that_is_missing_is_named(tmp_path: Path) -> None:
    folder = make_meta(tmp_path / "m", parts=4)
    (folder / "consolidated.02.pth").unlink()
    with pytest.raises(ModelError, match=r"lacks consolidated.02.pth"):
        open_source(folder)
    (folder / "consolidated.03.pth").unlink()
    with pytest.raises(ModelError, match="a part is missing"):
        open_source(folder)


def test_parts_of_different_models_are_refused(tmp_path: Path) -> None:
    folder = make_meta(tmp_path / "m", parts=2)
    weights = {name: w[..., :-2] for name, w in meta_weights(TWIN).items()}
    write_meta(tmp_path / "other", weights, {}, "bf16", 2)
    (tmp_path / "other/consolidated.01.pth").replace(folder / "consolidated.01.pth")
    with pytest.raises(ModelError, match=r"pieces of .* do not fit together"):
        open_source(folder)


def test_the_checklist_is_verified_first(tmp_path: Path) -> None:
    folder = make_meta(tmp_path / "m")
    names = ("consolidated.00.pth", "params.json")
    sums = {name: hashlib.md5((folder / name).read_bytes()).hexdigest() for name in names}
    checklist = folder / "checklist.chk"
    checklist.write_text("".join(f"{digest}  {name}\n" for name, digest in sums.items()))
    told: list[str] = []
    source = open_source(folder, on_file=lambda path, done, total: told.append(path.name))
    assert set(told) == set(names)
    assert checklist in source.files
    (folder / "params.json").write_text("{}")
    with pytest.raises(DownloadError, match=r"params.json .*MD5 should be"):
        open_source(folder)
    with pytest.raises(LlamaChatError, match="does not say dim"):
        open_source(folder, verify=False)
    (folder / "params.json").unlink()
    with pytest.raises(ModelError, match=r"params.json is missing, and checklist.chk names it"):
        open_source(folder)


@needs_shared
@pytest.mark.parametrize("parts", [0, 1, 2])
def test_a_real_model_is_bit_for_bit_the_one_that_others_converted(
    tmp_path: Path, parts: int
) -> None:
    """As llama2.c's file, and made into one part and into two parts of Meta's."""
    path = SHARED / "stories260K" / "stories260K.bin"
    if parts:
        file = open_source(path)
        weights = {t.origin: t.read(0, t.n_rows).reshape(t.shape[::-1]) for t in file.tensors()}
        weights["output.weight"] = weights["tok_embeddings.weight"]
        sizes = {"dim": 64, "n_layers": 5, "n_heads": 8, "n_kv_heads": 4, "vocab_size": -1}
        params = {**sizes, "multiple_of": 4, "norm_eps": 1e-5, "max_seq_len": 512}
        path = tmp_path / "stories"
        write_meta(path, weights, params, "f32", parts)
    theirs = {t.name: t for t in open_source(SHARED / "stories260K" / "stories260K.gguf").tensors()}
    ours = open_source(path).tensors()
    assert len(ours) == (48 if parts else 47)
    for tensor in ours:
        twin = theirs[tensor.name]
        assert (tensor.shape, tensor.dtype) == (twin.shape, twin.dtype)
        left, right = (t.read(0, t.n_rows).view(np.uint32) for t in (tensor, twin))
        assert np.array_equal(left, right)
