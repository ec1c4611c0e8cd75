"""Hints in the words of the app: /set and /model in place of flags and shell commands.

Errors come from rooms that speak to a shell; what a person can do about one from within the app is
said in its own commands. Hints that need a shell stay as they are. Knows no particular error.
"""

from __future__ import annotations

import re

from llamachat.errors import LlamaChatError

_SETTINGS = {
    "-c": "n_ctx",
    "-n": "n_predict",
    "-t": "threads",
    "-tb": "threads_batch",
    "-b": "n_batch",
    "-ub": "n_ubatch",
    "-ctk": "cache_type_k",
    "-ctv": "cache_type_v",
    "-fa": "flash_attention",
    "-lm": "load_mode",
    "-fit": "fit",
    "--ctx-size": "n_ctx",
    "--threads": "threads",
    "--flash-attn": "flash_attention",
    "--load-mode": "load_mode",
}
_LISTS = {
    "llamachat models list": "/model",
    "llamachat chats list": "/chats",
    "llamachat prompts list": "/template",
    "llamachat config show": "/set",
}
_LIST = re.compile("`?(" + "|".join(_LISTS) + ")`?")
_PULL = re.compile(r"`?llamachat models pull ([\w.-]+)`?(?![\w:/])")
_BUILD = re.compile(r"llamachat build (?=\S+ --type)")
_MODEL = re.compile(r"(?<!\S)(?:-m|--model) (?=\S)")
_TEMPLATE = re.compile(r"(?<!\S)(?:llamachat )?-T (?=\w)(?!.* --set )")
_FLAG = re.compile(
    r"(?<![\w-])(" + "|".join(sorted(_SETTINGS, key=len, reverse=True)) + r")(?![\w-])"
    r"(?: (\d+|on|off|auto|none|mmap|mlock|dio|[a-z]+\d\w*)(?!\w))?"
)
_NEIGHBOURS = re.compile(r"(/set \w+ \w+) (?=/set )")


def told(error: LlamaChatError) -> str:
    """What is wrong and what to do about it here."""
    return f"{error.message} {in_app(error.hint)}".strip()


def in_app(hint: str) -> str:
    """The hint with the app's commands. A setting without a value is named, and how to set it."""
    text = _LIST.sub(lambda match: _LISTS[match[1]], hint)
    text = _PULL.sub(r"/download \1", text)
    text = _BUILD.sub("/build ", text)
    text = _MODEL.sub("/model ", text)
    text = _TEMPLATE.sub("/template ", text)
    named = [_SETTINGS[match[1]] for match in _FLAG.finditer(text) if match[2] is None]
    text = _NEIGHBOURS.sub(r"\1 and ", _FLAG.sub(_setting, text))
    return f"{text} Change it: /set {named[0]} VALUE" if named and "/set " not in text else text


def _setting(match: re.Match[str]) -> str:
    name, value = _SETTINGS[match[1]], match[2]
    return name if value is None else f"/set {name} {value}"
