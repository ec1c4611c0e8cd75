"""When the machine is measured, and what is said of it.

A part of the chat screen: handlers of messages, and a look once a second while a model is still to
be measured. Knows panel, turns and tuner; nothing of how anything is measured.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from textual import on
from textual.screen import Screen

from llamachat.engine.tuning.words import summary
from llamachat.tui.engine_host import EngineHost
from llamachat.tui.tuner import SKIPPED, Tuner
from llamachat.tui.widgets.composer import Composer

if TYPE_CHECKING:
    from llamachat.tui.builds import Builds
    from llamachat.tui.desk import Desk
    from llamachat.tui.downloads import Downloads
    from llamachat.tui.launch import Launch
    from llamachat.tui.turns import Turns
    from llamachat.tui.widgets.panel import LivePanel

PERIOD = 1.0
"""seconds between two looks whether all is quiet"""


class MeasuresMachine(Screen[None]):
    """A screen with a panel."""

    launch: Launch
    host: EngineHost
    desk: Desk
    turns: Turns
    builds: Builds
    downloads: Downloads

    @property
    def panel(self) -> LivePanel:
        raise NotImplementedError

    def say(self, text: str) -> None:
        """A line of ours, between the messages."""
        raise NotImplementedError

    @cached_property
    def tuner(self) -> Tuner:
        return Tuner(self.post_message, self.host)

    async def on_mount(self) -> None:
        self._quiet_timer = self.set_interval(PERIOD, self._look_for_quiet, pause=True)

    def skip_measuring(self) -> bool:
        """Whether the machine was being measured; it is not any more."""
        return self.tuner.skip()

    @on(EngineHost.Ready)
    def _model_to_measure(self, event: EngineHost.Ready) -> None:
        if self.launch.config.tune and not event.restarted:
            self.tuner.expect(self.desk.options)
            self._quiet_timer.resume()

    @on(Composer.DraftChanged)
    def _draft_disturbs(self) -> None:
        self.tuner.disturbed()

    def _look_for_quiet(self) -> None:
        if self.turns.busy or self.builds.busy or self.downloads.busy:
            self.tuner.disturbed()
        elif self.tuner.wanted:
            self.tuner.begin_if_quiet()
        elif not self.tuner.busy:
            self._quiet_timer.pause()

    @on(Tuner.Began)
    def _measuring_began(self) -> None:
        self.panel.show_measuring(True)
        self.refresh_bindings()

    @on(Tuner.Ended)
    def _measuring_ended(self, event: Tuner.Ended) -> None:
        self.panel.show_measuring(False)
        self.refresh_bindings()
        tuning = event.tuning
        if tuning is not None and tuning.why_not == SKIPPED:
            self.say("Skipped. Measure at any time, in a shell: llamachat tune")
        elif tuning is not None and tuning.chosen:
            self.say(
                f"This machine was measured. {summary(tuning)} Taken from the next load of the "
                "model on; all figures, in a shell: llamachat tune --show"
            )
