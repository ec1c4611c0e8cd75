"""The completion script for fish. Knows options; nothing of where they come from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from llamachat.cli.shells.options import Commandline, Option

_HEAD = """\
# fish completion for llamachat
# llamachat completion fish > ~/.config/fish/completions/llamachat.fish
complete -c llamachat -f
"""


def fish_script(chat: Commandline, commands: Sequence[Commandline]) -> str:
    """The whole script, to be sourced or saved among fish's completions."""
    lines = [_HEAD]
    free = f"not __fish_seen_subcommand_from {' '.join(c.name for c in commands)}"
    for command in commands:
        seen = f"__fish_seen_subcommand_from {command.name}"
        lines.append(_line("__fish_is_first_arg", "-a", command.name, "-d", _quote(command.help)))
        lines += [_line(seen, "-a", _quote(word)) for word in command.words]
        lines += [_line(seen, "-F")] if command.paths else []
        lines += [line for option in command.options for line in _option(option, seen)]
    lines += [line for option in chat.options for line in _option(option, free)]
    return "".join(lines)


def _option(option: Option, condition: str) -> Iterator[str]:
    for name in option.names:
        yield _line(condition, *_name(name), *_value(option), "-d", _quote(option.help))


def _name(name: str) -> tuple[str, str]:
    if name.startswith("--"):
        return "-l", name[2:]
    return ("-s" if len(name) == 2 else "-o"), name[1:]


def _value(option: Option) -> tuple[str, ...]:
    if not option.value:
        return ()
    if option.choices:
        return "-x", "-a", _quote(" ".join(option.choices))
    if option.files.startswith("*."):
        return "-x", "-a", f"'(__fish_complete_suffix {option.files[1:]})'"
    return ("-r", "-F") if option.files else ("-x",)


def _line(condition: str, *words: str) -> str:
    return " ".join(["complete -c llamachat -n", _quote(condition), *words]) + "\n"


def _quote(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
