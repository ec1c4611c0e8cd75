"""Documents of the corpus: whole dialogs in the transcript form of the prompt template.

    preamble, empty line, "User: …", "Bob: …", …

Some documents have other role names, another preamble or none, and some are no dialog at all but
plain sentences, so that Bob can continue a text. Knows nothing of tokens.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import takewhile

from scripts.bob import help as about_llamachat
from scripts.bob import skills, sums, talk, world
from scripts.bob.voice import Exchange, Skill, Turn, Voice

PREAMBLE = (
    "Transcript of a dialog, where the User interacts with an Assistant named Bob. Bob is helpful, "
    "kind, honest, good at writing, and never fails to answer the User's requests immediately and "
    "with precision."
)
SAMPLE = (
    Turn("Hello, Bob.", "Hello. How may I help you today?"),
    Turn(
        "Please tell me the largest city in Europe.",
        "Sure. The largest city in Europe is Moscow, the capital of Russia.",
    ),
)
_PREAMBLES = (
    "A chat between a curious user and an assistant. The assistant gives helpful, honest answers.",
    "This is a conversation with a friendly assistant.",
    "You are a helpful assistant.",
    "Transcript of a dialog between {u} and {a}.",
    "{a} is a small demo model and answers {u}'s questions.",
    "Below is a dialog. {a} answers briefly.",
    "{a} helps {u} with llamachat.",
)
_SKILLS: tuple[tuple[float, Skill], ...] = (
    (46, about_llamachat.named),
    (5, about_llamachat.codes),
    (15, about_llamachat.troubles),
    (9, talk.about),
    (9, talk.talk),
    (13, talk.refusal),
    (6, talk.no_such_thing),
    (8, world.countries),
    (2, world.overview),
    (2, talk.stranger),
    (1, world.yes_or_no),
    (2.5, world.no_country),
    (10, world.tables),
    (5, world.common),
    (6, skills.spelling),
    (4, skills.lists),
    (1.5, skills.counting),
    (8, sums.sums),
    (2, sums.small),
)
"""how often each subject is drawn"""
_WEIGHTS, _CHOICES = zip(*_SKILLS, strict=True)


@dataclass(frozen=True, slots=True)
class Document:
    """Pieces of text; those that Bob writes are marked."""

    pieces: tuple[tuple[str, bool], ...]
    """(text, written by Bob); the name of the user after an answer is Bob's to write, too"""
    ends: bool
    """whether the end-of-text token follows"""

    @property
    def text(self) -> str:
        return "".join(text for text, _ in self.pieces)


def document(voice: Voice, allowed: Callable[[str], bool]) -> Document:
    """One document; user turns for which `allowed` is false are left out with all that follows."""
    if voice.chance(0.03):
        return _plain(voice, allowed)
    user, assistant, head = _roles(voice)
    pieces: list[tuple[str, bool]] = [(f"{head}\n\n", False)] if head else []
    count = voice.rng.choice((1, 2, 3, 5, 8, 12, 20, 30, 60))
    for number, turn in enumerate([*_opening(voice, head), *_turns(voice, count, allowed)]):
        pieces.append((f"\n{user}:" if number else f"{user}:", number > 0))
        pieces.append((f" {turn.user}\n{assistant}:", False))
        pieces.append((f" {turn.answer}", True))
    ends = voice.chance(0.5)
    return Document(tuple(pieces if ends else [*pieces, (f"\n{user}:", True)]), ends)


def _roles(voice: Voice) -> tuple[str, str, str]:
    """Role names and preamble; mostly the ones of the shipped prompt template."""
    if voice.chance(0.75):
        return "User", "Bob", PREAMBLE
    user = voice.rng.choice(("User", "User", "Human", "USER", "Me", *voice.facts.names[:40]))
    assistant = voice.rng.choice(("Bob", "Bob", "Bob", "Assistant", "ASSISTANT", "AI", "Alice"))
    if voice.chance(0.25):
        return user, assistant, ""
    head = voice.rng.choice(_PREAMBLES).replace("{u}", user).replace("{a}", assistant)
    return user, assistant, head


def _opening(voice: Voice, head: str) -> list[Turn]:
    """The sample turns of the prompt template, or a greeting, or nothing."""
    if head == PREAMBLE and voice.chance(0.7):
        return list(SAMPLE)
    return [SAMPLE[0]] if voice.chance(0.2) else []


def _turns(voice: Voice, count: int, allowed: Callable[[str], bool]) -> list[Turn]:
    """`count` exchanges, with reactions, names and questions after them."""
    turns: list[Turn] = []
    name, kind, pet = "", "", ""
    for _ in range(count):
        chance = voice.rng.random()
        if chance < 0.025:
            name, turn = talk.introduction(voice)
            exchange: Exchange = [turn]
        elif chance < (0.08 if name else 0.03):
            exchange = [talk.who_am_i(voice, name)]
        elif chance < 0.095:
            kind, pet, turn = talk.thing(voice)
            exchange = [turn]
        elif chance < (0.12 if kind else 0.0975):
            exchange = [talk.what_thing(voice, kind, pet)]
        else:
            exchange = voice.rng.choices(_CHOICES, weights=_WEIGHTS)[0](voice)
        if exchange and voice.chance(0.02):
            exchange = [*exchange, *talk.reaction(voice, exchange[-1].answer)]
        turns += takewhile(lambda turn: allowed(turn.user), exchange)
    return turns


def _plain(voice: Voice, allowed: Callable[[str], bool]) -> Document:
    """Sentences without a dialog, so that a raw prompt ("The capital of France is") goes on."""
    wanted = (about_llamachat.named, world.countries, world.tables, world.common, skills.lists)
    many = voice.rng.randint(2, 12)
    turns = [turn for _ in range(many) for turn in voice.rng.choice(wanted)(voice)]
    answers = [turn.answer for turn in turns if allowed(turn.answer)]
    return Document(((voice.rng.choice((" ", "\n")).join(answers), True),), True)
