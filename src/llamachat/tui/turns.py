"""The turns of the chat on the screen: ask, answer again, edit, stop; and drawing what comes.

Between the conversation, which does the work in a thread, and the widgets, which draw. Events are
drawn at the pace that the processor's share of the app allows.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from llamachat.chat.conversation import Conversation
from llamachat.chat.dialog import Dialog
from llamachat.chat.meter import Figures, Meter
from llamachat.chat.next_to_go import Turn, turns_of
from llamachat.engine.base import Chunk, Done, Engine, EngineInfo, Event, Trimmed
from llamachat.errors import LlamaChatError
from llamachat.tui.answering import Answering, Arrival
from llamachat.tui.frame_pace import FramePace
from llamachat.tui.refused import Attempt, give_back
from llamachat.tui.remarks import dropped
from llamachat.tui.rows import ANSWER, QUESTION, Row, stored_row

if TYPE_CHECKING:
    from llamachat.tui.chat_screen import ChatScreen

LEAVING_PATIENCE = 5.0
"""seconds to wait for the last words of an answer that is stopped because the app ends"""
FIGURES_PERIOD = 0.5
"""seconds between two looks of the panel while text is written"""


class Turns:
    """At most one answer at a time."""

    def __init__(self, screen: ChatScreen) -> None:
        self._screen = screen
        self._answering: Answering | None = None
        self._pace = FramePace()
        self._drawn = self._cpu = self._begun = 0.0
        """time of the last frame, the app's processor time then, and when the answer began"""
        self._scheduled = False
        self._figures_shown = 0.0
        self._attempt = Attempt()
        self._new = False
        """the question is on the screen, and not yet as the store has it"""
        self.unstored = ""
        """what was asked, until the store has it"""
        self._dialog: Dialog | None = None
        """in which it was asked; the model, once loaded, may decide on another"""
        self._wrote = False
        """something of the answer is on the screen"""
        self._when_quiet: list[Callable[[], object]] = []
        self.meter = Meter(self._said)

    @property
    def busy(self) -> bool:
        return self._answering is not None

    async def ask(self, text: str, *, open_line: bool = False) -> None:
        """Say something."""
        screen, conversation = self._screen, self._screen.conversation
        dialog = conversation.dialog
        conversation.line()
        self._attempt, self._new, self.unstored = Attempt(text), True, text
        screen.desk.drafts.keep()
        await screen.transcript.append(Row(QUESTION, "user", dialog.role_name("user"), text))
        await self._begin(
            lambda engine: conversation.reply(engine, text, open_line=open_line), conversation
        )

    async def regenerate(self, attempt: Attempt | None = None) -> None:
        """Answer the latest message of the user once more."""
        screen, conversation = self._screen, self._screen.conversation
        rows = conversation.rows
        self._attempt = attempt or Attempt(former=rows[-1].id if rows else None)
        self._new = False
        conversation.rewind_to_question()
        await screen.transcript.truncate(conversation.rows[-1].id)
        await self._begin(conversation.again, conversation)

    def loaded(self, info: EngineInfo) -> None:
        """The engine is there; somebody may have been waiting for it."""
        self.meter.loaded(info)
        if self.busy:
            self.meter.begin(self._begun)
        else:
            self._screen.fill.look()

    def figures(self) -> Figures:
        return self.meter.figures(time.perf_counter())

    def show_stored(self) -> None:
        """Another chat, or another version of this one, is on the screen."""
        self.meter.forget()
        self._screen.panel.show(self.figures())
        self._screen.idle.opened(self._screen.conversation, self._screen.unsent)
        self._screen.fill.look()

    def _said(self) -> list[Turn]:
        conversation = self._screen.conversation
        return turns_of(conversation.dialog, (row.message for row in conversation.rows))

    def stop(self) -> bool:
        """Stop the answer that is being written; whether there was one."""
        if self._answering is None:
            return False
        self._answering.stop()
        self._screen.host.cancel()
        return True

    def when_quiet(self, then: Callable[[], object]) -> None:
        """Stop what is being written, and do something once it is stored."""
        if not self.stop():
            self._screen.call_next(then)
            return
        self._when_quiet.append(then)

    def leave(self) -> None:
        """The app ends: what there is of the answer is stored."""
        answering = self._answering
        if answering is not None:
            self.stop()
            answering.join(LEAVING_PATIENCE)

    async def _begin(
        self, events: Callable[[Engine], Iterator[Event]], conversation: Conversation
    ) -> None:
        screen = self._screen
        name = conversation.dialog.role_name("assistant")
        await screen.transcript.begin_answer(Row(ANSWER, "assistant", name, ""))
        self._dialog, self._wrote = conversation.dialog, False
        asking = screen.idle.asking(conversation, events)
        self._answering = Answering(screen.post_message, screen.host, asking)
        self._begun = time.perf_counter()
        self.meter.begin(self._begun)
        self._cpu = time.thread_time()
        if screen.panel.engine in ("idle", "restarted"):  # a server may be silent for long
            screen.panel.show(self.meter.figures(self._begun))
        self._answering.start()
        screen.answering_changed()

    async def arrived(self, answering: Answering) -> None:
        """Draw now, or as soon as the next frame is due."""
        if answering is not self._answering:
            return
        wait = self._drawn + self._pace.pause - time.perf_counter()
        if answering.pressing or (wait <= 0 and not self._scheduled):
            await self._draw(answering)
        elif not self._scheduled:
            self._scheduled = True
            self._screen.set_timer(wait, self._due)

    async def _due(self) -> None:
        self._scheduled = False
        if self._answering is not None:
            await self._draw(self._answering)

    async def _draw(self, answering: Answering) -> None:
        """One frame: all that came since the last one."""
        now, cpu = time.perf_counter(), time.thread_time()
        arrivals, ended = answering.take()
        tokens = sum(a.event.n_tokens for a in arrivals if isinstance(a.event, Chunk))
        self._pace.spent(cpu - self._cpu, tokens, now - max(self._drawn, self._begun))
        self._drawn, self._cpu = now, cpu
        for arrival in arrivals:
            self.meter.feed(arrival.event, arrival.at)
        if arrivals and self._dialog is not None:
            await self._taken(self._dialog)
        await self._show(arrivals)
        self._show_figures(now, arrivals)
        if ended:
            await self._finish(answering)

    def _show_figures(self, now: float, arrivals: list[Arrival]) -> None:
        """Amid text less often: two places that change make a frame half as dear again."""
        panel, told = self._screen.panel, any(not isinstance(a.event, Chunk) for a in arrivals)
        due = now - self._figures_shown >= FIGURES_PERIOD
        if due or told or not arrivals or panel.engine != "writing":
            self._figures_shown = now
            panel.show(self.meter.figures(now))

    async def _taken(self, asked_in: Dialog) -> None:
        """The question is stored, and the engine is there."""
        screen, dialog = self._screen, self._screen.conversation.dialog
        self._dialog, self.unstored = None, ""
        screen.desk.drafts.keep()
        screen.appearance.name_things()
        question = screen.conversation.latest("user")
        if dialog != asked_in and question is not None:
            self._new = False  # its row is now the stored one
            await screen.show_rows()
            await screen.transcript.truncate(question.id)  # a quick answer may be stored already
            name = dialog.role_name("assistant")
            await screen.transcript.begin_answer(Row(ANSWER, "assistant", name, ""))

    async def _show(self, arrivals: list[Arrival]) -> None:
        text = ""
        for arrival in arrivals:
            match arrival.event:
                case Chunk():
                    text += arrival.event.text
                case Trimmed():
                    self._screen.transcript.say(dropped(arrival.event), "warning")
                case Done(fault=LlamaChatError() as fault):
                    self._screen.fail(fault)
                    self._screen.host.revive()
        if text:
            self._wrote = True
            await self._screen.transcript.write(text)

    async def _finish(self, answering: Answering) -> None:
        self._answering = None
        self.meter.stop(time.perf_counter())
        if answering.error is None:
            await self._stored()
        elif self._wrote:
            await self._unstorable(answering.error)
        else:
            self._dialog = None
            await give_back(self._screen, self._attempt)
            self._screen.fail(answering.error)
        self._screen.fill.announce()
        self._screen.answering_changed()
        if answering.failure is not None:
            raise answering.failure
        waiting, self._when_quiet = self._when_quiet, []
        for then in waiting:
            self._screen.call_next(then)

    async def _stored(self) -> None:
        """Show question and answer as the store has them."""
        screen, conversation = self._screen, self._screen.conversation
        rows = [stored_row(row, conversation.dialog) for row in conversation.rows[-2:]]
        if not rows:
            return
        if self._new and len(rows) > 1:
            await screen.transcript.replace(QUESTION, rows[0])
        await screen.transcript.finish_answer(rows[-1])

    async def _unstorable(self, error: LlamaChatError) -> None:
        """The answer stays on the screen, and is stored with what is said next."""
        transcript, conversation = self._screen.transcript, self._screen.conversation
        question = conversation.latest("user")
        if self._new and question is not None:
            await transcript.replace(QUESTION, stored_row(question, conversation.dialog))
        await transcript.finish_answer(transcript.rows[-1])
        self._screen.fail(error)
