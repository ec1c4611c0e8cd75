"""Dialogs about llamachat: flags, commands, keys, sub-commands, folders, words, codes, troubles.

Every question form meets every fact of the tables. Knows the shape of the facts, not the facts.
"""

from __future__ import annotations

import re

from scripts.bob.entries import Fact
from scripts.bob.facts import Code
from scripts.bob.grammar import gerund, third_person
from scripts.bob.voice import Exchange, Turn, Voice

_FRAMES = {"flag": "flag", "command": "command", "key": "key", "shell": "command"}


def named(voice: Voice) -> Exchange:
    """About something that has a name, with follow-ups now and then."""
    fact = voice.rng.choice(voice.facts.named)
    turns = [first(voice, fact)]
    while voice.chance(0.25) and len(turns) < 4:
        fact, turn = follow(voice, fact)
        turns.append(turn)
    return turns


def first(voice: Voice, fact: Fact) -> Turn:
    """A question that stands alone."""
    ways = ["what"] * (4 if fact.kind != "place" else 2)
    ways += ["want"] * (4 if fact.want else 0)
    ways += ["topic"] * (3 if fact.topic else 0)
    ways += ["both"] * bool(fact.want and fact.topic)
    ways += ["asked"] * (2 * len(fact.asked))
    ways += ["compare"] * bool(fact.kind in ("flag", "command", "shell"))
    ways += ["default"] * (2 if fact.default else 0)
    ways += ["example"] * bool(fact.example) + ["forms"] * (fact.kind == "flag")
    way = voice.rng.choice(ways)
    if way == "want":
        return Turn(ask_want(voice, fact), fact.how)
    if way == "topic":
        return Turn(ask_topic(voice, fact), fact.how)
    if way == "asked":
        return voice.turn(voice.rng.choice(fact.asked))
    if way == "both":
        wish = voice.word("[I want|I need|I would like|I'd like|I am trying] to ")
        wish += voice.loose(fact.want)
        return Turn(f"{wish}. {ask_topic(voice, fact)}", fact.how)
    if way == "what":
        return Turn(voice.frame("what", name=typed(voice, fact)), fact.about)
    if way == "compare":
        return compare(voice, fact)
    if way == "default":
        return Turn(ask_default(voice, fact), default_of(fact))
    if way == "example":
        return Turn(voice.frame("example", name=typed(voice, fact)), example_of(fact))
    return Turn(voice.frame("forms", name=typed(voice, fact)), forms_of(fact))


def ask_want(voice: Voice, fact: Fact, frame: str = "") -> str:
    """ "How do I …?" in one of its forms."""
    want = voice.loose(fact.want)
    own = _FRAMES.get(fact.kind)
    name = frame or (f"{own}_wants" if own and voice.chance(0.4) else "how")
    return voice.frame(name, want=want, wants=third_person(want), wanting=gerund(want))


def ask_topic(voice: Voice, fact: Fact) -> str:
    """ "Which flag is for …?" or "Where is …?" """
    name = "place_topic" if _is_folder(fact) else f"{_FRAMES.get(fact.kind, 'command')}_topic"
    return voice.frame(name, topic=voice.loose(fact.topic))


def ask_default(voice: Voice, fact: Fact) -> str:
    if fact.topic and voice.chance(0.4):
        return voice.frame("default_topic", topic=voice.loose(fact.topic))
    return voice.frame("default", name=typed(voice, fact))


def compare(voice: Voice, fact: Fact) -> Turn:
    """Two things of one kind: both are explained."""
    other = voice.rng.choice(
        [o for o in voice.facts.named if o.kind == fact.kind and o is not fact]
    )
    asked = voice.frame("compare", name=typed(voice, fact), other=typed(voice, other))
    return Turn(asked, f"{fact.about} {other.about}")


