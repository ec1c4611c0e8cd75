"""Log probabilities are the model's own, come with the text they belong to, and cost no answer."""

import json
import math
from dataclasses import replace

import pytest

from llamachat.engine import wire
from llamachat.engine.base import Candidate, Chunk, TokenProbs
from llamachat.engine.coalesce import coalesce
from llamachat.engine.llama.engine import LlamaEngine
from llamachat.engine.llama.probabilities import log_sum
from llamachat.engine.params import GenerateParams, SamplingParams
from llamachat.engine.prompt import raw_prompt
from tests.engine.conftest import OpenModel

GREEDY = GenerateParams(n_predict=12, sampling=SamplingParams(temp=0), n_probs=4)
PROMPT = raw_prompt("Hello, hello, hello, hello, hello")


def chunks(engine: LlamaEngine, params: GenerateParams) -> list[Chunk]:
    return [e for e in engine.generate(PROMPT, params) if isinstance(e, Chunk)]


def probs(engine: LlamaEngine, params: GenerateParams = GREEDY) -> list[TokenProbs]:
    return [one for chunk in chunks(engine, params) for one in chunk.probs]


def test_they_are_a_softmax_of_the_raw_logits(open_model: OpenModel) -> None:
    engine = open_model()
    list(engine.prefill(PROMPT))
    logits = list(engine.inspect().logits)
    first = probs(engine)[0]
    order = sorted(range(len(logits)), key=logits.__getitem__, reverse=True)
    assert [one.token for one in first.top] == order[:4]
    for one in first.top:
        assert one.logprob == pytest.approx(logits[one.token] - log_sum(logits), abs=2e-3)
    assert first.chosen == first.top[0]


def test_those_of_all_tokens_sum_to_one(open_model: OpenModel) -> None:
    engine = open_model()
    whole = replace(GREEDY, n_probs=engine.info.n_vocab, n_predict=1)
    (first,) = probs(engine, whole)
    assert math.fsum(math.exp(one.logprob) for one in first.top) == pytest.approx(1)


def test_their_tokens_spell_the_text(open_model: OpenModel) -> None:
    engine = open_model()
    told = chunks(engine, GREEDY)
    text = "".join(chunk.text for chunk in told)
    spelled = b"".join(
        one.chosen.text.encode("utf-8", "surrogateescape") for c in told for one in c.probs
    )
    assert spelled == text.encode("utf-8", "surrogateescape")
    assert text == "".join(chunk.text for chunk in chunks(engine, replace(GREEDY, n_probs=0)))


def test_nothing_of_a_reverse_prompt_is_told(open_model: OpenModel) -> None:
    engine = open_model()
    pieces = [one.chosen.text for one in probs(engine)]
    stop = pieces[4] + pieces[5]
    told = chunks(engine, replace(GREEDY, stop=(stop,)))
    text = "".join(chunk.text for chunk in told)
    assert stop not in text
    assert text.startswith("".join(one.chosen.text for c in told for one in c.probs))


def test_sampling_does_not_change_them(open_model: OpenModel) -> None:
    engine = open_model()
    warm = SamplingParams(temp=2, top_k=2, seed=3, presence_penalty=1.0)
    before, after = probs(engine)[0], probs(engine, replace(GREEDY, sampling=warm))[0]
    for one, other in zip(before.top, after.top, strict=True):
        assert one.token == other.token
        assert one.logprob == pytest.approx(other.logprob, abs=2e-3)


def test_guessing_ahead_does_not_change_them(open_model: OpenModel) -> None:
    plain, ahead = open_model(spec_type="none"), open_model(spec_type="ngram-simple")
    longer = replace(GREEDY, n_predict=60)
    for one, other in zip(probs(plain, longer), probs(ahead, longer), strict=True):
        assert one.chosen.token == other.chosen.token
        assert one.chosen.logprob == pytest.approx(other.chosen.logprob, abs=0.02)


def test_they_survive_the_wire_and_the_joining_of_chunks() -> None:
    one = TokenProbs(Candidate(3, "\udcff", -0.5), (Candidate(3, "\udcff", -0.5),))
    said = [Chunk("first", 1), Chunk("a", 1, (one,)), Chunk("b", 1, (one, one))]
    _first, joined = coalesce(said, clock=lambda: 0.0)
    assert joined == Chunk("ab", 2, (one, one, one))
    line = wire.to_line(wire.encode_event(joined))
    assert wire.decode_event(json.loads(line)) == joined
    assert "probs" not in wire.encode_event(Chunk("a", 1))
