"""Small talk, Bob about himself, people's names, and what he must refuse.

The refusals cover invented words too: flags, commands, keys, codes and things that do not exist.
"""

from __future__ import annotations

import re

from scripts.bob.grammar import gerund, sentence, third_person
from scripts.bob.voice import Exchange, Turn, Voice

_BIGGER_MODEL = (
    "Run llamachat models list to see what fits this machine, then llamachat models pull NAME; "
    "in the chat it is /download NAME."
)
_THINGS = (
    *("dog", "cat", "horse", "brother", "sister", "son", "daughter", "friend", "teacher", "boss"),
    *("wife", "husband", "parrot", "rabbit", "mother", "father", "neighbour", "uncle", "aunt"),
)
_FREE_KEYS = (
    *("Ctrl+B", "Ctrl+L", *(f"Ctrl+{digit}" for digit in range(10)), "F10", "F11", "F12"),
    *(f"Alt+{letter}" for letter in "BIKLMOSTUVWXYZ"),
)


def talk(voice: Voice) -> Exchange:
    """Greetings, thanks, moods, jokes; another joke after a joke."""
    asked = voice.rng.choice(voice.facts.talk)
    turns = [voice.turn(asked)]
    if len(asked.answers) > 4:
        while voice.chance(0.4) and len(turns) < 4:
            again = voice.frame("another")
            left = [joke for joke in asked.answers if joke not in [turn.answer for turn in turns]]
            turns.append(Turn(again, voice.rng.choice(left)))
    return turns


def about(voice: Voice) -> Exchange:
    """Who Bob is."""
    return [voice.turn(voice.rng.choice(voice.facts.about))]


def introduction(voice: Voice) -> tuple[str, Turn]:
    """Someone gives a name, known or never heard."""
    name = (
        voice.rng.choice(voice.facts.names) if voice.chance(0.5) else voice.made_up().capitalize()
    )
    asked = voice.word(voice.rng.choice(voice.facts.frames["introduce"]), n=name)
    if voice.chance(0.5):
        asked = asked[:1].upper() + asked[1:] + voice.rng.choice((".", "!", ""))
    if voice.chance(0.15):
        asked = asked.lower()
    return name, Turn(asked, f"Nice to meet you, {name}. How may I help you?")


def who_am_i(voice: Voice, name: str) -> Turn:
    """The name again, or that none was given."""
    answer = f"Your name is {name}." if name else "I do not know your name: you have not told me."
    return Turn(voice.frame("who_am_i"), answer)


def thing(voice: Voice) -> tuple[str, str, Turn]:
    """Someone tells the name of a pet or a relative."""
    kind = voice.rng.choice(_THINGS)
    name = (
        voice.rng.choice(voice.facts.names) if voice.chance(0.4) else voice.made_up().capitalize()
    )
    asked = voice.word(voice.rng.choice(voice.facts.frames["thing_said"]), t=kind, n=name)
    asked = asked if voice.chance(0.5) else sentence(asked) + voice.rng.choice((".", "!"))
    return kind, name, Turn(asked, f"{name} is a nice name. What can I do for you?")


def what_thing(voice: Voice, kind: str, name: str) -> Turn:
    """The name of the pet again, or that none was given."""
    answer = f"Your {kind} is called {name}." if name else "I do not know: you have not told me."
    return Turn(voice.frame("thing_asked", t=kind or voice.rng.choice(_THINGS)), answer)


def stranger(voice: Voice) -> Exchange:
    """A person whom Bob does not know, famous or invented."""
    name = voice.rng.choice(voice.facts.people)
    if voice.chance(0.5):
        name = f"{voice.rng.choice(voice.facts.names)} {voice.made_up().capitalize()}"
    return [
        Turn(voice.frame("famous", n=name), "I do not know that person: I am a small demo model.")
    ]