def follow(voice: Voice, fact: Fact) -> tuple[Fact, Turn]:
    """A short question that leans on the one before; returns what is spoken of then."""
    if fact.default and voice.chance(0.35):
        return fact, Turn(voice.frame("and_default"), default_of(fact))
    if fact.example and voice.chance(0.25):
        return fact, Turn(voice.frame("and_example"), example_of(fact))
    kin = [other for other in voice.facts.named if other.kind == fact.kind and other is not fact]
    other = voice.rng.choice(kin)
    ways = ["name"] + ["want"] * (2 if other.want else 0) + ["topic"] * (2 if other.topic else 0)
    way = voice.rng.choice(ways)
    if way == "want":
        return other, Turn(ask_want(voice, other, "and_want"), other.how)
    if way == "topic":
        topic = voice.loose(other.topic)
        return other, Turn(voice.frame("and_topic", topic=topic), other.how)
    return other, Turn(voice.frame("and_name", name=typed(voice, other)), other.about)


def default_of(fact: Fact) -> str:
    return f"The default of {fact.names[0]} is {fact.default}."


def example_of(fact: Fact) -> str:
    return f"For example: {fact.example}"


def forms_of(fact: Fact) -> str:
    if len(fact.names) == 1:
        return f"{fact.names[0]} has only this form."
    return f"{fact.names[0]} and {fact.names[1]} are the same flag."


def typed(voice: Voice, fact: Fact) -> str:
    """A name as people type it: ctrl-q for Ctrl+Q, "the flag --keep", now and then no dashes."""
    name = voice.rng.choice(fact.names)
    if fact.kind == "key":
        name = _key(voice, name)
    elif fact.kind == "flag" and voice.chance(0.1) and (used := _used(fact, name)):
        return used
    elif fact.kind == "flag" and len(name) > 3 and voice.chance(0.06):
        return name.lstrip("-")
    elif fact.kind == "word":
        return re.sub("^(a|an|the) ", "", name) if voice.chance(0.3) else name
    article = {"flag": ("the flag ", "the option "), "command": ("the command ",)}
    if fact.kind in article and voice.chance(0.15):
        return voice.rng.choice(article[fact.kind]) + name
    return name


def _used(fact: Fact, name: str) -> str:
    """The flag with a value, as in its example: "-c 4096"."""
    found = re.search(rf"(?:^|\s)({re.escape(name)} [^\s\"]+)", fact.example)
    return found.group(1) if found else ""


def _key(voice: Voice, name: str) -> str:
    if "+" in name and voice.chance(0.5):
        modifier, letter = name.split("+")
        form = voice.rng.choice(
            ("{m}-{k}", "{l}+{s}", "{l} {s}", "{l}-{s}", "{m} {k}", "{m} + {k}")
        )
        name = form.format(m=modifier, k=letter, l=modifier.lower(), s=letter.lower())
    elif re.fullmatch(r"F\d", name) and voice.chance(0.3):
        name = name.lower()
    if len(name) == 1 or voice.chance(0.2):
        return f"the key {name}" if " " not in name else name
    return name


def _is_folder(fact: Fact) -> bool:
    return fact.kind == "place" and "folder" in fact.names[0]


def codes(voice: Voice) -> Exchange:
    """About exit codes, there and back, with "and 3?" after it."""
    code = voice.rng.choice(voice.facts.codes)
    turns = [_code(voice, code)]
    while voice.chance(0.3) and len(turns) < 4:
        code = voice.rng.choice(voice.facts.codes)
        asked = voice.ask(
            ("and {n}", "what about {n}", "and code {n}", "and {n}, what's that", "{n}"),
            n=str(code.number),
        )
        turns.append(Turn(asked, meaning_of(code)))
    return turns


def _code(voice: Voice, code: Code) -> Turn:
    way = voice.rng.random()
    if way < 0.5:
        return Turn(voice.frame("what_number", name=str(code.number)), meaning_of(code))
    if way < 0.75:
        when = voice.loose(code.when)
        return Turn(voice.frame("which_number", when=when), meaning_of(code))
    noun = voice.loose(code.noun)
    return Turn(voice.frame("number_noun", noun=noun), meaning_of(code))


def meaning_of(code: Code) -> str:
    return f"Exit code {code.number}: {code.meaning}."


def troubles(voice: Voice) -> Exchange:
    """Something goes wrong, or somebody tells what is needed without asking how."""
    facts = voice.facts
    if voice.chance(0.12):
        return [voice.turn(voice.rng.choice(facts.singles))]
    trouble = voice.rng.choice(facts.situations if voice.chance(0.6) else facts.troubles)
    say = voice.loose(trouble.questions)
    return [Turn(voice.frame("say", say=say), trouble.answers[0])]
