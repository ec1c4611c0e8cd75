"""A chat: one dialog with one engine, in which no word is lost.

The user's message is kept before the engine sees it, the answer however it ended. Knows nothing of
terminals; a screen and a shell both loop over `reply`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from llamachat.chat.answer import Answer
from llamachat.chat.dialog import Dialog
from llamachat.chat.history import History, MemoryHistory
from llamachat.chat.message import Message, well_formed
from llamachat.chat.rendering import renderer
from llamachat.engine.base import Engine, Event
from llamachat.engine.params import GenerateParams
from llamachat.engine.prompt import Prompt
from llamachat.errors import LlamaChatError


class Chat:
    """`dialog` comes from a prompt template: `load_prompt_template("bob").fill()`.

    Raises (on construction):
        UsageError: the dialog wants the model's chat template, and it carries none.
        ModelError: that chat template is broken.
    """

    def __init__(self, engine: Engine, dialog: Dialog, *, history: History | None = None) -> None:
        self.engine = engine
        self.dialog = dialog.settled(has_chat_template=engine.info.chats)
        self.history: History = MemoryHistory() if history is None else history
        self._render = renderer(dialog, engine.info)

    def reply(
        self, text: str, params: GenerateParams | None = None, *, open_line: bool = False
    ) -> Iterator[Event]:
        """Say something and stream the answer; `open_line` lets it go on in the same line.

        Raises before the first event, and takes the message back:
            UsageError: the message does not fit into the context, or a parameter is wrong.
            ModelError: the model's chat template refuses these messages.
        """
        self.history.add(Message("user", well_formed(text), open=open_line))
        answer = Answer(self.history.journal)
        try:
            yield from self._follow(answer, params)
        finally:
            if answer.refused:
                self.history.withdraw()

    def again(self, params: GenerateParams | None = None) -> Iterator[Event]:
        """Answer what was said last; raises what `reply` raises, takes nothing back."""
        yield from self._follow(Answer(self.history.journal), params)

    def _follow(self, answer: Answer, params: GenerateParams | None) -> Iterator[Event]:
        try:
            yield from answer.follow(self.engine.generate(self.prompt(), self._params(params)))
        except LlamaChatError:
            answer.refused = not answer.begun
            raise
        finally:
            if not answer.refused:
                self.history.add(answer.message)

    def prompt(self) -> Prompt:
        """What the model is given for the messages so far."""
        return self._render(self.history.messages)

    def reset(self) -> None:
        """Begin again with the greeting; what was said stays where the history keeps it."""
        self.history.clear()

    def _params(self, params: GenerateParams | None) -> GenerateParams:
        """The reverse prompts of the dialog always hold."""
        params = params or self.dialog.params()
        return replace(
            params, stop=tuple(dict.fromkeys((*params.stop, *self.dialog.reverse_prompts)))
        )
