"""The first start without a model: what this machine is, which model fits, and three ways on.

Nothing is fetched here: whoever opened the screen is told what was chosen. Which quantization is
suggested is measured beside the drawing, once, in two seconds. Knows nothing of engines.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from llamachat.models.catalog import Entry
from llamachat.models.first import suggest
from llamachat.models.fit import explain, gigabytes
from llamachat.models.found import Place
from llamachat.models.library import find_model
from llamachat.models.need import Need
from llamachat.models.quantization import Preference, preferred
from llamachat.sanitize import one_line
from llamachat.tui.screens.dialog import Dialog
from llamachat.tui.screens.listing import Listing
from llamachat.tui.screens.machine import Machine, read_machine
from llamachat.tui.screens.models import ModelsScreen
from llamachat.tui.screens.visuals import Terms

Choice = tuple[Literal["bob"]] | tuple[Literal["file"], Path] | tuple[Literal["get"], Entry]


class WelcomeScreen(Dialog[Choice]):
    """Dismisses with ("bob",), ("file", path), ("get", entry) or None.

    Args:
        machine: what is known of the computer; None = look at it, beside the drawing.
        preference: the quantization to suggest; None = find it out.
        places: where to look for models; None = the usual places.
    """

    @dataclass
    class Seen(Message):
        """Posted by the thread that looks at the machine."""

        machine: Machine
        preference: Preference

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "Choose", id="welcome.choose", tooltip="Go this way"),
    ]
    AUTO_FOCUS = "Listing"
    heading = "Welcome to llamachat"

    def __init__(
        self,
        machine: Machine | None = None,
        *,
        preference: Preference | None = None,
        places: Sequence[Place] | None = None,
    ) -> None:
        super().__init__()
        self._machine = machine
        self._preference = preference
        self._places = places
        self._suggestion: Entry | None = None

    def body(self) -> ComposeResult:
        with VerticalScroll(classes="welcome-facts", can_focus=False):
            yield Static("Looking at this machine…", classes="welcome-machine", markup=False)
            yield Static("", classes="welcome-verdict", markup=False)
        yield Listing(
            Option(_way("Get it", "fetched and verified while you talk to Bob, then used"), "get"),
            Option(_way("Use a file", "a GGUF file that is on this machine"), "file"),
            Option(
                _way("Talk to Bob now", "the bundled model: small, with short and simple answers"),
                "bob",
            ),
            markup=False,
            compact=True,
            classes="dialog-list welcome-ways",
        )

    def on_mount(self) -> None:
        self.query_one(Listing).highlighted = 0
        if self._machine and self._preference:
            self._draw(self._machine, self._preference)
        else:
            self.run_worker(self._look, thread=True)

    def action_choose(self) -> None:
        """The list of files asks for more; coming back from it leads here again."""
        match self.query_one(Listing).chosen:
            case "bob":
                self.dismiss(("bob",))
            case "file":
                self.app.push_screen(ModelsScreen(places=self._places), self._use)
            case "get" if self._suggestion:
                here = find_model(self._suggestion.name)
                self.dismiss(("file", here.path) if here else ("get", self._suggestion))

    @on(OptionList.OptionSelected)
    def _clicked(self) -> None:
        self.action_choose()

    @on(Seen)
    def _seen(self, event: Seen) -> None:
        self._draw(event.machine, event.preference)

    def _look(self) -> None:
        """What is known at once, then what has to be measured."""
        machine = self._machine or read_machine()
        self.post_message(self.Seen(machine, preferred(measure=False)))
        self.post_message(self.Seen(machine, preferred()))

    def _use(self, choice: Path | Entry | None) -> None:
        if isinstance(choice, Path):
            self.dismiss(("file", choice))

    def _draw(self, machine: Machine, preference: Preference) -> None:
        rows = [
            (Content.styled(label, ".dialog--dim"), Content(one_line(value)))
            for label, value in machine.rows()
        ]
        self.query_one(".welcome-machine", Static).update(Terms(rows))
        usable = machine.memory.usable
        self._suggestion, verdict = suggest(usable, preference.ftype)
        style = {"fits": ".dialog--good", "fits barely": ".dialog--warn"}.get(verdict)
        need = self._suggestion.need
        sentence = explain(self._suggestion.words, need, usable)
        room = "" if machine.disk_free > self._suggestion.size else _no_room(self._suggestion)
        why = f"\n{_sum(need)}; {self._suggestion.licence}"
        if self._suggestion.ftype == preference.ftype:
            why += f"\n{preference.ftype}: {preference.reason}"
        self.query_one(".welcome-verdict", Static).update(
            Content.assemble((sentence, style or ".dialog--bad"), room, (why, ".dialog--dim"))
        )


def _way(name: str, what: str) -> Terms:
    return Terms([(Content.styled(f"{name:<15}", ".dialog--strong"), Content(what))])


def _sum(need: Need) -> str:
    parts = {"weights": need.weights, "KV cache": need.kv_cache, "compute buffers": need.compute}
    return " + ".join(f"{gigabytes(size)} {name}" for name, size in parts.items())


def _no_room(model: Entry) -> tuple[str, str]:
    return f" The disk has no room for it ({gigabytes(model.size)}).", ".dialog--bad"
