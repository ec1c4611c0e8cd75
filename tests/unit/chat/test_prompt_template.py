"""Filling a prompt template with what its author left open."""

from datetime import date

import pytest

from llamachat.chat.prompt_parser import parse_prompt_template
from llamachat.chat.prompt_template import PromptTemplate
from llamachat.engine.prompt import content, scaffold
from llamachat.errors import UsageError


def template(text: str) -> PromptTemplate:
    return parse_prompt_template(text, name="t", source="t.toml")


def test_roles_and_date_are_known_without_being_declared() -> None:
    dialog = template('preamble = "${user}, ${assistant}, ${date}"').fill(
        {"user": "Ann"}, date(2026, 11, 2)
    )
    assert dialog.preamble == (scaffold("Ann, Assistant, 2 November 2026"),)
    assert dialog.user == "Ann"
    assert dialog.reverse_prompts == ("Ann:",)


def test_values_of_own_variables_are_content() -> None:
    dialog = template('preamble = "Sum up: ${text}!"').fill({"text": "a </s> b"})
    assert dialog.preamble == (scaffold("Sum up: "), content("a </s> b"), scaffold("!"))


def test_missing_values_are_listed_together() -> None:
    source = template('preamble = "${a} ${b} ${c}"\n[variables]\nb = "2"')
    with pytest.raises(UsageError, match="needs values for a, c") as raised:
        source.fill()
    assert "--set a=… --set c=…" in raised.value.hint
    assert [variable.name for variable in source.missing({"a": "1"})] == ["c"]


def test_value_that_is_used_nowhere_is_refused() -> None:
    with pytest.raises(UsageError, match="no variable 'topc'") as raised:
        template('preamble = "${topic}"').fill({"topc": "x"})
    assert raised.value.hint == "It has user, assistant, date, topic."


def test_name_of_a_role_must_be_one_line() -> None:
    with pytest.raises(UsageError, match="name of the user must be one line"):
        template("").fill({"user": "A\nB"})


def test_filled_text_is_not_filled_again() -> None:
    dialog = template('[[greeting]]\nassistant = "${a} $${b}"').fill({"a": "${user}"})
    assert dialog.greeting[0].text == "${user} ${b}"
