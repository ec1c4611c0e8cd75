"""The completion script for bash. Knows options; nothing of where they come from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from shlex import quote

from llamachat.cli.shells.options import Commandline, Option

_HEAD = """\
# bash completion for llamachat; in ~/.bashrc: source <(llamachat completion bash)
_llamachat_files() {
    local IFS=$'\\n'
    compopt -o filenames 2>/dev/null
    COMPREPLY=( $(compgen -f -X "!$1" -- "$cur") $(compgen -d -- "$cur") )
}

_llamachat() {
    local cur="${COMP_WORDS[COMP_CWORD]}" prev="${COMP_WORDS[COMP_CWORD-1]}"
    COMPREPLY=()
    if [[ $cur == "=" ]]; then
        cur=""
    elif [[ $prev == "=" ]]; then
        prev="${COMP_WORDS[COMP_CWORD-2]}"
    fi
    case "${COMP_WORDS[1]}" in
"""
_MIDDLE = """\
    esac
"""
_TAIL = """\
}
complete -F _llamachat llamachat
"""


def bash_script(chat: Commandline, commands: Sequence[Commandline]) -> str:
    """The whole script, to be sourced."""
    lines = [_HEAD]
    for command in commands:
        lines.append(f"    {command.name})\n        if (( COMP_CWORD > 1 )); then\n")
        lines += ("        " + line for line in _body(command))
        lines.append("            return\n        fi\n        ;;\n")
    lines += [_MIDDLE, *_body(chat), _TAIL]
    return "".join(lines)


def _body(line: Commandline) -> Iterator[str]:
    yield '    case "$prev" in\n'
    for option in line.options:
        if option.value:
            yield f"    {'|'.join(option.names)})\n"
            yield f"        {_values(option)}\n        return\n        ;;\n"
    yield "    esac\n"
    names = [name for option in line.options for name in option.names]
    if line.paths:
        yield "    if [[ $cur != -* ]]; then\n"
        yield "        _llamachat_files '*'\n        return\n    fi\n"
    yield f'    COMPREPLY=( $(compgen -W {quote(" ".join([*line.words, *names]))} -- "$cur") )\n'


def _values(option: Option) -> str:
    if option.choices:
        return f'COMPREPLY=( $(compgen -W {quote(" ".join(option.choices))} -- "$cur") )'
    return f"_llamachat_files {quote(option.files)}" if option.files else ":"
