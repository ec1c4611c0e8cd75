"""The chat: transcript, composer, live panel; decides who does what when a message comes.

The widgets draw, `Turns` follows answers, `Desk` changes chats and models, `Overlays` opens other
screens, the conversation does the work.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.message import Message

from llamachat.chat.kv_keeper import keeper_for
from llamachat.errors import LlamaChatError
from llamachat.hardware.memory import read_memory
from llamachat.tui.appearance import Appearance
from llamachat.tui.bindings import CHAT_BINDINGS
from llamachat.tui.building import BuildsModels
from llamachat.tui.clipboard import copy_with_toast
from llamachat.tui.commands.command import SlashCommand
from llamachat.tui.commands.table import COMMANDS
from llamachat.tui.composer_news import HearsComposer
from llamachat.tui.context_fill import ContextFill
from llamachat.tui.desk import Desk
from llamachat.tui.editing import Editing
from llamachat.tui.engine_host import EngineHost
from llamachat.tui.engine_news import HearsEngine
from llamachat.tui.fetching import FetchesModels
from llamachat.tui.hints import told
from llamachat.tui.idle import IdleEngine
from llamachat.tui.may_change import may_change
from llamachat.tui.measuring import MeasuresMachine
from llamachat.tui.overlays import Overlays
from llamachat.tui.rows import greeting_rows, stored_row
from llamachat.tui.telling import TellsErrors
from llamachat.tui.template_watch import PERIOD, TemplateWatch
from llamachat.tui.timers import KeepsTime
from llamachat.tui.title import ChatTitle
from llamachat.tui.turns import Turns
from llamachat.tui.widgets.build_line import BuildLine
from llamachat.tui.widgets.composer import Composer
from llamachat.tui.widgets.download_line import DownloadLine
from llamachat.tui.widgets.key_line import KeyLine
from llamachat.tui.widgets.panel import LivePanel
from llamachat.tui.widgets.transcript import Transcript

if TYPE_CHECKING:
    from llamachat.chat.conversation import Conversation
    from llamachat.chat.store.chats import ChatStore
    from llamachat.tui.launch import Launch


class ChatScreen(
    TellsErrors,
    KeepsTime,
    HearsComposer,
    HearsEngine,
    FetchesModels,
    BuildsModels,
    MeasuresMachine,
):
    """One chat at a time."""

    BINDINGS: ClassVar[list[BindingType]] = [*CHAT_BINDINGS]
    BINDING_GROUP_TITLE = "Chat"

    class Ready(Message):
        """The composer has the focus, or whatever was opened above it."""

    def __init__(self, launch: Launch, store: ChatStore, conversation: Conversation) -> None:
        super().__init__()
        self.launch = launch
        self.store = store
        self.conversation = conversation
        self.host = EngineHost(self.post_message)
        keeper = keeper_for(store, launch.config.kv_cache_mb) if launch.save else None
        drafts = launch.config.draft_prefill
        self.idle = IdleEngine(self.post_message, self.host, keeper, drafts=drafts)
        self.desk = Desk(self)
        self.editing = Editing(self)
        self.turns = Turns(self)
        self.fill = ContextFill(self)
        self.overlays = Overlays(self)
        self.appearance = Appearance(self)
        self.template_watch = TemplateWatch(self)
        self._quit_warned = False

    def compose(self) -> ComposeResult:
        yield ChatTitle()
        with Horizontal(id="body"):
            yield Transcript(markdown=self.launch.config.markdown)
            yield LivePanel(read_memory)
        yield DownloadLine()
        yield BuildLine()
        yield Composer(completions=COMMANDS.completions, is_command=COMMANDS.is_command)
        yield KeyLine()

    @property
    def transcript(self) -> Transcript:
        return self.query_one(Transcript)

    @property
    def composer(self) -> Composer:
        return self.query_one(Composer)

    @property
    def panel(self) -> LivePanel:
        return self.query_one(LivePanel)

    async def on_mount(self) -> None:
        self.appearance.arrange()
        await self.desk.show()
        self.composer.draft = self.conversation.draft
        self.composer.addressed = lambda: self.desk.drafts.addressee
        self.composer.keep = self.desk.drafts.keep
        self.set_interval(PERIOD, self.template_watch.look)
        self.composer.focus()
        self.post_message(self.Ready())
        # Two threads of Python share one core: opening it now would hold up the first paint.
        self.call_after_refresh(self.open_model, self.launch)

    def on_resize(self) -> None:
        self.appearance.arrange()

    def on_unmount(self) -> None:
        self.turns.leave()
        self.idle.leave()
        self.host.close()

    async def show_rows(self, *, opened: bool = False) -> None:
        """The transcript as the store has it."""
        dialog = self.conversation.dialog
        rows = [stored_row(row, dialog) for row in self.conversation.rows]
        await self.transcript.show_rows([*greeting_rows(dialog), *rows])
        if opened or not rows:
            self.introduce_model(anew=True)

    def say(self, text: str) -> None:
        """A line of ours, between the messages."""
        self.transcript.say(text)

    def fail(self, error: LlamaChatError) -> None:
        """What went wrong and what to do, between the messages."""
        self.transcript.say(told(error), "error")

    def copy(self, text: str) -> None:
        """To the clipboard, with a word about it."""
        copy_with_toast(self.app, text)

    def answering_changed(self) -> None:
        """An answer begins or has ended: the footer offers to stop one."""
        if not self.turns.busy:
            done = self.turns.figures().done
            self.idle.answered(self.conversation, done, self.unsent)
        self.refresh_bindings()

    async def perform(self, command: SlashCommand, argument: str) -> None:
        """A slash command; what it says is seen, wherever the reader was."""
        said = len(self.transcript.column.cards)
        try:
            await command.perform(self, argument)
        except LlamaChatError as error:
            self.fail(error)
        self.transcript.following |= len(self.transcript.column.cards) > said

    # What widgets say

    @on(Transcript.EditRequested)
    def _edit(self, event: Transcript.EditRequested) -> None:
        self.editing.begin(event.row.key)

    @on(Transcript.RegenerateRequested)
    async def _regenerate(self, event: Transcript.RegenerateRequested) -> None:
        await self.desk.regenerate(event.row.key)

    @on(Transcript.SiblingRequested)
    async def _sibling(self, event: Transcript.SiblingRequested) -> None:
        await self.desk.step(event.row.key, event.step)

    @on(Transcript.ForkRequested)
    def _fork(self, event: Transcript.ForkRequested) -> None:
        if event.row.key > 0 or may_change(self, event.row.key):
            left = self.composer.draft
            self.turns.when_quiet(lambda: self.desk.fork(event.row.key, left=left))

    @on(Transcript.CopyRequested)
    def _copy(self, event: Transcript.CopyRequested) -> None:
        self.copy(event.text)

    @on(Transcript.Left)
    def _left(self) -> None:
        """Escape stops first, wherever it is pressed."""
        if not self.turns.stop():
            self.composer.focus()

    # Keys

    async def action_command(self, name: str) -> None:
        found = COMMANDS.find(name)
        assert found is not None
        await self.perform(*found)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """None: Stop is dimmed while there is nothing to stop."""
        if action == "stop":
            return self.turns.busy or self.editing.message is not None or self.tuner.busy or None
        return True

    def action_stop(self) -> None:
        if not (self.turns.stop() or self.editing.end(by_hand=True)):
            self.skip_measuring()

    def action_panel(self) -> None:
        self.appearance.next_panel()

    def action_transcript(self) -> None:
        """At once: what is typed next is for whom it was meant."""
        self.set_focus(self.composer.area if self.transcript.has_focus else self.transcript)

    def action_log(self) -> None:
        self.overlays.log()

    def action_interrupt(self) -> None:
        """Copy what is selected; stop; clear; and twice on nothing, leave."""
        selected = self.get_selected_text() or self.composer.selected_text
        if selected:
            self.copy(selected)
            self.clear_selection()
        elif self.composer.dismiss() or self.turns.stop() or self.editing.end(by_hand=True):
            return
        elif self.composer.draft:
            self.composer.clear()
        elif self._quit_warned:
            self.app.exit(0)
        else:
            self._quit_warned = True
            self.app.notify("Ctrl+C again leaves; everything is saved.", markup=False)

    def action_quit_if_empty(self) -> None:
        if not self.composer.draft:
            self.app.exit(0)
