"""Choosing a model: the files found on this machine, those of the catalogue that can be fetched, or
a path typed with completion.

The machine is searched in a thread; whatever is chosen is read and refused in words where it is no
model. Knows nothing of engines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import Input
from textual.widgets.option_list import Option

from llamachat.bundled import bundled_model
from llamachat.errors import ModelError
from llamachat.hardware.memory import read_memory
from llamachat.hardware.places import expanded
from llamachat.models.catalog import Entry
from llamachat.models.fit import gigabytes, judge
from llamachat.models.found import ModelFile, Place, describe, find_models, usual_places
from llamachat.sanitize import one_line
from llamachat.tui.hints import told
from llamachat.tui.screens.listing import ListDialog
from llamachat.tui.screens.path_completion import complete_path, is_path
from llamachat.tui.screens.visuals import Ends

_GET = "get:"
_FTYPE, _SIZE, _FIT = 8, 8, 12
_VERDICT_STYLES = {
    "fits": ".dialog--good",
    "fits barely": ".dialog--warn",
    "does not fit": ".dialog--bad",
}


class ModelsScreen(ListDialog["Path | Entry"]):
    """Dismisses with the path of a model that could be read, an entry to fetch, or None.

    Args:
        current: the model in use.
        recent: others worth offering first: the configured one, those of earlier chats.
        places: where to look for more.
        offered: what can be fetched; what is here already is left out.
    """

    @dataclass
    class Found(Message):
        """Posted by the thread that searches."""

        files: Sequence[ModelFile]
        usable: int
        done: bool

    @dataclass
    class Completed(Message):
        """Posted by the thread that reads a folder."""

        typed: str
        paths: Sequence[str]

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "Use it", id="models.use", tooltip="Load this model"),
        Binding("tab", "complete", "Complete", id="models.complete", tooltip="Complete the path"),
    ]
    heading = "Models"
    placeholder = "Type to find one, or the path of a .gguf file"

    def __init__(
        self,
        *,
        current: Path | None = None,
        recent: Sequence[Path] = (),
        places: Sequence[Place] | None = None,
        offered: Sequence[Entry] = (),
    ) -> None:
        super().__init__()
        self._current = current
        first = (current, *recent, bundled_model())
        self._first = [path for path in first if path is not None]
        self._places = usual_places() if places is None else places
        self._files: dict[str, ModelFile] = {}
        self._offered = {f"{_GET}{entry.name}": entry for entry in offered}
        self._usable = 0
        self._searching = True
        self._completed_for = ""
        """the typed path that the rows go on from; a quick Enter comes before them"""

    def on_mount(self) -> None:
        self.note("looking…")
        self.run_worker(partial(self._search, self._first, self._places), thread=True)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "complete" and not is_path(self.field.value):
            return False
        return super().check_action(action, parameters)

    def action_complete(self) -> None:
        if self.listing.chosen and self.listing.chosen != self.field.value:
            self.field.value = self.listing.chosen
            self.field.cursor_position = len(self.field.value)

    def action_choose(self) -> None:
        """Go into a folder, or use a file if it can be read."""
        typed = self.field.value.strip()
        late = is_path(typed) and self._completed_for != self.field.value
        chosen = typed if late else self.listing.chosen or typed
        if not chosen:
            return
        if chosen in self._offered:
            self.dismiss(self._offered[chosen])
            return
        if chosen.endswith("/") and chosen != self.field.value:
            self.action_complete()
            return
        try:
            path = expanded(chosen)
            describe(path)
        except ModelError as error:
            self.refuse(told(error))
        else:
            self.dismiss(path.absolute())

    @on(Input.Changed, "FilterInput")
    def _typed(self, event: Input.Changed) -> None:
        self.refuse("")
        self.refresh_bindings()
        if is_path(event.value):
            work = partial(self._complete, event.value)
            self.run_worker(work, thread=True, exclusive=True, group="complete")
        else:
            self._show_files()

    @on(Found)
    def _found(self, event: Found) -> None:
        self._usable, self._searching = event.usable, not event.done
        self._files |= {str(file.path): file for file in event.files}
        self.note(f"{len(self._files)} found" if event.done else "looking…")
        if not is_path(self.field.value):
            self._show_files()

    @on(Completed)
    def _completed(self, event: Completed) -> None:
        if event.typed == self.field.value:
            self._completed_for = event.typed
            options = [Option(Ends(Content(one_line(path))), path) for path in event.paths]
            self.show_rows(options, empty="No folder and no .gguf file goes on like that.")

    def _search(self, first: Iterable[Path], places: Iterable[Place]) -> None:
        usable = read_memory().usable
        known = list(_readable(first))
        self.post_message(self.Found(known, usable, done=False))
        real = {file.path.resolve() for file in known}
        more = [file for file in find_models(places) if file.path.resolve() not in real]
        self.post_message(self.Found(more, usable, done=True))

    def _complete(self, typed: str) -> None:
        self.post_message(self.Completed(typed, complete_path(typed)))

    def _show_files(self) -> None:
        words = self.field.value.casefold().split()
        row: Callable[[ModelFile], Option] = partial(
            _option, usable=self._usable, current=self._current
        )
        files = [file for file in self._files.values() if all(w in _words(file) for w in words)]
        self._offered = {
            key: entry for key, entry in self._offered.items() if not self._is_here(entry)
        }
        offers = [
            _offer(key, entry, self._usable)
            for key, entry in self._offered.items()
            if all(word in f"{entry.title} {entry.name}".casefold() for word in words)
        ]
        nothing = "Nothing found with these words." if words else "No model found. Type a path."
        empty = "" if self._searching else nothing
        rows = [*map(row, files), *offers]
        self.show_rows(rows, highlight=self.listing.chosen, empty=empty)

    def _is_here(self, entry: Entry) -> bool:
        return any(
            file.path.name == entry.file and file.size == entry.size
            for file in self._files.values()
        )


def _readable(paths: Iterable[Path]) -> Iterable[ModelFile]:
    for path in dict.fromkeys(path.absolute() for path in paths):
        try:
            found = describe(path)
        except ModelError:  # used once and gone since: not offered
            continue
        yield found


def _words(file: ModelFile) -> str:
    return f"{file.name} {file.ftype} {file.path}".casefold()


def _option(file: ModelFile, *, usable: int, current: Path | None) -> Option:
    verdict = judge(file.need, usable)
    used = current is not None and file.path == current.absolute()
    right = Content.assemble(
        (f"{file.ftype:>{_FTYPE}}  {gigabytes(file.size):>{_SIZE}}  ", ".dialog--dim"),
        (f"{verdict:>{_FIT}}", _VERDICT_STYLES[verdict]),
    )
    left = Content.assemble(one_line(file.name), ("  in use", ".dialog--good") if used else "")
    below = Content.styled(f"  {_short(file.path)}", ".dialog--dim")
    return Option(Ends(left, right, below=below), str(file.path))


def _offer(key: str, entry: Entry, usable: int) -> Option:
    """A row for a model that is not here."""
    verdict = judge(entry.need, usable)
    right = Content.assemble(
        (f"{entry.ftype:>{_FTYPE}}  {gigabytes(entry.size):>{_SIZE}}  ", ".dialog--dim"),
        (f"{verdict:>{_FIT}}", _VERDICT_STYLES[verdict]),
    )
    left = Content.assemble(entry.title, ("  fetch it", ".dialog--dim"))
    below = Content.styled(f"  {entry.repository}, {entry.licence}", ".dialog--dim")
    return Option(Ends(left, right, below=below), key)


def _short(path: Path) -> str:
    """The path with ~ for the home folder."""
    try:
        return one_line(f"~/{path.relative_to(Path.home())}")
    except (ValueError, RuntimeError):  # elsewhere, or no home at all
        return one_line(str(path))
