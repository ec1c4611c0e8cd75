"""What a person is shown of a prompt before anything was said."""

from llamachat.chat.prompt_parser import parse_prompt_template
from llamachat.chat.prompt_preview import preview
from llamachat.chat.prompt_template import PromptTemplate
from llamachat.engine.prompt import content, prompt_text
from llamachat.engine.scripted import ScriptedEngine

JINJA = "{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}<assistant>"


def template(text: str) -> PromptTemplate:
    return parse_prompt_template(text, name="t", source="t.toml")


def test_missing_values_are_marked_and_named() -> None:
    shown = preview(template('preamble = "On ${a} and ${b}.\\n"'), {"a": "tea"})
    assert prompt_text(shown.prompt) == "On tea and ‹b›.\nUser: …\nAssistant:"
    assert content("‹b›") in shown.prompt
    assert [variable.name for variable in shown.missing] == ["b"]


def test_chat_goes_through_the_chat_template_of_the_model() -> None:
    info = ScriptedEngine([], chat_template=JINJA).info
    for form in ("chat", "auto"):
        shown = preview(template(f'form = "{form}"\npreamble = "Be kind."'), info=info)
        assert prompt_text(shown.prompt) == "<system>Be kind.<user>…<assistant>"
        assert not shown.listed


def test_chat_without_a_chat_template_lists_its_messages() -> None:
    text = 'form = "chat"\npreamble = "Be kind."\n[[greeting]]\nassistant = "Hi"'
    for info in (None, ScriptedEngine([]).info):
        shown = preview(template(text), info=info)
        assert prompt_text(shown.prompt) == "[system]\nBe kind.\n\n[assistant]\nHi\n\n[user]\n…"
        assert shown.listed
