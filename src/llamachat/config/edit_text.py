"""Changes one value in a TOML text and leaves everything else as a person wrote it.

The result is a proposal: the caller parses it and compares. Knows nothing of files or settings.
"""

from __future__ import annotations

import re

from llamachat.config.places import Place, find_places

KeyPath = tuple[str, ...]


def with_value(text: str, path: KeyPath, value: object) -> str:
    """The text with the value in its place, or added where its table is."""
    place = find_places(text).get(path)
    if place is None:
        return _added(text, path, value)
    written = text[place.value : place.end].rstrip()  # a bare value reaches up to its comment
    return text[: place.value] + literal(value) + text[place.value + len(written) :]


def without_value(text: str, path: KeyPath) -> str:
    """The text without the lines of the value."""
    place = find_places(text)[path]
    start, end = text.rfind("\n", 0, place.key) + 1, _line_end(text, place.end)
    return text[:start] + text[end:]


def literal(value: object) -> str:
    """A value as TOML, in one line."""
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(literal, value))}]"
    return _dumped({"v": value}).removeprefix("v = ").rstrip("\n")


def _added(text: str, path: KeyPath, value: object) -> str:
    *tables, name = path
    line = f"{_dumped({name: 0}).removesuffix(' = 0' + chr(10))} = {literal(value)}\n"
    place = find_places(text).get(tuple(tables))
    if tables and place is None:
        header = ".".join(_dumped({table: 0}).removesuffix(" = 0\n") for table in tables)
        gap = "\n" * (2 - text.endswith("\n")) if text else ""
        return f"{text}{gap}[{header}]\n{line}"
    at = _spot(text, tuple(tables), name, place.end if place else 0)
    gap = "" if at == 0 or text[at - 1] == "\n" else "\n"
    return text[:at] + gap + line + text[at:]


def _spot(text: str, table: KeyPath, name: str, start: int) -> int:
    """Where a new line goes: below its own commented one, else below the last of its table."""
    places = find_places(text)
    headers = [place.key for place in places.values() if _is_header(text, place)]
    end = min((key for key in headers if key >= start), default=len(text))
    comment = re.compile(rf"^#[ \t]*\"?{re.escape(name)}\"?[ \t]*=.*\n?", re.MULTILINE)
    if found := comment.search(text, start, end):
        return found.end()
    own = [
        place.end
        for path, place in places.items()
        if path[:-1] == table and not _is_header(text, place) and start <= place.key < end
    ]
    if own or table:
        return _line_end(text, max(own, default=start))
    return _above_comments(text, end) if headers else len(text)


def _above_comments(text: str, at: int) -> int:
    """The beginning of the comment that stands directly above a table."""
    while (line := text[:at].rpartition("\n")[0].rpartition("\n")[2]).startswith("#"):
        at -= len(line) + 1
    return at


def _is_header(text: str, place: Place) -> bool:
    return place.key == place.value and text.startswith("[", place.key)


def _line_end(text: str, at: int) -> int:
    found = text.find("\n", at)
    return len(text) if found < 0 else found + 1


def _dumped(values: dict[str, object]) -> str:
    import tomli_w  # 2 ms; only writing needs it

    return tomli_w.dumps(values)
