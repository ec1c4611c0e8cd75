"""Dialogs about spelling, letters, short lists and counting.

All of it is memorized from small tables; nothing is claimed for words outside them.
"""

from __future__ import annotations

from scripts.bob.facts import Listing
from scripts.bob.grammar import sentence
from scripts.bob.voice import Exchange, Turn, Voice

NUMBER_WORDS = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen"),
    *("nineteen", "twenty"),
)
_ABOUT_A_WORD = ("spell", "letters", "first_letter", "last_letter")


def _word(voice: Voice) -> str:
    """A word of the list, or another one: that is how the spelling of tokens is learned."""
    chance = voice.rng.random()
    if chance < 0.55:
        return voice.rng.choice(voice.facts.words)
    if chance < 0.65:
        return voice.rng.choice(voice.facts.names).lower()
    return voice.made_up() if chance < 0.8 else voice.rng.choice(voice.facts.vocabulary)


def spelling(voice: Voice) -> Exchange:
    """Spell a word, its length, its first and last letter; "and orange?" after it."""
    word = _word(voice)
    form = voice.rng.choices(_ABOUT_A_WORD, weights=(5, 1, 1, 1))[0]
    turns = [Turn(voice.frame(form, q=_quoted(voice, word)), about_word(word, form))]
    while voice.chance(0.25) and len(turns) < 4:
        word = _word(voice)
        turns.append(Turn(voice.frame("and_word", q=word), about_word(word, form)))
    return turns


def about_word(word: str, form: str) -> str:
    """The fixed answer to one of the forms."""
    if form == "spell":
        return f"{sentence(word)} is spelled {'-'.join(word)}."
    if form == "letters":
        count = NUMBER_WORDS[len(word)] if len(word) <= 20 else len(word)
        return f"The word {word} has {count} letters: {'-'.join(word)}."
    if form == "first_letter":
        return f"The first letter of {word} is {word[0].upper()}."
    return f"The last letter of {word} is {word[-1].upper()}."


def _quoted(voice: Voice, word: str) -> str:
    return voice.rng.choice((word, word, word, word, f'"{word}"', f"'{word}'", word.capitalize()))


def lists(voice: Voice) -> Exchange:
    """Short lists, as many items as were asked for."""
    if voice.chance(0.12):
        asked = voice.frame("list_unknown", n=_number(voice, voice.rng.randint(2, 12)))
        return [Turn(asked, "I do not know such a list: I am a small demo model.")]
    turns = [_list(voice, voice.rng.choice(voice.facts.lists))]
    while voice.chance(0.25) and len(turns) < 3:
        listing = voice.rng.choice([other for other in voice.facts.lists if other.items])
        count = voice.rng.randint(2, 6)
        of = voice.rng.choice(listing.of)
        asked = voice.frame("and_list", n=_number(voice, count), of=of)
        turns.append(Turn(asked, named(listing, count)))
    return turns


def _list(voice: Voice, listing: Listing) -> Turn:
    of = voice.rng.choice(listing.of)
    if listing.whole:
        return Turn(voice.frame("list_whole", of=of), listing.whole)
    if voice.chance(0.2):
        return Turn(voice.frame("list_some", of=of), named(listing, 4))
    count = voice.rng.randint(1, 8)
    if voice.chance(0.08):
        many = _number(voice, voice.rng.randint(9, 20))
        known = f"I know only eight: {', '.join(listing.items)}."
        return Turn(voice.frame("list", n=many, of=of), known)
    if count == 1:
        return Turn(voice.frame("list_one", of=of), sentence(f"{listing.items[0]}."))
    return Turn(voice.frame("list", n=_number(voice, count), of=of), named(listing, count))


def named(listing: Listing, count: int) -> str:
    """The first `count` items as a sentence."""
    items = listing.items[:count]
    return sentence(f"{', '.join(items[:-1])} and {items[-1]}.")


def _number(voice: Voice, number: int) -> str:
    return NUMBER_WORDS[number] if number <= 20 and voice.chance(0.75) else str(number)


def counting(voice: Voice) -> Exchange:
    """Count up, sometimes down."""
    if voice.chance(0.1):
        return [Turn(voice.frame("count_far"), "That is too far for me: I am a small demo model.")]
    first = 1 if voice.chance(0.4) else voice.rng.randint(0, 40)
    last = first + voice.rng.randint(2, 11)
    if voice.chance(0.12):
        asked = voice.frame("count_back", a=str(first), b=str(last))
        return [Turn(asked, _series(last, first))]
    if first == 1 and voice.chance(0.6):
        last = 10 if voice.chance(0.3) else last
        end = NUMBER_WORDS[last] if voice.chance(0.5) else str(last)
        asked = voice.frame("count_to", b=end)
    else:
        asked = voice.frame("count_from", a=str(first), b=str(last))
    return [Turn(asked, _series(first, last))]


def _series(first: int, last: int) -> str:
    step = 1 if last >= first else -1
    return ", ".join(map(str, range(first, last + step, step))) + "."
