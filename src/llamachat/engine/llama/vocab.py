"""Text to tokens and back, so that nobody can forge a turn.

Scaffold is split at the special tokens in it; everything between them, scaffold and content alike,
is tokenized as ordinary text in one piece, so that a dialog gets the very tokens that the whole
text would get. What the model itself said keeps the tokens it was sampled with: tokenizing its text
again may give others, and the KV cache would be cut there. Knows nothing of caches or turns beyond
carrying each segment's turn number along.
"""

from __future__ import annotations

import ctypes
import re
from array import array
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from llamachat.engine.context import Tokens
from llamachat.engine.llama.library import bindings
from llamachat.engine.prompt import Prompt, Segment
from llamachat.errors import EngineError

_SPECIAL = 1 << 0 | 1 << 3 | 1 << 4
"""LLAMA_TOKEN_ATTR_UNKNOWN | CONTROL | USER_DEFINED"""

MAX_SPOKEN = 512
"""answers remembered with the tokens they were sampled with"""

_NO_BYTE = re.compile("[\ud800-\udc7f\udd00-\udfff]")


@dataclass(frozen=True, slots=True)
class _Special:
    token: int
    turn: int


@dataclass(frozen=True, slots=True)
class _Text:
    segments: tuple[Segment, ...]


def as_bytes(text: str) -> bytes:
    """UTF-8; lone surrogates that stand for bytes become these bytes, others U+FFFD."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return _NO_BYTE.sub("\ufffd", text).encode("utf-8", "surrogateescape")


class Vocab:
    """The vocabulary of one loaded model (`model` is llama.cpp's model pointer)."""

    def __init__(self, model: Any) -> None:
        self._library = bindings()
        self._vocab = self._library.llama_model_get_vocab(model)
        self.size: int = self._library.llama_vocab_n_tokens(self._vocab)
        self.add_bos: bool = self._library.llama_vocab_get_add_bos(self._vocab)
        self.bos: int = self._library.llama_vocab_bos(self._vocab)
        self.eos: int = self._library.llama_vocab_eos(self._vocab)
        self._pieces: dict[tuple[int, bool], bytes] = {}
        self._spoken: OrderedDict[str, tuple[int, ...]] = OrderedDict()

    @property
    def pointer(self) -> Any:
        return self._vocab

    def is_end(self, token: int) -> bool:
        """End of generation: end of text, end of turn and the like."""
        ended: bool = self._library.llama_vocab_is_eog(self._vocab, token)
        return ended

    def end_tokens(self) -> list[int]:
        return [token for token in range(self.size) if self.is_end(token)]

    def suppressed(self) -> list[int]:
        """Tokens the model's author never wants sampled."""
        count = ctypes.c_int32()
        tokens = self._library.llama_vocab_get_suppress_tokens(self._vocab, ctypes.byref(count))
        return [int(tokens[i]) for i in range(count.value)]

    def text_of(self, token: int) -> str:
        """The token as the vocabulary spells it; empty for llama.cpp's −1."""
        if token < 0:
            return ""
        text: bytes = self._library.llama_vocab_get_text(self._vocab, token)
        return text.decode("utf-8", "replace")

    def piece(self, token: int, *, special: bool = False) -> bytes:
        """The bytes a token stands for; special tokens are empty unless asked for."""
        known = self._pieces.get((token, special))
        if known is None:
            known = self._pieces[token, special] = self._piece(token, special)
        return known

    def _piece(self, token: int, special: bool) -> bytes:
        size = 64
        while True:
            buffer = ctypes.create_string_buffer(size)
            written = self._library.llama_token_to_piece(
                self._vocab, token, buffer, size, 0, special
            )
            if written >= 0:
                return buffer.raw[:written]
            size = -written

    def plain(self, text: str, *, special: bool = False) -> list[int]:
        """Tokens of a text by itself; `special` parses special tokens in it."""
        data = as_bytes(text)
        size = len(data) + 2
        while True:
            buffer = (ctypes.c_int32 * size)()
            count = self._library.llama_tokenize(
                self._vocab, data, len(data), buffer, size, False, special
            )
            if count >= 0:
                return list(buffer[:count])
            if count == -(2**31):
                raise EngineError("The prompt is too large to be tokenized.")
            size = -count

    def remember_spoken(self, text: str, tokens: tuple[int, ...]) -> None:
        """A later content segment with exactly this text gets exactly these tokens."""
        self._spoken[text] = tokens
        self._spoken.move_to_end(text)
        while len(self._spoken) > MAX_SPOKEN:
            self._spoken.popitem(last=False)

    def spoken_in(self, ids: Sequence[int]) -> dict[str, tuple[int, ...]]:
        """The remembered answers that these tokens contain."""
        held = array("i", ids).tobytes()
        found = self._spoken.items()
        return {text: spoken for text, spoken in found if array("i", spoken).tobytes() in held}

    def believe_spoken(self, answers: dict[str, list[int]]) -> None:
        """Remember what another process remembered, as far as the tokens spell the text."""
        for text, tokens in answers.items():
            known = all(0 <= token < self.size for token in tokens)
            if known and b"".join(map(self.piece, tokens)) == as_bytes(text):
                self.remember_spoken(text, tuple(tokens))

    def tokenize(self, prompt: Prompt) -> Tokens:
        """Tokens of a prompt, the beginning-of-text token included where the model wants one."""
        tokens = Tokens()
        for part in self._parts(prompt):
            if isinstance(part, _Special):
                tokens.append(part.token, part.turn)
            else:
                tokens.extend(self._run(part.segments))
        if self.add_bos and (not tokens.ids or tokens.ids[0] != self.bos):
            tokens = Tokens([self.bos, *tokens.ids], [0, *tokens.turns])
        return tokens

    def _parts(self, prompt: Prompt) -> list[_Special | _Text]:
        parts: list[_Special | _Text] = []
        run: list[Segment] = []
        for segment in prompt:
            for piece in self._split(segment):
                if isinstance(piece, _Special):
                    if run:
                        parts.append(_Text(tuple(run)))
                        run = []
                    parts.append(piece)
                else:
                    run.append(piece)
        if run:
            parts.append(_Text(tuple(run)))
        return parts

    def _split(self, segment: Segment) -> list[_Special | Segment]:
        """Cut scaffold at its special tokens; content is never cut."""
        if segment.kind == "content" or not segment.text:
            return [segment] if segment.text else []
        out: list[_Special | Segment] = []
        rest = segment.text
        for token in self.plain(segment.text, special=True):
            if not self._library.llama_vocab_get_attr(self._vocab, token) & _SPECIAL:
                continue
            before, found, after = rest.partition(self.text_of(token))
            if not found:
                continue
            if before:
                out.append(Segment(before, "scaffold", segment.turn))
            out.append(_Special(token, segment.turn))
            rest = after
        if rest:
            out.append(Segment(rest, "scaffold", segment.turn))
        return out

    def _run(self, segments: tuple[Segment, ...]) -> Tokens:
        """Ordinary text, tokenized in one piece; turns follow the bytes."""
        ids = self.plain("".join(segment.text for segment in segments))
        starts = list(
            accumulate((len(self.piece(token, special=True)) for token in ids), initial=0)
        )
        ends = list(accumulate(len(as_bytes(segment.text)) for segment in segments))
        before = starts[-1] - ends[-1]
        if before not in (0, 1):  # 1: SentencePiece puts a space before the text
            return self._with_spoken(segments, self._measured_ends(segments), ids, starts)
        return self._with_spoken(segments, [end + before for end in ends], ids, starts)

    def _measured_ends(self, segments: tuple[Segment, ...]) -> list[int]:
        """Where each segment ends in what the tokens spell, for tokenizers that alter the text:
        SentencePiece takes U+2581 for a space, byte pairs make U+FFFD of what is no UTF-8."""
        prefixes = accumulate(segment.text for segment in segments)
        return [
            sum(len(self.piece(token, special=True)) for token in self.plain(prefix))
            for prefix in prefixes
        ]

    def _with_spoken(
        self, segments: tuple[Segment, ...], ends: list[int], ids: list[int], starts: list[int]
    ) -> Tokens:
        """Give each segment its tokens; spoken ones the sampled ones where the edges agree.

        Args:
            ends: of the segments, in bytes.
            starts: of the tokens, in bytes, and the end of the last one.
        """
        tokens = Tokens()
        edges = {start: i for i, start in reversed(list(enumerate(starts)))}
        done, begin = 0, 0
        for segment, end in zip(segments, ends, strict=True):
            spoken = self._spoken.get(segment.text) if segment.kind == "content" else None
            if spoken is not None and edges.get(begin) == done and end in edges:
                tokens.extend(Tokens(list(spoken), [segment.turn] * len(spoken)))
                done = edges[end]
            while done < len(ids) and starts[done] < end:
                tokens.append(ids[done], segment.turn)
                done += 1
            begin = end
        return tokens
