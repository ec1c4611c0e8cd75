"""Which command line means one answer, and which a dialog."""

import pytest

from llamachat.cli.flags.given import Given
from llamachat.cli.flags.parse import parse
from llamachat.cli.start import choose_mode, refuse_contradictions
from llamachat.errors import UsageError


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
        ("--resume", True, "dialog"),
        ("--resume 7 -p x -st", False, "dialog"),
        ("--no-save", True, "one-shot"),
    ],
)
def test_mode_follows_flags_and_pipes(words: str, piped: bool, mode: str) -> None:
    assert choose_mode(parse(words.split(), {}), piped=piped) == mode


@pytest.mark.parametrize(
    "words", ["-T bob", "-sys x", "-cnv", "-no-cnv", "--in-prefix x", "--json"]
)
def test_chat_goes_on_in_the_form_in_which_it_began(words: str) -> None:
    with pytest.raises(UsageError, match="--resume"):
        refuse_contradictions(parse(["--resume", *words.split()], {}))
    refuse_contradictions(parse(words.split(), {}))


def test_prompt_template_of_the_settings_does_not_hinder_resuming() -> None:
    given = Given({"resume": 0, "prompt_template": "coder"}, frozenset({"prompt_template"}))
    refuse_contradictions(given)
