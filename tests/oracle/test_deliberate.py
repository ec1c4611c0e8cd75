"""Where we differ from llama.cpp's converter on purpose, entry by entry, and nowhere else.

`docs/decisions/0008-metadata-of-built-models.md` gives the reasons. Weights never differ.
"""

import json
from pathlib import Path

import pytest

from llamachat.build.build_pass import run
from llamachat.build.plan import make_plan
from llamachat.build.recipe import make_recipe
from llamachat.build.source import open_source
from scripts.pinned_converter import ConversionError, PinnedConverter
from tests.oracle.file_contents import differing, entries_of, tensors_in
from tests.unit.build.hf_folders import CASES, Case, write_folder
from tests.unit.build.meta_folders import meta_params, meta_weights, write_llama2c, write_meta
from tests.unit.build.tokenizers.folders import TOKENIZERS, write_case
from tests.unit.build.tokenizers.spm_writer import sentencepiece_bytes, small_pieces

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

SMALL = {case.name: case for case in CASES}["linear-rope"]
SMALL = Case("small", {key: v for key, v in SMALL.config.items() if key != "rope_scaling"})
TWIN = Case("twin", {**SMALL.config, "max_position_embeddings": 4096})
NAMES = {"general.name", "general.basename", "general.finetune", "general.size_label"}
SPECIAL = {
    f"tokenizer.ggml.{name}"
    for name in (
        "bos_token_id",
        "eos_token_id",
        "unknown_token_id",
        "add_bos_token",
        "add_eos_token",
    )
}


def build(path: Path, output: Path) -> Path:
    source = open_source(path)
    run(make_plan(source, make_recipe("f16"), [output]))
    source.close()
    return output


def compare(ours: Path, theirs: Path) -> set[str]:
    """The keys that differ; the tensors must not."""
    assert differing(tensors_in(ours), tensors_in(theirs)) == set()
    return differing(entries_of(ours), entries_of(theirs))


@pytest.mark.parametrize(
    "place", ["models--someone--Small-Llama/snapshots/0123abcd", "run/checkpoint-500"]
)
def test_folders_whose_names_say_less(
    place: str, converter: PinnedConverter, tmp_path: Path
) -> None:
    folder = tmp_path / place
    write_folder(folder, SMALL)
    converter.convert(folder, tmp_path / "theirs.gguf", "f16")
    found = compare(build(folder, tmp_path / "ours.gguf"), tmp_path / "theirs.gguf")
    assert {"general.name"} <= found <= NAMES


@pytest.mark.parametrize("kind", ["Meta", "llama2.c"])
def test_what_the_converter_does_not_read(
    kind: str, converter: PinnedConverter, tmp_path: Path
) -> None:
    """Beside the same weights in a folder of Hugging Face's: special tokens come from the tokenizer
    alone."""
    write_folder(tmp_path / "hf" / "twin", TWIN)
    tokenizer = sentencepiece_bytes(small_pieces(290))
    converter.convert(tmp_path / "hf" / "twin", tmp_path / "theirs.gguf", "f16")
    path = tmp_path / "twin"
    if kind == "Meta":
        write_meta(path, meta_weights(TWIN), meta_params(TWIN), "f32", 2)
        (path / "tokenizer.model").write_bytes(tokenizer)
    else:
        path = tmp_path / "twin.bin"
        write_llama2c(path, meta_weights(TWIN), TWIN, 1)
        (tmp_path / "tokenizer.model").write_bytes(tokenizer)
    assert compare(build(path, tmp_path / "ours.gguf"), tmp_path / "theirs.gguf") == SPECIAL


def test_a_vocabulary_that_nobody_published(converter: PinnedConverter, tmp_path: Path) -> None:
    """The converter knows pre-tokenizers by hashes of published vocabularies."""
    case = next(case for case in TOKENIZERS if case.name.startswith("Llama-3-8B"))
    folder = write_case(tmp_path, case)
    with pytest.raises(ConversionError, match="pre-tokenizer was not recognized"):
        converter.convert(folder, tmp_path / "theirs.gguf", "f16")
    entries = entries_of(build(folder, tmp_path / "ours.gguf"))
    assert entries["tokenizer.ggml.pre"] == "STRING 'llama-bpe'"


def test_a_setting_of_the_wrong_type(converter: PinnedConverter, tmp_path: Path) -> None:
    folder = tmp_path / "small"
    write_folder(folder, SMALL)
    settings = {"temperature": 0.5, "top_k": "many"}
    (folder / "generation_config.json").write_text(json.dumps(settings))
    with pytest.raises(ConversionError):
        converter.convert(folder, tmp_path / "theirs.gguf", "f16")
    entries = entries_of(build(folder, tmp_path / "ours.gguf"))
    assert "general.sampling.temp" in entries
    assert "general.sampling.top_k" not in entries
