r"""Recognises how a tokenizer.json divides text into words, by the names llama.cpp has for it.

llama.cpp's converter hashes the tokens of a sample, which only the very vocabularies that it knows
pass. Here the pre-tokenizer itself is compared, exactly: another vocabulary of the same build is as
good. A tokenizer that llama.cpp would use otherwise than Hugging Face does is refused.
"""

from __future__ import annotations

from llamachat.build.tokenizers.folder import Fields, TokenizerFolder, objects
from llamachat.errors import ModelError

_LLAMA3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
_TEKKEN = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+"
    r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*"
    r"|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def pre_tokenizer_name(folder: TokenizerFolder) -> str:
    """The value of tokenizer.ggml.pre.

    Raises:
        ModelError: llama.cpp has none that is equal, or llamachat does not know which.
    """
    tokenizer = folder.tokenizer
    if tokenizer.get("normalizer") not in (None, {"type": "Sequence", "normalizers": []}):
        raise _unknown(folder, "it changes text before dividing it (normalizer)")
    model = tokenizer.get("model")
    ignores = isinstance(model, dict) and model.get("ignore_merges") is True
    steps = _steps(tokenizer.get("pre_tokenizer"))
    if steps == [("ByteLevel", True)]:
        return _named(folder, "gpt-2", ignores, False)
    if steps == [("Digits",), ("ByteLevel", True)]:
        return _named(folder, "smollm", ignores, False)
    if steps == [("Split", _LLAMA3), ("ByteLevel", False)]:
        return _named(folder, "llama-bpe", ignores, True)
    if steps == [("Split", _TEKKEN), ("ByteLevel", False)]:
        return "tekken"  # its merges follow from its vocabulary: ignoring them changes nothing
    kinds = ", ".join(str(step[0])[:40] for step in steps[:8]) or "nothing"
    raise _unknown(folder, f"it divides text by {kinds}, in a way that no name stands for")


def _named(folder: TokenizerFolder, name: str, ignores: bool, due: bool) -> str:
    if ignores is not due:
        raise _unknown(folder, f"it divides text as {name} but says ignore_merges: {ignores}")
    return name


def _steps(pre: object) -> list[tuple[object, ...]]:
    if not isinstance(pre, dict):
        return []
    inner = objects(pre.get("pretokenizers")) if pre.get("type") == "Sequence" else [pre]
    return [_step(step) for step in inner]


def _step(step: Fields) -> tuple[object, ...]:
    """What a known step does, or its kind and "other", which is equal to no known one."""
    kind = step.get("type")
    if kind == "ByteLevel" and step.get("add_prefix_space") is False:
        return kind, step.get("use_regex", True) is True
    if kind == "Digits" and step.get("individual_digits") is True:
        return (kind,)
    if kind == "Split" and step.get("behavior") == "Isolated" and not step.get("invert"):
        pattern = step.get("pattern")
        return kind, pattern.get("Regex") if isinstance(pattern, dict) else None
    return kind, "other"


def _unknown(folder: TokenizerFolder, why: str) -> ModelError:
    return ModelError(
        f"The tokenizer in {folder.path} is none that llamachat can build: {why}.",
        "llamachat builds SentencePiece tokenizers and those of Llama 3, Mistral Nemo, SmolLM and "
        "GPT-2.",
    )