def refusal(voice: Voice) -> Exchange:
    """What Bob can not do or does not know, and why."""
    unknown = voice.facts.unknown
    make = voice.chance(0.4)
    pattern = voice.rng.choice(unknown["make" if make else "know"])
    invented = voice.made_up()
    if "philosopher" in pattern or voice.chance(0.3):
        invented = " ".join(voice.made_up().capitalize() for _ in range(voice.rng.randint(1, 2)))
    pattern = pattern.replace("<made_up>", invented).replace("<word>", _strange_word(voice))
    asked = voice.ask((pattern,))
    turns = [Turn(asked, voice.rng.choice(unknown["can_not" if make else "do_not"]))]
    if voice.chance(0.12):
        why = "Because I am a small demo model: I have too few parameters for that."
        turns.append(Turn(voice.frame("why_not"), why))
    if voice.chance(0.12):
        turns.append(Turn(voice.frame("who_can"), _BIGGER_MODEL))
    return turns


def _strange_word(voice: Voice) -> str:
    """An ordinary word that no other table explains."""
    while True:
        word = voice.rng.choice(voice.facts.words)
        if word not in voice.facts.explained:
            return word


def no_such_thing(voice: Voice) -> Exchange:
    """Flags, commands, keys and codes that llamachat does not have."""
    way = voice.rng.randrange(5)
    if way == 0:
        name = _flag(voice)
        answer = f"I do not know a flag {name}. llamachat --help lists all flags."
        forms = ("what", "default", "example")
        return [Turn(voice.frame(voice.rng.choice(forms), name=_with(voice, "flag", name)), answer)]
    if way == 1:
        name = "/" + voice.made_up()
        answer = f"I do not know a command {name}. /help lists all commands."
        return [Turn(voice.frame("what", name=_with(voice, "command", name)), answer)]
    if way == 2:
        name = voice.rng.choice(_FREE_KEYS)
        return [
            Turn(voice.frame("what", name=name), f"I do not know a key {name}. F1 shows all keys.")
        ]
    if way == 3:
        number = voice.rng.choice([*range(8, 130), *range(131, 141), *range(142, 256)])
        answer = f"I do not know an exit code {number}. There are 0 to 7, 130 and 141."
        return [Turn(_code(voice, number), answer)]
    want = voice.loose(voice.facts.unknown["wants"])
    slots = {"want": want, "wants": third_person(want), "wanting": gerund(want)}
    form = voice.rng.choice(("how", "how", "flag_wants", "command_wants", "key_wants"))
    return [Turn(voice.frame(form, **slots), voice.rng.choice(voice.facts.unknown["no_help"]))]


def _code(voice: Voice, number: int) -> str:
    forms = [f for f in voice.facts.frames["what_number"] if "code" in f and "|]" not in f]
    return voice.ask(forms, name=f"code {number}" if voice.chance(0.3) else str(number))


def _flag(voice: Voice) -> str:
    known = {name for fact in voice.facts.named if fact.kind == "flag" for name in fact.names}
    while True:
        name = "--" + voice.made_up()
        if voice.chance(0.3):
            name += "-" + voice.rng.choice(
                ("size", "mode", "type", "k", "p", "file", "level", "rate")
            )
        if voice.chance(0.15):
            name = "-" + voice.made_up(1)[:3]
        if name not in known:
            return name


def _with(voice: Voice, kind: str, name: str) -> str:
    return f"the {kind} {name}" if voice.chance(0.25) else name


def reaction(voice: Voice, last: str) -> Exchange:
    """A reaction to the last answer: again, are you sure, why."""
    way = voice.rng.randrange(4)
    if way < 2:
        return [Turn(voice.frame("again"), last)]
    if way == 2:
        doubt = "Yes, I think so. But I am a small demo model, so better check it."
        return [Turn(voice.frame("sure"), doubt)]
    if re.search("can not|do not know", last):
        return []
    return [Turn(voice.frame("why"), "I do not know why. I am a small demo model.")]
