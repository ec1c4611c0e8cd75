"""`llamachat completion bash|zsh|fish`: prints the script that makes Tab work.

The script is made from the flags themselves, so it is never behind them. Knows nothing of what the
flags do.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence

from llamachat.cli.arguments import Parser

SHELLS = ("bash", "zsh", "fish")


def parser() -> argparse.ArgumentParser:
    """The command's arguments."""
    made = Parser(
        "llamachat completion",
        description="Print the script that makes Tab work in a shell; this is how it is installed:",
        epilog=(
            "bash: echo 'source <(llamachat completion bash)' >> ~/.bashrc\n"
            "zsh:  echo 'source <(llamachat completion zsh)' >> ~/.zshrc\n"
            "fish: llamachat completion fish > ~/.config/fish/completions/llamachat.fish"
        ),
    )
    made.add_argument("shell", choices=SHELLS, metavar="SHELL", help="bash, zsh or fish")
    return made


def run(argv: Sequence[str]) -> int:
    """Print the script for the shell in `argv`."""
    shell: str = parser().parse_args(argv).shell
    from llamachat.cli.shells.options import chat_line, command_lines

    sys.stdout.write(_script(shell)(chat_line(), command_lines()))
    return 0


def _script(shell: str) -> Callable[..., str]:
    if shell == "bash":
        from llamachat.cli.shells.bash import bash_script

        return bash_script
    if shell == "zsh":
        from llamachat.cli.shells.zsh import zsh_script

        return zsh_script
    from llamachat.cli.shells.fish import fish_script

    return fish_script
