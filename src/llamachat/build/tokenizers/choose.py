"""Finds the tokenizer of a model and turns it into entries of tokenizer.*.

A SentencePiece model counts before a tokenizer.json, as in llama.cpp's converter. Knows nothing of
the rest of a model.
"""

from __future__ import annotations

from pathlib import Path

from llamachat.build.tokenizers.bpe import bpe_metadata
from llamachat.build.tokenizers.folder import TokenizerFolder, read_folder
from llamachat.build.tokenizers.sentencepiece import SentencePiece, read_sentencepiece
from llamachat.build.tokenizers.special_tokens import special_metadata
from llamachat.build.tokenizers.spm_vocabulary import spm_table
from llamachat.errors import ModelError
from llamachat.gguf.metadata import Metadata, boolean, u32

_CODE_LLAMA, _CODE_LLAMA_EOT = 32016, 32010
_GRANITE = 49152
"""sizes of vocabularies by which the converter knows these models"""


def hugging_face_tokenizer(path: Path, n_vocab: int) -> Metadata:
    """The tokenizer of a Hugging Face folder.

    Raises:
        ModelError: there is none, or it is damaged or of a kind that llama.cpp does not have.
    """
    folder = read_folder(path)
    entries: Metadata = {}
    prefix = folder.tokenizer_config.get("add_prefix_space")
    if isinstance(prefix, bool):
        entries["tokenizer.ggml.add_space_prefix"] = boolean(prefix)
    if (path / "tokenizer.model").is_file():
        model = read_sentencepiece(path / "tokenizer.model")
        entries |= spm_table(model, folder, n_vocab).metadata()
        entries |= special_metadata(folder, n_vocab)
    elif folder.tokenizer:
        entries |= bpe_metadata(folder, n_vocab)
    else:
        raise ModelError(
            f"{path} has no tokenizer.",
            "Get the model's tokenizer.model or tokenizer.json, and put it into the folder.",
        )
    return _known_by_size(entries, folder, n_vocab)


def _known_by_size(entries: Metadata, folder: TokenizerFolder, n_vocab: int) -> Metadata:
    if n_vocab == _CODE_LLAMA:
        entries |= special_metadata(folder, None, ("prefix", "suffix", "middle", "eot"))
        entries.setdefault("tokenizer.ggml.eot_token_id", u32(_CODE_LLAMA_EOT))
    if n_vocab == _GRANITE:
        entries["tokenizer.ggml.add_bos_token"] = boolean(False)
    return entries


def sentencepiece_tokenizer(path: Path, n_vocab: int) -> Metadata:
    """The tokenizer of a model of Meta's, which has nothing beside it.

    Raises:
        ModelError: it is missing or damaged, or has more tokens than the model.
    """
    model = read_sentencepiece(path)
    if len(model.pieces) > n_vocab:
        raise ModelError(
            f"{path} has {len(model.pieces):,} tokens and the model {n_vocab:,}.",
            "Put the tokenizer of this model beside it.",
        )
    empty = TokenizerFolder(path.parent, {}, {}, {}, {}, {})
    return spm_table(model, empty, n_vocab).metadata() | _special_of(model)


def _special_of(model: SentencePiece) -> Metadata:
    """A prompt begins with bos, as Meta's own code begins it."""
    keys = {"bos": "bos", "eos": "eos", "unk": "unknown", "pad": "padding"}
    entries: Metadata = {
        f"tokenizer.ggml.{key}_token_id": u32(model.special[name])
        for name, key in keys.items()
        if name in model.special
    }
    entries["tokenizer.ggml.add_bos_token"] = boolean("bos" in model.special)
    entries["tokenizer.ggml.add_eos_token"] = boolean(False)
    if not model.add_dummy_prefix:
        entries["tokenizer.ggml.add_space_prefix"] = boolean(False)
    return entries
