"""How a dialog begins follows the flags, then the model."""

from dataclasses import replace

import pytest

from llamachat.chat.rendering import renderer
from llamachat.cli.flags.parse import parse
from llamachat.cli.plain.opening import Opening, open_dialog
from llamachat.engine.base import EngineInfo
from llamachat.engine.prompt import prompt_text
from llamachat.engine.scripted import ScriptedEngine
from llamachat.errors import UsageError

CHATML = (
    "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}</s>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)


def info(chat_template: str = "", **metadata: str) -> EngineInfo:
    with ScriptedEngine([""], chat_template=chat_template) as engine:
        return replace(engine.info, bos="<s>", metadata=metadata)


def opening(*argv: str, text: str = "", model: EngineInfo | None = None) -> Opening:
    return open_dialog(parse(argv, {}), model or info(), text=text)


def rendered(opened: Opening) -> str:
    return prompt_text(renderer(opened.dialog, info())([]))


def test_bob_is_the_default_for_any_model() -> None:
    for model in (info(), info(CHATML)):
        opened = opening(model=model)
        assert (opened.dialog.form, opened.dialog.assistant) == ("transcript", "Bob")
        assert opened.first == ""


def test_model_may_name_its_prompt_template() -> None:
    model = info(**{"llamachat.prompt_template": "assistant"})
    assert opening(model=model).dialog.form == "chat"


def test_prompt_template_and_variables_are_taken() -> None:
    opened = opening("-T", "bob", "--set", "user=Anna", "--set", "assistant=Max")
    assert opened.dialog.reverse_prompts == ("Anna:",)
    assert rendered(opened).endswith("\nAnna:")


def test_variables_without_a_prompt_template_are_refused() -> None:
    with pytest.raises(UsageError, match="--set"):
        opening("--set", "user=Anna")


def test_system_prompt_takes_the_place_of_the_preamble() -> None:
    assert rendered(opening("-sys", "You are a pirate.")) == "You are a pirate.\n\nUser:"


def test_system_prompt_uses_the_models_chat_template_where_there_is_one() -> None:
    opened = opening("-sys", "You are a pirate.", model=info(CHATML))
    assert opened.dialog.form == "chat"
    assert prompt_text(opened.dialog.preamble) == "You are a pirate."


def test_conversation_asks_for_the_chat_template() -> None:
    assert opening("-cnv", model=info(CHATML)).dialog.form == "chat"


def test_text_is_the_first_message() -> None:
    assert opening("-i", text="Hello").first == "Hello"


def test_text_with_a_reverse_prompt_is_the_classic_opening() -> None:
    opened = opening("-i", "-r", "User:", text="A dialog.\n\nUser:")
    assert opened.first == ""
    assert (opened.dialog.user, opened.dialog.assistant) == ("User", "")
    assert rendered(opened) == "A dialog.\n\nUser:"


def test_classic_opening_need_not_end_with_the_reverse_prompt() -> None:
    assert rendered(opening("-i", "-r", "\\nUser:", text="A dialog.")) == "A dialog.\nUser:"


def test_affixes_go_around_the_words() -> None:
    dialog = opening("--in-prefix", " >", "--in-suffix", "\\nBob:").dialog
    assert (dialog.in_prefix, dialog.in_suffix) == ("User: >", "\nBob:")
    assert opening("--in-prefix-bos").dialog.in_prefix == "User: <s>"


def test_affixes_do_not_go_with_a_chat_template() -> None:
    with pytest.raises(UsageError, match="chat template"):
        opening("-T", "assistant", "--in-prefix", "x")
