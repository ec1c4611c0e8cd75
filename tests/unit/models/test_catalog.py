"""Every entry of the catalogue keeps the rules, and its shape explains the size of its file."""

from __future__ import annotations

import json
import re
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from llamachat.errors import UsageError
from llamachat.gguf.generated import LlamaShape, generated_size
from llamachat.gguf.types import file_type
from llamachat.models.catalog import CATALOG, Entry, by_sha256, catalog, family, find
from tests.shared import SHARED, needs_shared

ENTRIES = catalog()
POINTER = "Git LFS pointer"
EACH = pytest.mark.parametrize("entry", ENTRIES, ids=[entry.name for entry in ENTRIES])


@EACH
def test_its_hash_comes_from_the_hub_or_from_two_independent_sources(entry: Entry) -> None:
    assert entry.sources
    pointer = any(source.startswith(POINTER) for source in entry.sources)
    assert pointer or entry.confirmations >= 2
    assert entry.confirmations >= len(entry.sources)


@EACH
def test_it_is_complete(entry: Entry) -> None:
    assert re.fullmatch("[0-9a-f]{64}", entry.sha256)
    assert re.fullmatch("[0-9a-f]{40}", entry.revision)
    assert re.fullmatch(r"[\w.-]+/[\w.-]+", entry.repository)
    assert re.fullmatch(r"[a-z0-9.-]+:[A-Z0-9_]+", entry.name)
    assert entry.file.endswith(".gguf") and entry.ftype.lower() in entry.file.lower()
    assert file_type(entry.ftype).quantize_name == entry.ftype
    assert entry.licence and entry.chat_form and entry.title
    assert entry.reference.sha256 == entry.sha256


@EACH
def test_its_shape_explains_its_size(entry: Entry) -> None:
    """What is left is the vocabulary: 0.74 MB for 32,000 tokens, 7.84 MB for 128,256."""
    if entry.name == "llama-2-7b-chat:Q2_K":
        pytest.skip("the mixture of Q2_K had more bits in 2023")
    s = entry.shape
    shape = LlamaShape(
        s.n_layer, s.n_embd, s.n_head, s.n_head_kv, s.n_ff, s.n_vocab, s.n_ctx_train, s.tied
    )
    rest = entry.size - generated_size(shape, entry.ftype)
    assert 20 * s.n_vocab < rest < 70 * s.n_vocab


def test_names_places_and_hashes_are_unique() -> None:
    for values in (
        [entry.name.casefold() for entry in ENTRIES],
        [(entry.repository, entry.file) for entry in ENTRIES],
        [entry.sha256 for entry in ENTRIES],
    ):
        assert max(Counter(values).values()) == 1
    publishers = {entry.family: entry.repository for entry in ENTRIES}
    assert all(publishers[entry.family] == entry.repository for entry in ENTRIES)


def test_every_source_is_used_and_explained() -> None:
    table = tomllib.loads(CATALOG.read_text())
    used = {key for found in table["family"] for file in found["file"] for key in file["sources"]}
    assert used == table["sources"].keys()


def test_a_name_is_found_in_any_case_and_a_family_by_its_first() -> None:
    assert find("LLAMA-2-7b-chat:q4_0") is not None
    first = find("llama-2-7b-chat")
    assert first is not None and first.ftype == "Q4_K_M"
    assert [entry.ftype for entry in family("llama-3.1-8b-instruct")] == [
        "Q4_K_M", "Q8_0", "Q3_K_M",
    ]  # fmt: skip
    assert find("llama-2-7b-chat:Q9") is None and family("nobody") == ()
    assert by_sha256(first.sha256) is first and by_sha256("0" * 64) is None


@needs_shared
def test_the_facts_are_those_that_were_collected() -> None:
    collected = json.loads((SHARED / "checksums/catalog.json").read_text())["gguf"]
    known = {(fact["hf_repo"], fact["filename"]): fact for fact in collected}
    for entry in ENTRIES:
        fact = known[entry.repository, entry.file]
        assert (entry.size, entry.sha256, entry.revision, entry.licence, entry.confirmations) == (
            fact["size"], fact["sha256"], fact["hf_revision"], fact["licence"],
            fact["confirmations"],
        )  # fmt: skip


def test_another_catalogue_can_take_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = tmp_path / "ours.toml"
    text = CATALOG.read_text()
    ours.write_text(text[: text.index("[[family.file]]", text.index("[[family.file]]") + 1)])
    monkeypatch.setenv("LLAMACHAT_CATALOG", str(ours))
    assert [entry.name for entry in catalog()] == ["llama-2-7b-chat:Q4_K_M"]


@pytest.mark.parametrize("text", ["[", "", "[sources]\n[[family]]\nname = 1", "\xff"])
def test_a_damaged_catalogue_is_refused_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    ours = tmp_path / f"{len(text)}.toml"
    ours.write_bytes(text.encode("latin-1"))
    monkeypatch.setenv("LLAMACHAT_CATALOG", str(ours))
    with pytest.raises(UsageError, match="is no catalogue of models") as refused:
        catalog()
    assert "unset LLAMACHAT_CATALOG" in refused.value.hint
