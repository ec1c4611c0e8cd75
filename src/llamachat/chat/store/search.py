"""Finding words in all chats, the newest message first.

Whatever a person types is safe: each word is a phrase of terms in quotes, all must be there, and
the last may be the beginning of one. What has no terms ("->", an emoji) is looked for piece by
piece, as it is.
Knows nothing of screens.
"""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Iterator, Sequence
from heapq import merge
from itertools import chain

from llamachat.chat.message import well_formed
from llamachat.chat.store.chat_rows import chat_at
from llamachat.chat.store.records import ChatRecord, Hit
from llamachat.chat.store.terms import Term, terms

WIDTH = 160
"""characters of a snippet"""
BEFORE = 40
"""of them before the first match"""

MAX_QUERY = 200
"""characters; FTS5 takes minutes for a phrase of 100,000 terms"""

Phrase = tuple[str, ...]

_SPACES = dict.fromkeys((*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029), " ")
"""what would break the line or steer a terminal, one for one so that the marks hold"""

_SELECT = "SELECT message.chat, message.id, role, message.text"
_LIVING = "chat ON chat.id = message.chat AND deleted IS NULL"
# CROSS JOIN keeps the order of the tables: the newest terms first, until there are enough.
_BY_TERMS = f"""
    {_SELECT} FROM term CROSS JOIN message ON message.id = term.rowid CROSS JOIN {_LIVING}
    WHERE term MATCH ? ORDER BY term.rowid DESC LIMIT ?"""
_BY_CHARACTERS = f"""
    {_SELECT} FROM message CROSS JOIN {_LIVING}
    WHERE {{}} ORDER BY message.id DESC LIMIT ?"""
_HAS = "instr(text, ?)"


def search(connection: sqlite3.Connection, query: str, *, limit: int) -> list[Hit]:
    """Messages of chats that are not deleted, of all their branches."""
    exact = well_formed(query).strip()[:MAX_QUERY]
    phrases = [phrase for word in exact.split() if (phrase := tuple(t.text for t in terms(word)))]
    if not exact:
        return []
    if phrases:
        rows = connection.execute(_BY_TERMS, (_match(phrases), limit))
    else:
        pieces = exact.split()
        having = _BY_CHARACTERS.format(" AND ".join([_HAS] * len(pieces)))
        rows = connection.execute(having, (*pieces, limit))
    chats: dict[int, ChatRecord] = {}
    hits = []
    for chat, message, role, text in rows.fetchall():
        if chat not in chats:
            chats[chat] = chat_at(connection, chat)
        marks = _places(text, phrases) if phrases else _occurrences(text, exact.split())
        hits.append(Hit(chats[chat], message, role, *_snippet(text, marks)))
    return hits


def _match(phrases: Sequence[Phrase]) -> str:
    """The expression for FTS5."""
    return " ".join('"' + " ".join(phrase).replace('"', '""') + '"' for phrase in phrases) + " *"


def _places(text: str, phrases: Sequence[Phrase]) -> Iterator[tuple[int, int]]:
    """Where the phrases stand in the text, from left to right, found no further than asked for."""
    recent: deque[Term] = deque(maxlen=max(map(len, phrases)))
    for term in terms(text):
        recent.append(term)
        for number, phrase in enumerate(phrases, 1):
            ends = term.text == phrase[-1] or (
                number == len(phrases) and term.text.startswith(phrase[-1])
            )
            if ends and tuple(t.text for t in recent)[-len(phrase) : -1] == phrase[:-1]:
                yield recent[-len(phrase)].start, term.end


def _occurrences(text: str, pieces: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Where any of the pieces stands, from left to right."""
    return merge(*(_each(text, piece) for piece in dict.fromkeys(pieces)))


def _each(text: str, wanted: str) -> Iterator[tuple[int, int]]:
    start = text.find(wanted)
    while start >= 0:
        yield start, start + len(wanted)
        start = text.find(wanted, start + len(wanted))


def _snippet(
    text: str, places: Iterator[tuple[int, int]]
) -> tuple[str, tuple[tuple[int, int], ...]]:
    """The words around the first place, in one line, and what of them matched."""
    first = next(places, (0, 0))
    start = max(0, first[0] - BEFORE)
    if start and (space := text.find(" ", start, first[0])) >= 0:
        start = space + 1
    end = start + WIDTH
    lead, tail = "…" if start else "", "…" if end < len(text) else ""
    marks: list[tuple[int, int]] = []
    for place in chain([first], places):
        if place[0] >= end:
            break
        mark = (place[0] - start + len(lead), min(place[1], end) - start + len(lead))
        if mark[0] < mark[1] and (not marks or mark[0] >= marks[-1][1]):
            marks.append(mark)
    return lead + text[start:end].translate(_SPACES) + tail, tuple(marks)
