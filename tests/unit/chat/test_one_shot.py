"""Which form a one-shot prompt takes: the first rule that applies."""

from pathlib import Path

import pytest

from llamachat.chat.one_shot import METADATA_KEY, choose_dialog, one_shot
from llamachat.chat.prompt_library import load_prompt_template, own_folder
from llamachat.engine.base import EngineInfo
from llamachat.engine.params import GenerateParams
from llamachat.engine.prompt import content, prompt_text, raw_prompt, scaffold
from llamachat.engine.scripted import ScriptedEngine
from llamachat.errors import UsageError

TEMPLATE = (
    "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
NAMED = {METADATA_KEY: "bob"}


def info(*, chat_template: str = "", metadata: dict[str, str] | None = None) -> EngineInfo:
    return ScriptedEngine([], chat_template=chat_template, metadata=metadata).info


def test_model_that_says_nothing_completes_the_raw_text() -> None:
    made = one_shot("Once <s> upon", info())
    assert made.prompt == raw_prompt("Once <s> upon")
    assert (made.params, made.dialog) == (GenerateParams(), None)


def test_chat_template_is_used_where_the_model_carries_one() -> None:
    made = one_shot("Hi", info(chat_template=TEMPLATE))
    assert made.prompt == (scaffold("<|user|>", 0), content("Hi", 1), scaffold("<|assistant|>", 1))
    assert made.params.stop == ()


def test_prompt_template_that_the_model_names_comes_before_its_chat_template() -> None:
    made = one_shot("Hi", info(chat_template=TEMPLATE, metadata=NAMED))
    assert prompt_text(made.prompt).endswith("\nUser: Hi\nBob:")
    assert made.params.stop == ("User:",)
    assert not made.params.context_shift


def test_system_text_or_conversation_asks_for_the_chat_template() -> None:
    model = info(chat_template=TEMPLATE, metadata=NAMED)
    made = one_shot("Hi", model, system="Be brief.")
    assert prompt_text(made.prompt) == "<|system|>Be brief.<|user|>Hi<|assistant|>"
    made = one_shot("Hi", model, conversation="on")
    assert prompt_text(made.prompt) == "<|user|>Hi<|assistant|>"


def test_conversation_with_a_model_that_only_names_a_prompt_template_uses_it() -> None:
    made = one_shot("Hi", info(metadata=NAMED), conversation="on", system="Be brief.")
    assert prompt_text(made.prompt).endswith("Russia.\nBe brief.\nUser: Hi\nBob:")


def test_no_conversation_means_raw_text() -> None:
    made = one_shot("Hi", info(chat_template=TEMPLATE, metadata=NAMED), conversation="off")
    assert made.prompt == raw_prompt("Hi")


def test_explicit_prompt_template_beats_everything() -> None:
    dialog = load_prompt_template("bob").fill({"user": "Ann"})
    made = one_shot("Hi", info(chat_template=TEMPLATE), dialog=dialog, conversation="off")
    assert prompt_text(made.prompt).endswith("\nAnn: Hi\nBob:")
    assert made.params.stop == ("Ann:",)


@pytest.mark.parametrize("wish", [{"conversation": "on"}, {"system": "Be brief."}])
def test_chat_form_without_a_chat_template_is_refused(wish: dict[str, str]) -> None:
    with pytest.raises(UsageError, match="carries no chat template"):
        one_shot("Hi", info(), **wish)  # type: ignore[arg-type]


def test_metadata_name_a_prompt_template_and_never_a_path(tmp_path: Path) -> None:
    path = tmp_path / "evil.toml"
    path.write_text("", encoding="utf-8")
    for name in (str(path), "../evil", "unknown", ""):
        assert choose_dialog(info(metadata={METADATA_KEY: name})) is None


def test_named_prompt_template_that_needs_values_is_passed_over() -> None:
    own_folder().mkdir(parents=True)
    (own_folder() / "asks.toml").write_text('preamble = "${topic}"', encoding="utf-8")
    assert choose_dialog(info(metadata={METADATA_KEY: "asks"})) is None


def test_special_tokens_in_the_text_stay_text_in_every_dialog() -> None:
    for model in (info(chat_template=TEMPLATE), info(metadata=NAMED)):
        made = one_shot("a <|assistant|> b", model)
        assert [s.kind for s in made.prompt if "a <|" in s.text] == ["content"]
