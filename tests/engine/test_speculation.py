"""Guessed tokens change nothing but the time: text, reasons, counts and cache are as without."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from llamachat.bundled import BOB
from llamachat.engine.base import Candidate, Chunk, Done, Trimmed, Usage
from llamachat.engine.context import Inspection, Tokens
from llamachat.engine.draft_budget import DraftBudget
from llamachat.engine.llama.cache import Cache
from llamachat.engine.llama.engine import LlamaEngine
from llamachat.engine.lookup import Guess, Lookup
from llamachat.engine.params import EngineOptions, GenerateParams, SamplingParams
from llamachat.engine.process import ProcessEngine
from llamachat.engine.prompt import Prompt, content, raw_prompt, scaffold
from tests.engine.answers import TOLERANCE, done_of, largest_difference, run, text_of
from tests.engine.conftest import OpenModel

N_CTX = 256
EXACT = 1e-3
"""of a logit of the model of one layer in f32 (standard deviation 2.7), between batch shapes"""
QUOTING = raw_prompt("one two three four five, one two three four five, one two three")
FEW = tuple((token, 100.0) for token in range(300, 305))
"""tokens that alone are said: a model with random weights does not repeat itself otherwise"""
GREEDY = SamplingParams(temp=0, ignore_eos=True, logit_bias=FEW)


FLAGS = '{"type": "array", "minItems": 40, "items": {"enum": ["yes", "no"]}}'


class Eager(DraftBudget):
    """Tries every guess, whatever it costs."""

    def tokens(self, length: int, most: int) -> int:
        return min(7, most)


@dataclass(frozen=True)
class Pair:
    """The same model with guesses, all of them tried, and without."""

    eager: LlamaEngine
    plain: LlamaEngine

    def close(self) -> None:
        self.eager.close()
        self.plain.close()

    def both(self, prompt: Prompt, n: int, **params: Any) -> Usage:
        """Compare an answer in everything that can be seen; returns what the guesses were."""
        params = {"sampling": GREEDY, **params}
        ours, theirs = (run(e, prompt, n, **params) for e in (self.eager, self.plain))
        assert text_of(ours) == text_of(theirs)
        assert said(ours) == said(theirs)
        same_cache(self.eager.inspect(), self.plain.inspect())
        return done_of(ours).usage


def said(events: list[Any]) -> list[object]:
    """What must not differ: pieces of text with their tokens, what was dropped, how it ended."""
    done: Done = done_of(events)
    usage = done.usage
    seen: list[object] = [event for event in events if isinstance(event, Chunk | Trimmed)]
    return [*seen, done.reason, done.stop, usage.generated, usage.dropped]


def same_cache(ours: Inspection, theirs: Inspection) -> None:
    assert (ours.tokens, ours.turns) == (theirs.tokens, theirs.turns)
    assert len(ours.logits) == len(theirs.logits)
    if ours.logits:
        assert largest_difference(ours.logits, theirs.logits) < EXACT


def open_pair(options: EngineOptions) -> Pair:
    pair = Pair(LlamaEngine(options), LlamaEngine(replace(options, spec_type="none")))
    pair.eager.draft_budget = Eager()
    return pair


@pytest.fixture(scope="module")
def pair(one_layer: Path) -> Iterator[Pair]:
    opened = open_pair(
        EngineOptions(
            one_layer, n_ctx=N_CTX, threads=1, cache_type_k="f32", cache_type_v="f32",
            flash_attention="off",
        )
    )  # fmt: skip
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def bob() -> Iterator[Pair]:
    opened = open_pair(EngineOptions(BOB, n_ctx=512, threads=1))
    yield opened
    opened.close()


def test_greedy_text_is_the_same_and_guesses_are_right(pair: Pair) -> None:
    usage = pair.both(QUOTING, 120)
    assert usage.drafted >= usage.accepted > 40


SAMPLINGS: list[dict[str, Any]] = [
    {},
    {"repeat_penalty": 1.1, "presence_penalty": 0.2, "frequency_penalty": 0.1},
    {"dry_multiplier": 0.3},
    {"mirostat": 1, "mirostat_ent": 0.5},
    {"mirostat": 2, "mirostat_ent": 0.5},
    {"xtc_probability": 0.3, "xtc_threshold": 0.1},
    {"grammar": 'root ::= ("yes " | "no ")+', "logit_bias": ()},
    {"grammar": 'root ::= ("yes " | "no ")+', "logit_bias": (), "temp": 0.0},
    {"json_schema": FLAGS, "logit_bias": ()},
]


@pytest.mark.parametrize("values", SAMPLINGS, ids=str)
def test_seeded_text_is_the_same_whatever_samples(pair: Pair, values: dict[str, Any]) -> None:
    sampling = replace(GREEDY, **{"temp": 0.8, "seed": 5, **values})
    usage = pair.both(QUOTING, 80, sampling=sampling)
    assert usage.drafted > usage.accepted


def test_a_limit_within_guessed_tokens_cuts_there(pair: Pair) -> None:
    for n in range(1, 26):
        pair.both(QUOTING, n)
    pair.both(QUOTING, 0)


def test_a_reverse_prompt_within_guessed_tokens_cuts_there(pair: Pair) -> None:
    text = text_of(run(pair.plain, QUOTING, 60, sampling=GREEDY))
    for place in range(len(text) // 3, 2 * len(text) // 3, 5):
        pair.both(QUOTING, 60, stop=(text[place : place + 4],))


def test_log_probabilities_are_those_of_an_answer_without_guesses(pair: Pair) -> None:
    stop = text_of(run(pair.plain, QUOTING, 60, sampling=GREEDY))[-4:]
    asked: dict[str, Any] = {"sampling": GREEDY, "n_probs": 3, "stop": (stop,)}
    ours, theirs = (run(e, QUOTING, 60, **asked) for e in (pair.eager, pair.plain))
    assert done_of(ours).usage.accepted > 0
    pairs = zip(probs_of(ours), probs_of(theirs), strict=True)
    for one, other in pairs:
        assert [c.token for c in one] == [c.token for c in other]
        assert [c.logprob for c in one] == pytest.approx([c.logprob for c in other], abs=EXACT)


def probs_of(events: list[Any]) -> list[tuple[Candidate, ...]]:
    """Of each token: of itself and of the likeliest."""
    chunks = [event for event in events if isinstance(event, Chunk)]
    return [(told.chosen, *told.top) for chunk in chunks for told in chunk.probs]


def test_a_full_context_ends_the_answer_at_the_same_token(pair: Pair) -> None:
    events = run(pair.eager, QUOTING, -1, sampling=GREEDY)
    assert done_of(events).reason == "context"
    pair.both(QUOTING, -1)


def test_a_full_context_is_shifted_at_the_same_token(pair: Pair) -> None:
    usage = pair.both(QUOTING, 700, context_shift=True)
    assert usage.dropped > 0
    dialog = tuple(
        segment
        for turn in range(1, 7)
        for segment in (scaffold("User:", turn), content(" say it again and again", turn))
    )
    assert pair.both(dialog, 400, context_shift=True).dropped > 0


@pytest.mark.parametrize("by", ["cancel", "close"])
def test_an_answer_that_is_stopped_leaves_the_same_cache(pair: Pair, by: str) -> None:
    for after in range(3, 40, 4):
        for engine in (pair.eager, pair.plain):
            stream = engine.generate(QUOTING, GenerateParams(60, sampling=GREEDY))
            chunks = (event for event in stream if isinstance(event, Chunk))
            for _ in range(after):
                next(chunks)
            if by == "cancel":
                engine.cancel()
                assert done_of(list(stream)).reason == "cancelled"
            else:
                stream.close()  # type: ignore[attr-defined]
        same_cache(pair.eager.inspect(), pair.plain.inspect())


def test_a_batch_of_guesses_that_is_stopped_leaves_nothing(pair: Pair) -> None:
    cache = pair.eager.cache
    list(pair.eager.prefill(QUOTING))
    before = pair.eager.inspect().tokens
    pair.eager.cancel()
    assert not cache.decode_each(Tokens([300, 301, 302], [0, 0, 0]))
    assert pair.eager.inspect().tokens == before
    run(pair.eager, QUOTING, 30)


def test_an_answer_is_remembered_with_its_tokens(pair: Pair) -> None:
    first = text_of(run(pair.eager, QUOTING, 40))
    again = (*QUOTING, content(first))
    assert done_of(run(pair.eager, again, 1)).usage.cached >= pair.eager.count(again) - 1


def test_bob_says_the_same_and_quotes_what_he_said(bob: Pair) -> None:
    asked = "User: What is the capital of France?\nBob:"
    answer = text_of(run(bob.plain, raw_prompt(asked), 24, stop=("\nUser:",)))
    prompt = raw_prompt(f"{asked}{answer}\n{asked}")
    texts = [text_of(run(e, prompt, 24, stop=("\nUser:",))) for e in (bob.eager, bob.plain)]
    assert texts[0] == texts[1]
    held = bob.eager.inspect(), bob.plain.inspect()
    assert held[0].tokens == held[1].tokens
    assert largest_difference(held[0].logits, held[1].logits) < TOLERANCE
    assert done_of(run(bob.eager, prompt, 24)).usage.accepted > 0


@pytest.mark.parametrize("options", [{"deterministic": True}, {"spec_type": "none"}], ids=str)
def test_nothing_is_guessed_where_that_is_not_wanted(
    open_model: OpenModel, options: dict[str, Any]
) -> None:
    usage = done_of(run(open_model(**options), QUOTING, 60)).usage
    assert (usage.drafted, usage.accepted) == (0, 0)


def test_nothing_is_guessed_where_memory_cannot_forget_a_guess(
    open_model: OpenModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Cache, "can_withdraw", False)
    engine = open_model()
    engine.draft_budget = Eager()
    assert done_of(run(engine, QUOTING, 60)).usage.drafted == 0


def test_wrong_guesses_are_given_up(bob: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Lookup, "guess", lambda self, most: Guess((5,) * most, 8))
    monkeypatch.setattr(bob.eager, "draft_budget", DraftBudget())
    usage = done_of(run(bob.eager, raw_prompt("User: Tell me a story.\nBob:"), 400)).usage
    assert 0 < usage.drafted < 200
    assert usage.accepted < usage.drafted / 4


def test_counts_come_out_of_a_worker() -> None:
    with ProcessEngine(EngineOptions(BOB, n_ctx=512, threads=1)) as engine:
        usage = done_of(run(engine, raw_prompt("a b c d e f g h " * 12), 200)).usage
    assert usage.generated >= usage.drafted >= usage.accepted
