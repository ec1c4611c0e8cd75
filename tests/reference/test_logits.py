"""What a model computes from its original weights is what the engine computes on the file we build.

The reference reads the original with code of its own and computes in f64 by the papers' formulas;
llama.cpp computes in f32 on the f32 GGUF. So a row in the wrong place, a wrong constant in the
metadata, a head that takes another's keys or a merge with the wrong scale would show here, even if
llama.cpp's converter had the same fault.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from llamachat.build.lora import LoraAdapter
from llamachat.build.lora_merge import Merged
from llamachat.build.source import open_source
from tests.reference import original
from tests.reference.engine_logits import build_f32, difference, engine_logits, some_tokens
from tests.reference.llama import Llama, logits
from tests.shared import SHARED, needs_shared
from tests.unit.build.adapters import ADAPTERS, AdapterCase, write_adapter
from tests.unit.build.hf_folders import CASES, Case, write_folder
from tests.unit.build.meta_folders import meta_params, meta_weights, write_llama2c, write_meta
from tests.unit.build.tokenizers.spm_writer import sentencepiece_bytes, small_pieces

FLOAT_ERROR = 5e-5
"""of the largest logit; the largest seen was 7e-6"""
MISTAKE = 1e-2
"""what each mistake exceeds that one could make; the smallest seen was 0.1"""

BY_NAME = {case.name: case for case in CASES}
SMALL = {key: v for key, v in BY_NAME["linear-rope"].config.items() if key != "rope_scaling"}
TWIN = Case("twin", {**SMALL, "max_position_embeddings": 4096}, "bf16")
NEAR = {
    "rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
    "original_max_position_embeddings": 32,
}  # fmt: skip
"""some frequencies are divided, some are not and some are blended, all of them at once"""
FOLDERS = (
    *(BY_NAME[name] for name in (
        "mha", "gqa-bf16-sharded", "tied-f16", "layers-in-the-order-of-names", "mistral",
        "mistral-heads-of-their-own", "linear-rope", "llama3-rope", "biases", "pickled-f16",
        "pickled-bf16-sharded",
    )),
    Case("llama3-rope-near", SMALL | {"rope_scaling": NEAR}),
    Case("code-llama-theta", SMALL | {"rope_theta": 1e6}),
    Case("loose-norm", SMALL | {"rms_norm_eps": 1e-2}),
)  # fmt: skip
MERGES = tuple(case for case in ADAPTERS if case.name in ("plain", "grouped-bf16", "rslora"))


def compare(model: Llama, built: Path) -> float:
    """The largest difference between the reference and the engine on a file."""
    tokens = some_tokens(len(model.weights["tok_embeddings.weight"]))
    return difference(logits(model, tokens), engine_logits(built, tokens))


def write_meta_twin(folder: Path, parts: int) -> Path:
    write_meta(folder, meta_weights(TWIN), meta_params(TWIN), "bf16", parts)
    (folder / "tokenizer.model").write_bytes(sentencepiece_bytes(small_pieces(300)))
    return folder


@pytest.mark.parametrize("case", FOLDERS, ids=lambda case: case.name)
def test_a_hugging_face_folder(case: Case, tmp_path: Path) -> None:
    folder = tmp_path / case.name
    write_folder(folder, case)
    built = build_f32(open_source(folder), tmp_path / "model.gguf")
    assert compare(original.hugging_face(folder), built) < FLOAT_ERROR


@pytest.mark.parametrize("parts", [1, 2])
def test_a_meta_folder(parts: int, tmp_path: Path) -> None:
    folder = write_meta_twin(tmp_path / "meta", parts)
    built = build_f32(open_source(folder), tmp_path / "model.gguf")
    assert compare(original.meta(folder), built) < FLOAT_ERROR


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("version", [0, 1])
def test_a_llama2c_checkpoint(version: int, tied: bool, tmp_path: Path) -> None:
    case = Case("small", SMALL | {"tie_word_embeddings": tied})
    path = tmp_path / "model.bin"
    write_llama2c(path, meta_weights(case), case, version)
    (tmp_path / "tokenizer.model").write_bytes(sentencepiece_bytes(small_pieces(300)))
    built = build_f32(open_source(path), tmp_path / "model.gguf")
    assert compare(original.llama2c(path), built) < FLOAT_ERROR


@pytest.mark.parametrize("case", MERGES, ids=lambda case: case.name)
def test_a_merged_adapter(case: AdapterCase, tmp_path: Path) -> None:
    folder = tmp_path / case.base
    write_folder(folder, case.model)
    adapter = write_adapter(tmp_path / "adapter", case)
    source = Merged(open_source(folder), LoraAdapter.open(adapter))
    built = build_f32(source, tmp_path / "model.gguf")
    model = original.hugging_face(folder)
    assert compare(original.merged(model, adapter), built) < FLOAT_ERROR
    assert compare(model, built) > MISTAKE


def test_an_adapter_merged_into_a_meta_folder(tmp_path: Path) -> None:
    """PEFT's rows are Hugging Face's: the reference merges into the twin that has them so."""
    write_folder(tmp_path / "twin", TWIN)
    case = AdapterCase("of the same shapes", "linear-rope", ("q_proj", "k_proj", "o_proj"))
    adapter = write_adapter(tmp_path / "adapter", case)
    source = open_source(write_meta_twin(tmp_path / "meta", 2))
    merged = Merged(source, LoraAdapter.open(adapter), any_base=True)
    built = build_f32(merged, tmp_path / "model.gguf")
    model = original.merged(original.hugging_face(tmp_path / "twin"), adapter)
    assert compare(model, built) < FLOAT_ERROR


@needs_shared
def test_a_real_model(tmp_path: Path) -> None:
    """stories260K as we build it, and as somebody else published it."""
    stories = SHARED / "stories260K"
    model = original.llama2c(stories / "stories260K.bin")
    built = build_f32(open_source(stories / "stories260K.bin"), tmp_path / "model.gguf")
    assert compare(model, built) < FLOAT_ERROR
    assert compare(model, stories / "stories260K.gguf") < FLOAT_ERROR


@pytest.fixture(scope="module")
def near(tmp_path_factory: pytest.TempPathFactory) -> tuple[Llama, Path]:
    """A model with grouped heads and stretched positions, and the file built of it."""
    folder = tmp_path_factory.mktemp("models") / "near"
    write_folder(folder, Case("near", SMALL | {"rope_scaling": NEAR}))
    built = build_f32(open_source(folder), folder / "model.gguf")
    return original.hugging_face(folder), built


@pytest.mark.parametrize(
    "mistake", ["rows", "positions", "theta", "epsilon", "heads", "gate", "output"]
)
def test_a_mistake_would_show(mistake: str, near: tuple[Llama, Path]) -> None:
    model, built = near
    weights = dict(model.weights)
    gate, up = (f"layers.1.feed_forward.{name}.weight" for name in ("w1", "w3"))
    keys = "layers.0.attention.wk.weight"
    wrong = {
        "rows": replace(model, halves=False),
        "positions": replace(model, rope_scaling=None),
        "theta": replace(model, rope_theta=20000.0),
        "epsilon": replace(model, norm_eps=1e-3),
        "heads": replace(model, weights=weights | {keys: np.roll(weights[keys], 8, axis=0)}),
        "gate": replace(model, weights=weights | {gate: weights[up], up: weights[gate]}),
        "output": replace(model, weights={k: v for k, v in weights.items() if k[:6] != "output"}),
    }  # fmt: skip
    assert compare(model, built) < FLOAT_ERROR
    assert compare(wrong[mistake], built) > MISTAKE
