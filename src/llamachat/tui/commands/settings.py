"""Commands that change how the chat goes: model, prompt template, system message, settings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from llamachat.chat.prompt_library import load_prompt_template, prompt_templates
from llamachat.config.keys import APP_KEYS, ENGINE_KEYS, SAMPLING_KEYS, find_key
from llamachat.config.typed import parse_value
from llamachat.engine.prompt import content, scaffold
from llamachat.errors import UsageError
from llamachat.tui.appearance import LIVE
from llamachat.tui.commands.command import SlashCommand
from llamachat.tui.commands.files import paths
from llamachat.tui.engine_source import refuse_for_server

if TYPE_CHECKING:
    from llamachat.tui.chat_screen import ChatScreen


async def model(screen: ChatScreen, argument: str) -> None:
    if not argument:
        screen.overlays.models()
        return
    from llamachat.models.library import model_file  # 15 ms, for those who ask

    path = model_file(argument)
    if not path.is_file():
        raise UsageError(f"There is no model file {path}.", "Choose one from a list: /model")
    screen.desk.use_model(path)


async def download(screen: ChatScreen, argument: str) -> None:
    """/download NAME, hf:user/repo or an address, or what is wanted of the running transfer"""
    if not argument:
        screen.show_download()
    elif argument in ("pause", "resume", "cancel"):
        getattr(screen.downloads, argument)()
    else:
        from llamachat.models.wanted import wanted_model

        screen.fetch_model(wanted_model(argument, measure=False))


async def template(screen: ChatScreen, argument: str) -> None:
    if not argument:
        screen.overlays.prompt_templates()
        return
    screen.overlays.use_prompt_template(load_prompt_template(argument))


async def system(screen: ChatScreen, argument: str) -> None:
    conversation = screen.conversation
    dialog = conversation.dialog
    if not argument:
        said = "".join(part.text for part in dialog.preamble).strip()
        screen.say(
            f"The model is told first: {said}" if said else "The model is told nothing first."
        )
        return
    name = conversation.prompt_template
    if name in prompt_templates():
        template = load_prompt_template(name)
        if "system" in (variable.name for variable in template.variables):
            screen.overlays.use_prompt_template(template, {"system": argument})
            return
    end = "" if dialog.form == "chat" else "\n\n"
    preamble = (content(argument), scaffold(end))
    conversation.use(replace(dialog, preamble=preamble), conversation.prompt_template)
    screen.say("From now on the model is told that first; it reads the chat anew once.")


async def change(screen: ChatScreen, argument: str) -> None:
    """/set NAME VALUE"""
    if not argument:
        screen.overlays.settings()
        return
    name, _, text = argument.partition(" ")
    full, key = find_key(name)
    table, _, field = full.rpartition(".")
    if not text.strip():
        raise UsageError(
            f"{full}: {key.summary}.", f"Set it: /set {name} VALUE, or /set {name} none"
        )
    if full in _BY_OTHERS:
        await _BY_OTHERS[full](screen, text.strip())
        return
    try:
        value = None if text.strip() == "none" else parse_value(key, text.strip())
    except ValueError as expected:
        raise UsageError(f"{full} takes {expected}.", f"{key.summary}.") from None
    if table == "sampling" or full == "n_predict":
        screen.conversation.set({field: value})
        screen.say(f"{full} = {text.strip()}, from the next answer on, in this chat.")
    elif table == "engine":
        base = type(screen.desk.options)(screen.desk.model)
        options = replace(
            screen.desk.options, **{field: getattr(base, field) if value is None else value}
        )
        refuse_for_server(screen.launch, screen.desk.options, options)
        screen.desk.load(options)
        screen.say(f"{full} = {text.strip()}: the model is loaded again; the chat stays.")
    else:
        screen.appearance.change(full, value)
        if full in LIVE:
            screen.say(f"{full} = {text.strip()}, from now on.")


_BY_OTHERS = {"model": model, "prompt_template": template}
"""settings that a command of their own changes in the running chat"""


async def theme(screen: ChatScreen, argument: str) -> None:
    if argument:
        screen.appearance.change("theme", argument)
    else:
        screen.app.search_themes()


async def panel(screen: ChatScreen, argument: str) -> None:
    screen.appearance.change("panel", argument or None)


def _models(typed: str) -> Iterator[tuple[str, str]]:
    """Installed models by name, then files."""
    from llamachat.models.fit import gigabytes
    from llamachat.models.library import installed

    for found in installed():
        if found.name.startswith(typed):
            yield found.name, gigabytes(found.size)
    yield from paths(typed)


def _entries(typed: str) -> Iterator[tuple[str, str]]:
    from llamachat.models.catalog import catalog
    from llamachat.models.fit import gigabytes

    for entry in catalog():
        if entry.name.startswith(typed):
            yield entry.name, f"{gigabytes(entry.size)}, {entry.licence}"


def _settings(typed: str) -> Iterator[tuple[str, str]]:
    ours = {name: APP_KEYS[name] for name in ("n_predict", *LIVE)}
    for name, key in {**SAMPLING_KEYS, **ENGINE_KEYS, **ours}.items():
        if name.startswith(typed):
            yield f"{name} ", key.summary


def _prompt_templates(typed: str) -> Iterator[tuple[str, str]]:
    for name, path in prompt_templates().items():
        if name.startswith(typed):
            yield name, str(path.parent.name)


COMMANDS = (
    SlashCommand("/model", "load another model", model, usage="[NAME|FILE]", arguments=_models),
    SlashCommand(
        "/download",
        "get a model; how far it is",
        download,
        usage="[NAME|hf:USER/REPO|pause|resume|cancel]",
        arguments=_entries,
    ),
    SlashCommand(
        "/template",
        "choose the prompt template of this chat",
        template,
        usage="[NAME]",
        arguments=_prompt_templates,
    ),
    SlashCommand("/system", "what the model is told before everything", system, usage="[TEXT]"),
    SlashCommand(
        "/set", "sampling, context, threads", change, usage="[NAME VALUE]", arguments=_settings
    ),
    SlashCommand("/theme", "colours", theme, usage="[NAME]"),
    SlashCommand(
        "/panel",
        "live figures: full, line or off",
        panel,
        usage="[full|line|off]",
        arguments=lambda _: [("full", ""), ("line", ""), ("off", "")],
    ),
)
