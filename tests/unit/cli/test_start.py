"""Which command line means one answer, and which a dialog."""

import pytest

from llamachat.cli.flags.parse import parse
from llamachat.cli.start import choose_mode


@pytest.mark.parametrize(
    ("words", "piped", "mode"),
    [
        ("", False, "dialog"),
        ("-p x", False, "one-shot"),
        ("-f x", False, "one-shot"),
        ("", True, "one-shot"),
        ("-p x", True, "one-shot"),
        ("--plain", True, "dialog"),
        ("-i", True, "dialog"),
        ("-if -p x", False, "dialog"),
        ("-p x -cnv", False, "dialog"),
        ("-p x -cnv -st", False, "one-shot"),
        ("-p x -no-cnv", False, "one-shot"),
        ("-sys x", False, "dialog"),
        ("--json", False, "one-shot"),
        ("--json -i", True, "one-shot"),
    ],
)
def test_mode_follows_flags_and_pipes(words: str, piped: bool, mode: str) -> None:
    assert choose_mode(parse(words.split(), {}), piped=piped) == mode
