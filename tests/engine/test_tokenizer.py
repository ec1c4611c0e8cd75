"""Text to tokens: conformance, any split into segments, no special token forged in content."""

import ctypes
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llamachat.engine.llama.library import bindings, open_library
from llamachat.engine.llama.vocab import Vocab, as_bytes
from llamachat.engine.prompt import Prompt, Segment, content, prompt_text, raw_prompt, scaffold
from llamachat.gguf.generated import TINY, write_generated_llama
from llamachat.gguf.metadata import Metadata
from tests.engine.vocabularies import MARKERS, byte_pairs, with_markers
from tests.examples import examples
from tests.shared import SHARED, needs_shared

LLAMA_2 = SHARED / "llama2-tokenizer" / "ggml-vocab-llama-spm.gguf"

LETTERS = [*" \n\té▁etaoinsh.,'0🙂你", "  ", " the", "\udc80", "\udcff", "\udcc3", "▁▁"]
TEXT = st.lists(
    st.sampled_from(LETTERS) | st.text(st.characters(exclude_characters="<"), max_size=5),
    max_size=9,
).map("".join)
"""anything but the beginning of a special token, bytes that are no UTF-8 included"""

SPECIAL = ["<s>", "</s>", "<unk>", *MARKERS]
SPECIAL_LIKE = [*SPECIAL, "[INST]", "<s", "s>", "<|im_", "<", "<0x41>", " ", "hello"]


def load_vocab(path: Path) -> tuple[Vocab, object]:
    """The vocabulary alone, and the model to be freed."""
    open_library()
    params = bindings().llama_model_default_params()
    params.vocab_only = True
    model = bindings().llama_model_load_from_file(str(path).encode(), params)
    assert model
    return Vocab(model), model


def freed_later(path: Path) -> Iterator[Vocab]:
    vocab, model = load_vocab(path)
    yield vocab
    bindings().llama_model_free(model)


@pytest.fixture(scope="module")
def llama_2() -> Iterator[Vocab]:
    yield from freed_later(LLAMA_2)


KINDS: dict[str, Callable[[int], Metadata]] = {
    "plain": lambda n_vocab: {},
    "markers": with_markers,
    "byte pairs": byte_pairs,
}


@pytest.fixture(scope="module", params=KINDS)
def vocab(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Vocab]:
    """Vocabularies of generated models: SentencePiece, the same with chat markers, BPE."""
    path = tmp_path_factory.mktemp("vocab") / "model.gguf"
    write_generated_llama(path, TINY, "q4_0", seed=3, metadata=KINDS[request.param](TINY.n_vocab))
    yield from freed_later(path)


def whole(vocab: Vocab, text: str, *, special: bool) -> list[int]:
    """llama_tokenize of a text in one go, the beginning-of-text token added as it does."""
    data = as_bytes(text)
    buffer = (ctypes.c_int32 * (3 * len(data) + 8))()
    count = bindings().llama_tokenize(
        vocab.pointer, data, len(data), buffer, len(buffer), True, special
    )
    return list(buffer[:count])


def vectors() -> list[tuple[str, list[int]]]:
    if not LLAMA_2.exists():
        return []
    inputs = LLAMA_2.with_name(LLAMA_2.name + ".inp").read_bytes().decode()
    outputs = LLAMA_2.with_name(LLAMA_2.name + ".out").read_text().split("\n")
    texts = inputs.split("\n__ggml_vocab_test__\n")
    return [(t, [*map(int, line.split())]) for t, line in zip(texts, outputs, strict=True)]


@needs_shared
@pytest.mark.parametrize("segment", [content, scaffold])
def test_llama_2_tokens_are_those_of_the_conformance_vectors(
    llama_2: Vocab, segment: Callable[[str], Segment]
) -> None:
    found = vectors()
    assert len(found) > 40
    for text, expected in found:
        assert llama_2.tokenize((segment(text),)).ids == [llama_2.bos, *expected], text


@needs_shared
@settings(max_examples=examples(60))
@given(parts=st.lists(st.tuples(st.sampled_from(["scaffold", "content"]), TEXT), max_size=5))
def test_llama_2_tokens_do_not_depend_on_the_segments(
    llama_2: Vocab, parts: list[tuple[str, str]]
) -> None:
    check_split(llama_2, parts)


@settings(max_examples=examples(120))
@given(parts=st.lists(st.tuples(st.sampled_from(["scaffold", "content"]), TEXT), max_size=6))
def test_tokens_do_not_depend_on_the_segments(vocab: Vocab, parts: list[tuple[str, str]]) -> None:
    check_split(vocab, parts)


