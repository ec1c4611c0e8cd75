"""What docs/prompts.md says about prompt templates holds."""

import re
from pathlib import Path

import pytest

from llamachat.chat.prompt_library import prompt_templates
from llamachat.chat.prompt_parser import PromptTemplateError, parse_prompt_template

DOCS = (Path(__file__).parents[3] / "docs" / "prompts.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```toml\n(.*?)```", DOCS, re.DOTALL)


@pytest.mark.parametrize("text", EXAMPLES)
def test_every_example_is_sound(text: str) -> None:
    parse_prompt_template(text, name="example", source="docs/prompts.md")


def test_every_key_is_explained() -> None:
    with pytest.raises(PromptTemplateError) as raised:
        parse_prompt_template("zzz = 1", name="t", source="t.toml")
    keys = raised.value.hint.removeprefix("Known here: ").removesuffix(".").split(", ")
    assert len(keys) == 13
    for key in keys:
        assert re.search(rf"^\| `(?:\[+)?{key}\b", DOCS, re.MULTILINE), key


def test_every_shipped_one_is_listed_with_its_form() -> None:
    for name, path in prompt_templates().items():
        form = re.search(r'^form = "(\w+)"', path.read_text(encoding="utf-8"), re.MULTILINE)
        assert form
        assert f"| `{name}` | {form[1]} |" in DOCS
