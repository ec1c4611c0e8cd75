"""What tests ask engines, and what they make of the events that come back."""

from collections.abc import Iterable, Sequence

from llamachat.engine.base import Chunk, Done, Engine, Event
from llamachat.engine.params import GenerateParams, SamplingParams
from llamachat.engine.prompt import Prompt, raw_prompt

GREEDY = SamplingParams(temp=0, ignore_eos=True)
TOLERANCE = 0.5
"""of the logits of a generated model (standard deviation 4), where a prefix is reused and the rest
is evaluated in batches of another shape. Flash attention over an f16 cache differs by 9e-5 between
batch shapes; activations that are rounded to 8 bits for quantized weights make 0.15 of it (q4_0
plain, q8_0). Largest seen otherwise: 0. (Zen 5, 2 threads)"""

PROMPT = raw_prompt("Once upon a time there was a")


def run(engine: Engine, prompt: Prompt = PROMPT, n: int = 12, **params: object) -> list[Event]:
    """All events of one answer, greedy and without an end unless told otherwise."""
    values = {"n_predict": n, "sampling": GREEDY, **params}
    return list(engine.generate(prompt, GenerateParams(**values)))  # type: ignore[arg-type]


def text_of(events: Iterable[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, Chunk))


def done_of(events: Sequence[Event]) -> Done:
    """The last event; asserts that it is the only one of its kind."""
    found = [event for event in events if isinstance(event, Done)]
    assert found == [events[-1]]
    return found[0]


def ask(engine: Engine, text: str, n: int = 12, **sampling: object) -> str:
    """The text of one answer to a plain prompt, sampled as given."""
    chosen = SamplingParams(**{"seed": 1, "ignore_eos": True, **sampling})  # type: ignore[arg-type]
    return text_of(run(engine, raw_prompt(text), n, sampling=chosen))


def largest_difference(first: Sequence[float], second: Sequence[float]) -> float:
    """Of two vectors of logits."""
    return max(abs(a - b) for a, b in zip(first, second, strict=True))
