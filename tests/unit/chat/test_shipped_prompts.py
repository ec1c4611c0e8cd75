"""The prompt templates that come with llamachat: each renders for every kind of model."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from llamachat.chat.chat_template import ChatTemplate
from llamachat.chat.dialog import Dialog
from llamachat.chat.message import Message
from llamachat.chat.prompt_library import read_prompt_template, shipped_folder
from llamachat.chat.prompt_template import PromptTemplate
from llamachat.chat.rendering import renderer
from llamachat.chat.transcript import render_transcript
from llamachat.engine.prompt import Prompt, content, prompt_text
from llamachat.engine.scripted import ScriptedEngine

FILES = sorted(shipped_folder().glob("*.toml"))
CHAT_TEMPLATES = sorted((Path(__file__).parent / "chat_templates").glob("*.jinja"))
TALK = (Message("user", "Hello!"), Message("assistant", "Hi."), Message("user", "How are you?"))

VICUNA = (
    "A chat between a curious user and an artificial intelligence assistant. The assistant gives "
    "helpful, detailed, and polite answers to the user's questions. "
    "USER: Hello! ASSISTANT: Hi.</s>USER: How are you? ASSISTANT:"
)
LLAMA_2 = (
    "[INST] <<SYS>>\nBe brief.\n<</SYS>>\n\nHello! [/INST] Hi. </s><s>[INST] How are you? [/INST]"
)

each = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


def filled(template: PromptTemplate) -> Dialog:
    return template.fill({v.name: f"some {v.name}" for v in template.missing({})})


def shipped(name: str, **values: str) -> Prompt:
    template = read_prompt_template(shipped_folder() / f"{name}.toml")
    return render_transcript(template.fill(values), TALK)


def test_there_are_at_least_ten() -> None:
    assert len(FILES) >= 10


@each
def test_each_explains_itself(path: Path) -> None:
    template = read_prompt_template(path)
    assert 20 <= len(template.description) <= 78
    assert not template.description.endswith(".")
    assert path.read_text(encoding="utf-8").startswith("# ")
    for variable in template.variables:
        assert variable.default is not None or variable.ask.endswith("?")


@each
def test_each_says_how_to_sample_unless_measured_without(path: Path) -> None:
    sampling = read_prompt_template(path).unfilled.sampling
    assert bool(sampling) == (path.stem not in ("assistant", "bob"))


@each
def test_no_placeholder_is_left(path: Path) -> None:
    dialog = filled(read_prompt_template(path))
    plain = replace(dialog.settled(has_chat_template=False), form="transcript")
    text = prompt_text(render_transcript(plain, TALK))
    assert not re.search(r"\$\{", text)
    assert not re.search(r"\$\{", "".join(dialog.reverse_prompts))


@each
def test_reverse_prompt_is_how_the_transcript_gives_the_person_the_floor(path: Path) -> None:
    dialog = filled(read_prompt_template(path)).settled(has_chat_template=False)
    if dialog.form == "chat":
        assert dialog.reverse_prompts == ()
        return
    turn = dialog.separator + dialog.in_prefix
    assert any(stop in turn for stop in dialog.reverse_prompts)
    before_the_answer = prompt_text(render_transcript(dialog, TALK))
    assert not any(before_the_answer.endswith(stop) for stop in dialog.reverse_prompts)


@pytest.mark.parametrize("jinja", CHAT_TEMPLATES, ids=lambda path: path.stem)
@each
def test_each_goes_into_every_chat_template(path: Path, jinja: Path) -> None:
    dialog = filled(read_prompt_template(path)).settled(has_chat_template=True)
    if dialog.form == "transcript":
        return
    chat_template = ChatTemplate(jinja.read_text(encoding="utf-8"), bos="<s>", eos="</s>")
    system = Message("system", prompt_text(dialog.preamble).strip())
    said = [system, *dialog.greeting, *TALK]
    text = prompt_text(chat_template.render(said, pinned=1 + len(dialog.greeting)))
    for message in said:
        assert message.text in text


def test_vicuna_is_the_format_of_version_1_1() -> None:
    assert prompt_text(shipped("vicuna")) == VICUNA


def test_llama_2_chat_is_the_format_of_meta() -> None:
    prompt = shipped("llama-2-chat", system="Be brief.")
    assert prompt_text(prompt) == LLAMA_2
    assert content("Be brief.") in prompt


def test_form_auto_follows_the_model() -> None:
    dialog = read_prompt_template(shipped_folder() / "coder.toml").fill()
    plain = renderer(dialog, ScriptedEngine([]).info)(TALK)
    assert prompt_text(plain).endswith("User: How are you?\nAda:")
    chatml = next(path for path in CHAT_TEMPLATES if path.stem == "chatml").read_text()
    chat = renderer(dialog, ScriptedEngine([], chat_template=chatml).info)(TALK)
    assert prompt_text(chat).endswith("How are you?<|im_end|>\n<|im_start|>assistant\n")
