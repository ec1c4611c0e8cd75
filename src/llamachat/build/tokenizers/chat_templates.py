"""The chat template of a model, from whichever of four places holds it.

tokenizer_config.json counts before the files of its own; several templates have names. Renders
nothing.
"""

from __future__ import annotations

from llamachat.build.tokenizers.folder import (
    TokenizerFolder,
    maybe_json,
    objects,
    read_text,
)
from llamachat.errors import ModelError
from llamachat.gguf.metadata import Metadata, Value, ValueType, array, text

MAX_TEMPLATES = 100
_KEY = "tokenizer.chat_template"


def chat_template_metadata(folder: TokenizerFolder) -> Metadata:
    """One entry, or one for each named template, their names and the default one last.

    Raises:
        ModelError: a file is damaged.
    """
    if not folder.has_tokenizer_config:  # as the converter, which looks no further
        return {}
    found = folder.tokenizer_config.get("chat_template", None)
    if "chat_template" not in folder.tokenizer_config:
        found = _beside(folder)
    if isinstance(found, str):
        return {_KEY: _template(found)} if found else {}
    entries: Metadata = {}
    default = ""
    names = set()
    for choice in objects(found)[:MAX_TEMPLATES]:
        name, template = choice.get("name"), choice.get("template")
        if not isinstance(name, str) or not isinstance(template, str) or not name:
            continue
        name = "".join(char if char.isascii() and char.isalnum() else "_" for char in name)
        if name == "default":
            default = template
            continue
        names.add(name)
        if template:
            entries[f"{_KEY}.{name}"] = _template(template)
    if names:
        entries["tokenizer.chat_templates"] = array(ValueType.STRING, sorted(names))
    return entries | ({_KEY: _template(default)} if default else {})


def _template(value: str) -> Value:
    if any("\ud800" <= char <= "\udfff" for char in value):
        raise ModelError("The model's chat template is no valid text.", "Get it again.")
    return text(value)


def _beside(folder: TokenizerFolder) -> object:
    path = folder.path / "chat_template.jinja"
    if not path.is_file():
        return maybe_json(folder.path / "chat_template.json").get("chat_template")
    default = read_text(path)
    more = sorted((folder.path / "additional_chat_templates").glob("*.jinja"))[:MAX_TEMPLATES]
    if not more:
        return default
    named = [{"name": path.stem, "template": read_text(path)} for path in more]
    return [{"name": "default", "template": default}, *named]
