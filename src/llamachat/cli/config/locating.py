"""`llamachat config path`: where the settings are, or would be."""

from __future__ import annotations

from collections.abc import Sequence

from llamachat.cli.arguments import Parser
from llamachat.cli.output import standard_output
from llamachat.config.reading import config_path


def parser() -> Parser:
    return Parser("llamachat config path", description="Print where the file is, or would be.")


def run(argv: Sequence[str]) -> int:
    parser().parse_args(argv)
    standard_output().write(f"{config_path()}\n")
    return 0
