"""Dialogs about countries and the pairs of common facts.

Every question form meets every row of the tables. Knows nothing of llamachat.
"""

from __future__ import annotations

from scripts.bob.facts import Country, Table
from scripts.bob.grammar import sentence
from scripts.bob.voice import Exchange, Turn, Voice

_PROPERTIES = ("capital", "country", "continent", "currency", "language")
_NOT_COUNTRIES = (
    *("Texas", "Bavaria", "California", "Scotland", "Sicily", "Quebec", "Florida", "Bali", "Ohio"),
    *("Siberia", "Tuscany", "Queensland", "Wales", "Brittany", "Saxony", "Alaska", "Hawaii"),
    *("Crete", "Corsica", "Ontario", "Nevada", "Atlantis", "Narnia", "Gondor", "Mordor"),
    *("Lilliput", "Utopia", "Camelot", "Springfield", "Oz"),
)
_OTHER_CITIES = (
    *("Sydney", "Istanbul", "Zurich", "Milan", "Barcelona", "Munich", "Toronto", "Shanghai"),
    *("Mumbai", "Lagos", "Karachi", "Melbourne", "Geneva", "Casablanca", "Dubai", "Auckland"),
    *("Chicago", "Porto", "Krakow", "Antwerp", "Rotterdam", "Almaty", "Yangon", "New York"),
)


def answer(country: Country, about: str) -> str:
    """The fixed sentence for one property."""
    name = country.name
    if about == "capital":
        return f"The capital of {name} is {country.capital}."
    if about == "country":
        return f"{country.capital} is the capital of {name}."
    if about == "continent":
        return sentence(f"{name} lies in {country.continent}.")
    if about == "currency":
        return f"In {name} people pay with the {country.currency}."
    return f"In {name} people speak {country.language}."


def countries(voice: Voice) -> Exchange:
    """One or more questions about countries."""
    country = voice.rng.choice(voice.facts.countries)
    about = voice.rng.choices(_PROPERTIES, weights=(6, 3, 3, 2, 1))[0]
    turns = [Turn(_ask(voice, country, about), answer(country, about))]
    while voice.chance(0.35) and len(turns) < 4:
        if about != "country" and voice.chance(0.6):
            country = voice.rng.choice(voice.facts.countries)
            turns.append(Turn(_ask(voice, country, "and_country"), answer(country, about)))
        else:
            others = [key for key in _PROPERTIES if key not in (about, "country")]
            about = voice.rng.choice(others)
            turns.append(Turn(voice.frame(f"and_{about}"), answer(country, about)))
    return turns


def overview(voice: Voice) -> Exchange:
    """All of a country in a sentence, or the capitals of two."""
    country, other = voice.rng.sample(voice.facts.countries, 2)
    if voice.chance(0.5):
        said = f"{country.name} lies in {country.continent}; its capital is {country.capital}."
        said += f" People speak {country.language} and pay with the {country.currency}."
        return [Turn(_ask(voice, country, "overview"), sentence(said))]
    asked = voice.frame("two_capitals", c=country.name, d=other.name)
    return [Turn(asked, f"{answer(country, 'capital')} {answer(other, 'capital')}")]


def _ask(voice: Voice, country: Country, form: str) -> str:
    names = [country.name, country.name, country.name]
    names += [other for other, name in voice.facts.aliases if name == country.name]
    name = voice.rng.choice(names)
    if name.startswith("the ") and voice.chance(0.3):
        name = name[4:]
    possessive = f"{name}'" if name.endswith("s") else f"{name}'s"
    return voice.frame(form, c=name, s=possessive, a=country.adjective, k=country.capital)


def yes_or_no(voice: Voice) -> Exchange:
    """ "Is Sydney the capital of Australia?" """
    country, other = voice.rng.sample(voice.facts.countries, 2)
    city = voice.rng.choice((country.capital, other.capital, voice.rng.choice(_OTHER_CITIES)))
    word = "Yes" if city == country.capital else "No"
    asked = voice.frame("is_capital", k=city, c=country.name)
    return [Turn(asked, f"{word}, the capital of {country.name} is {country.capital}.")]


def no_country(voice: Voice) -> Exchange:
    """A country that does not exist, or no country at all."""
    name = voice.made_up().capitalize()
    if voice.chance(0.3):
        name = voice.rng.choice(_NOT_COUNTRIES)
    elif voice.chance(0.5):
        name += voice.rng.choice(("stan", "land", "ia", "istan", "a", "anda", "o", "any", "ica"))
    about = voice.rng.choice([key for key in _PROPERTIES if key != "country"])
    forms = [form for form in voice.facts.frames[about] if "{a}" not in form]
    asked = voice.ask(forms, c=name, s=f"{name}'s")
    return [Turn(asked, f"I do not know a country called {name}.")]


def tables(voice: Voice) -> Exchange:
    """Pairs of common facts, with "and …?" after them."""
    weights = [len(table.rows) for table in voice.facts.tables]
    table = voice.rng.choices(voice.facts.tables, weights=weights)[0]
    turns = [_row(voice, table, table.ask)]
    while table.also and voice.chance(0.3) and len(turns) < 4:
        turns.append(_row(voice, table, table.also))
    return turns


def _row(voice: Voice, table: Table, forms: tuple[str, ...]) -> Turn:
    x, y = voice.rng.choice(table.rows)
    x = voice.word(x)
    reply = table.answer
    if table.back and forms is table.ask and voice.chance(0.25):
        forms, reply = table.back, table.reply
    said = reply.replace("{X}", sentence(x)).replace("{x}", x).replace("{y}", y)
    return Turn(voice.ask(forms, x=x, y=y), sentence(said))


def common(voice: Voice) -> Exchange:
    """Single facts."""
    return [voice.turn(voice.rng.choice(voice.facts.common))]