def check_split(vocab: Vocab, parts: list[tuple[str, str]]) -> None:
    prompt = tuple(Segment(text, kind, turn) for turn, (kind, text) in enumerate(parts))  # type: ignore[arg-type]
    tokens = vocab.tokenize(prompt)
    assert tokens.ids == whole(vocab, prompt_text(prompt), special=False)
    if vocab.add_bos and _is_no_utf8(prompt_text(prompt)):
        return  # SentencePiece takes what follows a wrong byte for a part of its character
    bos = int(vocab.add_bos)
    check_turns(vocab, prompt, tokens.ids[bos:], tokens.turns[bos:])
    check_text(vocab, prompt_text(prompt), tokens.ids)


def _is_no_utf8(text: str) -> bool:
    return any("\udc80" <= character <= "\udcff" for character in text)


def check_turns(vocab: Vocab, prompt: Prompt, ids: list[int], turns: list[int]) -> None:
    """A token belongs to the turn in whose text it begins."""
    assert len(ids) == len(turns)
    assert all(a <= b for a, b in pairwise(turns))
    sizes = [len(vocab.piece(token)) for token in ids]
    ends = [len(spelled(vocab, prompt_text(prompt[: n + 1]))) for n in range(len(prompt))]
    position = (ends[-1] if ends else 0) - sum(sizes)
    for size, turn in zip(sizes, turns, strict=True):
        assert turn == next((n for n, end in enumerate(ends) if max(position, 0) < end), turn)
        position += size


def check_text(vocab: Vocab, text: str, ids: list[int]) -> None:
    found = b"".join(vocab.piece(token) for token in ids)
    assert found in (spelled(vocab, text), b" " + spelled(vocab, text))


def spelled(vocab: Vocab, text: str) -> bytes:
    """What comes back: SentencePiece takes U+2581 for a space, byte pairs know only UTF-8."""
    if vocab.add_bos:
        return as_bytes(text.replace("▁", " "))
    whole = as_bytes(text).decode("utf-8", "surrogateescape")
    return "".join("\ufffd" if "\udc80" <= c <= "\udcff" else c for c in whole).encode()


@settings(max_examples=examples(150))
@given(parts=st.lists(st.sampled_from(SPECIAL_LIKE) | TEXT, max_size=8))
def test_scaffold_is_tokenized_as_llama_cpp_reads_a_prompt(vocab: Vocab, parts: list[str]) -> None:
    text = "".join(parts)
    expected = whole(vocab, text, special=True)
    if vocab.add_bos and expected[1:2] == [vocab.bos]:
        del expected[0]  # llama.cpp puts a second one before it, and warns
    assert vocab.tokenize(raw_prompt(text)).ids == expected


@settings(max_examples=examples(150))
@given(parts=st.lists(st.sampled_from(SPECIAL_LIKE) | TEXT, max_size=8))
def test_special_tokens_in_content_stay_text(vocab: Vocab, parts: list[str]) -> None:
    text = "".join(parts)
    ids = vocab.tokenize((content(text),)).ids[int(vocab.add_bos) :]
    assert ids == vocab.plain(text)
    assert not any(bindings().llama_vocab_is_control(vocab.pointer, token) for token in ids)
    assert vocab.eos not in ids


def test_a_special_token_is_one_token_in_scaffold_and_text_in_content(vocab: Vocab) -> None:
    known = [vocab.text_of(token) for token in range(vocab.size)]
    present = [typed for typed in SPECIAL if typed in known]
    assert len(present) > 1
    for typed in present:
        around = (scaffold("a", 1), content(f"b {typed} c", 1), scaffold(f"d{typed}e", 2))
        tokens, token = vocab.tokenize(around), known.index(typed)
        assert tokens.ids[1:].count(token) == 1
        assert tokens.turns[tokens.ids.index(token, 1)] == 2


def test_a_beginning_of_text_is_not_doubled(vocab: Vocab) -> None:
    if not vocab.add_bos:
        assert vocab.tokenize((content("hello"),)).ids == vocab.plain("hello")
        return
    marker = vocab.text_of(vocab.bos)
    assert vocab.tokenize((scaffold(marker), content("hello"))).ids.count(vocab.bos) == 1
    assert vocab.tokenize((content("hello"),)).ids[0] == vocab.bos
    assert vocab.tokenize(()).ids == [vocab.bos]


def test_a_lone_surrogate_that_is_no_byte_becomes_a_replacement(vocab: Vocab) -> None:
    assert vocab.plain("a\ud800b") == vocab.plain("a\ufffdb")
