"""The completion script for zsh. Knows options; nothing of where they come from."""

from __future__ import annotations

from collections.abc import Sequence
from shlex import quote

from llamachat.cli.shells.options import Commandline, Option

_HEAD = """\
#compdef llamachat
# zsh completion for llamachat; in ~/.zshrc: source <(llamachat completion zsh)
_llamachat() {
    case "${words[2]}" in
"""
_TAIL = """\
}
if [[ "${funcstack[1]}" == _llamachat ]]; then
    _llamachat "$@"
elif (( $+functions[compdef] )); then
    compdef _llamachat llamachat
else
    autoload -Uz compinit && compinit && compdef _llamachat llamachat
fi
"""


def zsh_script(chat: Commandline, commands: Sequence[Commandline]) -> str:
    """The whole script: to be sourced, or saved as `_llamachat` in a folder of $fpath."""
    lines = [_HEAD]
    for command in commands:
        lines.append(f"    {command.name})\n        if (( CURRENT > 2 )); then\n")
        lines.append("            shift words; (( CURRENT-- ))\n")
        lines.append(_arguments(command, "            "))
        lines.append("            return\n        fi\n        ;;\n")
    lines += ["    esac\n", _arguments(chat, "    ", commands), _TAIL]
    return "".join(lines)


def _arguments(line: Commandline, indent: str, commands: Sequence[Commandline] = ()) -> str:
    specs = [_spec(option, name) for option in line.options for name in option.names]
    if commands:
        described = " ".join(f"{c.name}\\:{quote(_plain(c.help))}" for c in commands)
        specs.append(quote(f"1:command:(({described}))"))
    elif line.words:
        specs.append(quote(f"1:word:({' '.join(line.words)})"))
    elif line.paths:
        specs.append("'*:path:_files'")
    continued = f" \\\n{indent}    "
    return f"{indent}_arguments{continued}{continued.join(specs)}\n"


def _spec(option: Option, name: str) -> str:
    """`(others)name[help]:value:action`, where a repeatable flag excludes nothing."""
    others = "*" if option.repeat else f"({' '.join(option.names)})"
    return quote(f"{others}{name}[{_plain(option.help)}]{_value(option)}")


def _value(option: Option) -> str:
    if not option.value:
        return ""
    if option.choices:
        action = f"({' '.join(option.choices)})"
    else:
        action = f'_files -g "{option.files}"' if option.files else ""
    return f":{_plain(option.value)}:{action}"


def _plain(text: str) -> str:
    """Without the characters that mean something to _arguments."""
    return text.translate(str.maketrans("[]:\\'", "()   "))
