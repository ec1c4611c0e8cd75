"""Reads flags from the environment and the command line, llama.cpp's way.

A flag must match a name exactly (`_` in a long one is read as `-`), a value may begin with a dash,
and LLAMA_ARG_* variables come before the command line, which wins. The result holds only what was
given, so that a prompt template's own settings can stand below it. argparse can do none of these
without its private parts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from llamachat.cli.flags.flag import Flag
from llamachat.cli.flags.given import Given
from llamachat.cli.flags.table import BY_NAME
from llamachat.cli.flags.values import on_off
from llamachat.errors import UsageError


def parse(
    argv: Sequence[str], environ: Mapping[str, str], *, flags: Mapping[str, Flag] = BY_NAME
) -> Given:
    """Everything given in the environment or on the command line.

    Args:
        flags: by their names; those of the chat unless a command has others.

    Raises:
        UsageError: an unknown flag, a missing or a bad value.
    """
    values: dict[str, object] = {}
    for flag in dict.fromkeys(flags.values()):
        _read_variable(values, flag, environ)
    repeated: dict[str, tuple[object, ...]] = {}
    for typed, flag, value in _pairs(argv, flags):
        read = _read(typed, flag, value)
        if flag.repeat:
            repeated[flag.key] = (*repeated.get(flag.key, ()), read)
        else:
            values[flag.key] = read
    return Given(values | repeated)


def _pairs(
    argv: Sequence[str], flags: Mapping[str, Flag]
) -> Iterator[tuple[str, Flag, str | None]]:
    """(name as typed, flag, value) for each flag; the value of a switch is None."""
    words = list(reversed(argv))
    while words:
        word = words.pop()
        typed, equals, joined = _split(word)
        flag = flags.get(typed)
        if flag is None:
            raise _unknown(word, typed, flags)
        if not flag.metavar:
            if equals:
                raise UsageError(f"{typed} takes no value.")
            yield typed, flag, None
        elif equals:
            yield typed, flag, joined
        elif flag.bare and not (words and _is_value(flag, words[-1])):
            yield typed, flag, flag.bare
        else:
            yield typed, flag, _value(typed, words, flags)


def _split(word: str) -> tuple[str, str, str]:
    """A word as (name, "=" or "", value); `_` in a long name is read as `-`."""
    name, equals, value = word.partition("=")
    return (name.replace("_", "-") if name.startswith("--") else name), equals, value


def _is_value(flag: Flag, word: str) -> bool:
    """Whether the word after a flag that needs no value is its value all the same."""
    return word in flag.accepted if flag.accepted else not word.startswith("-")


def _value(typed: str, words: list[str], flags: Mapping[str, Flag]) -> str:
    if not words:
        raise UsageError(f"{typed} needs a value.")
    if _split(words[-1])[0] in flags:
        raise UsageError(
            f"{typed} needs a value, but the flag {words[-1]} follows.",
            f"If that is the value, write {typed}={words[-1]}",
        )
    return words.pop()


def _unknown(word: str, typed: str, flags: Mapping[str, Flag]) -> UsageError:
    from llamachat.cli.flags.foreign import guess, unknown_flag  # difflib: 3 ms, only for errors

    if flags is BY_NAME:
        return unknown_flag(word, typed)
    if not word.startswith("-"):
        return UsageError(f"{word!r} is not a flag.", "A model goes after -m: --help shows all.")
    near = guess(typed, flags)
    return UsageError(f"There is no flag {typed!r} here{near}", "--help shows all flags.")


def _read(typed: str, flag: Flag, value: str | None) -> object:
    if value is None:
        return typed not in flag.off
    try:
        return flag.read(value)
    except ValueError as expected:
        raise UsageError(f"{typed} takes {expected}, not {value!r}.") from None


def _read_variable(values: dict[str, object], flag: Flag, environ: Mapping[str, str]) -> None:
    if not flag.env:
        return
    if flag.off and flag.env.replace("LLAMA_ARG_", "LLAMA_ARG_NO_") in environ:
        values[flag.key] = False
    elif flag.env in environ:
        value = environ[flag.env]
        try:
            values[flag.key] = (flag.read if flag.metavar else on_off)(value)
        except ValueError as expected:
            raise UsageError(
                f"The variable {flag.env} takes {expected}, not {value!r}.",
                f"Run `unset {flag.env}` to be rid of it.",
            ) from None
