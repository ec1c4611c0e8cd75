"""Sets the full-screen chat up from flags and settings, runs it, and says how to come back.

Knows flags and where everything comes from; nothing of widgets. Textual is imported only here.
"""

from __future__ import annotations

import gc
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from llamachat.bundled import DefaultModel
from llamachat.chat.dialog import Dialog
from llamachat.chat.prompt_library import load_prompt_template
from llamachat.chat.prompt_template import PromptTemplate
from llamachat.chat.store.chats import ChatStore
from llamachat.cli.flags.given import Given
from llamachat.cli.form import asked_dialog, variables
from llamachat.cli.hub_model import asked, find_hub_model
from llamachat.cli.output import standard_output
from llamachat.cli.plain.opening import DEFAULT_TEMPLATE, open_dialog
from llamachat.cli.remote import asked_endpoint, speaking_model
from llamachat.cli.settings import engine_options, generate_params, limited
from llamachat.cli.story import Story
from llamachat.config.reading import load_config
from llamachat.engine.base import EngineInfo
from llamachat.engine.params import GenerateParams
from llamachat.sanitize import for_terminal

if TYPE_CHECKING:
    from llamachat.models.wanted import Wanted
    from llamachat.tui.app import LlamaChatApp
    from llamachat.tui.launch import Launch


def run_full_screen(given: Given, story: Story, text: str) -> int:
    """The whole chat; `text` is that of -p and -f, the first message. Returns the exit code."""
    with _store(given) as store:
        resume = _resumed(given)
        record = store.to_resume(resume) if resume else None
        model, fetch = _model(given, story, record.model if record else "")
        launch = replace(_launch(given, model, text, resume), fetch=fetch)
        launch = replace(launch, first_run=_first_run(given, launch, store))
        gc.disable()  # until the app is mounted: 15 ms, and nothing imported is garbage
        from llamachat.tui.app import LlamaChatApp  # 0.25 s: Textual
        from llamachat.tui.terminal_size import ask_the_terminal

        ask_the_terminal()
        app = LlamaChatApp(launch, store)
        code = app.run() or app.return_code or 0
        _say_goodbye(app, story, store)
    return code


def _model(given: Given, story: Story, remembered: str) -> tuple[DefaultModel, Wanted | None]:
    """What speaks; and how to get it, where the screen has to fetch it first."""
    if asked(given) is None:
        return speaking_model(given, story, remembered=remembered), None
    found = find_hub_model(given, story)
    if isinstance(found, Path):
        return DefaultModel(found, ""), None
    return DefaultModel(found.path, ""), found


def _launch(
    given: Given, model: DefaultModel, text: str, resume: int | Literal["latest"] | None
) -> Launch:
    from llamachat.tui.launch import Launch

    unfilled = _unfilled(given)
    asked = given.without("prompt_template", "variables") if unfilled else given

    def decide(info: EngineInfo) -> tuple[Dialog, str]:
        opening = open_dialog(asked, info, text="")
        return opening.dialog, opening.prompt_template

    def adjust(params: GenerateParams) -> GenerateParams:
        return limited(given, generate_params(given, params), model.n_predict)

    adjust(GenerateParams())  # what is wrong with flags is said before there is a screen
    return Launch(
        options=engine_options(given, model.path),
        provisional=asked_dialog(asked) or load_prompt_template(DEFAULT_TEMPLATE).fill(),
        decide=decide,
        first=text,
        adjust=adjust,
        notice=model.notice,
        resume=resume,
        config=load_config(),
        prompt_template=given.text("prompt_template") or "",
        unfilled=unfilled,
        given=variables(given),
        save=not given.on("no_save"),
        endpoint=asked_endpoint(given),
    )


def _unfilled(given: Given) -> PromptTemplate | None:
    """The prompt template of -T where values are missing: a screen can ask for them."""
    name = given.text("prompt_template")
    template = load_prompt_template(name) if name is not None else None
    return template if template is not None and template.missing(variables(given)) else None


def _first_run(given: Given, launch: Launch, store: ChatStore) -> bool:
    """Nobody has chosen a model, and nothing was ever said."""
    if launch.first or launch.resume or "model" in given or asked(given) is not None:
        return False
    if launch.endpoint is not None:
        return False
    return launch.save and not store.chats(limit=1)


def _resumed(given: Given) -> int | Literal["latest"] | None:
    if "resume" not in given:
        return None
    return given.whole("resume") or "latest"


@contextmanager
def _store(given: Given) -> Iterator[ChatStore]:
    """The person's chats; with --no-save a store that vanishes with the process."""
    if not given.on("no_save"):
        with ChatStore() as store:
            yield store
        return
    with (
        tempfile.TemporaryDirectory(prefix="llamachat-") as folder,
        ChatStore(Path(folder) / "chats.db") as store,
    ):
        yield store


def _say_goodbye(app: LlamaChatApp, story: Story, store: ChatStore) -> None:
    """The chat's number, and its text where the settings ask for it."""
    conversation = app.chat_screen.conversation
    if conversation.id is None or not conversation.rows:
        return
    if app.chat_screen.appearance.config.print_on_exit:
        from llamachat.chat.export import markdown

        record = store.get(conversation.id)
        output = standard_output()
        output.write(for_terminal(markdown(record, conversation.rows)))
    if app.launch.save:
        number = conversation.id
        story.say(f"[ this chat is number {number}: llamachat --resume {number} ]")
