"""Log probabilities in OpenAI's two forms: a list of tokens (chat), and parallel lists (text).

They are those of the model before sampling: a softmax over its raw logits.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from llamachat.chat.message import well_formed
from llamachat.engine.base import Candidate, TokenProbs

Json = dict[str, object]


def chat_logprobs(probs: Iterable[TokenProbs], top: int) -> Json:
    """Each token with `top` alternatives."""
    rows = [
        {**_token(one.chosen), "top_logprobs": [_token(other) for other in one.top[:top]]}
        for one in probs
    ]
    return {"content": rows, "refusal": None}


def text_logprobs(probs: Sequence[TokenProbs], top: int, offset: int) -> Json:
    """The older form; `offset` is where the first token stands in the text."""
    offsets = []
    for one in probs:
        offsets.append(offset)
        offset += len(well_formed(one.chosen.text))
    return {
        "tokens": [well_formed(one.chosen.text) for one in probs],
        "token_logprobs": [one.chosen.logprob for one in probs],
        "top_logprobs": [
            {well_formed(other.text): other.logprob for other in one.top[:top]} for one in probs
        ],
        "text_offset": offsets,
    }


def _token(candidate: Candidate) -> Json:
    data = candidate.text.encode("utf-8", "surrogateescape")
    text = well_formed(candidate.text)
    return {"token": text, "logprob": candidate.logprob, "bytes": list(data)}
