"""Which form a text or a dialog is given to the model in, as far as the flags say so.

Prompt template (-T, --set), conversation (-cnv, -no-cnv), system prompt (-sys, -sysf). What they
leave open the model decides. Knows nothing of engines.
"""

from __future__ import annotations

from llamachat.chat.dialog import Dialog
from llamachat.chat.one_shot import Conversation
from llamachat.chat.prompt_library import load_prompt_template
from llamachat.cli.flags.given import Given
from llamachat.cli.prompt_text import read_file
from llamachat.errors import UsageError
from llamachat.hardware.places import expanded


def asked_dialog(given: Given) -> Dialog | None:
    """The filled prompt template of -T, or the one of the settings that --set gives values to.

    Raises:
        UsageError: there is no such prompt template, or variables are missing.
    """
    name = given.text("prompt_template")
    if name is not None and ("variables" in given or not given.stands("prompt_template")):
        return load_prompt_template(name).fill(variables(given))
    if "variables" in given:
        raise UsageError(
            "--set gives a value to a prompt template, and none was chosen.",
            "Choose one: llamachat -T bob --set user=Anna",
        )
    return None


def standing_dialog(given: Given) -> Dialog | None:
    """The prompt template of the settings; it is for dialogs, a single answer does without.

    Raises:
        UsageError: there is no such prompt template, or it needs values.
    """
    name = given.text("prompt_template") if given.stands("prompt_template") else None
    if name is None:
        return None
    try:
        return load_prompt_template(name).fill()
    except UsageError as error:
        raise UsageError(
            error.message, f"{error.hint} It is in your settings: llamachat config show"
        ) from None


def variables(given: Given) -> dict[str, str]:
    """The values of --set."""
    return dict(pair for pair in given.many("variables", tuple))


def asked_conversation(given: Given) -> Conversation:
    """-cnv, -no-cnv or neither."""
    wanted = given.switch("conversation")
    return "auto" if wanted is None else "on" if wanted else "off"


def asked_system(given: Given) -> str:
    """The text of -sys, or of the file of -sysf.

    Raises:
        UsageError: the file cannot be read.
    """
    name = given.text("system_prompt_file")
    return read_file(expanded(name)) if name else given.text("system_prompt") or ""
