"""What becomes of models that are built while one chats: shown, and offered.

A part of the chat screen. Knows its line and what is typed; nothing of how models are built.
"""

from __future__ import annotations

import shlex

from textual.screen import Screen

from llamachat.errors import UsageError
from llamachat.tui.builds import Builds
from llamachat.tui.widgets.build_line import BuildLine


class BuildsModels(Screen[None]):
    """A screen with a `BuildLine`; handlers are found by their names."""

    def __init__(self) -> None:
        super().__init__()
        self.builds = Builds(self.post_message)

    def say(self, text: str) -> None:
        """A line of ours, between the messages."""
        raise NotImplementedError

    def build_model(self, typed: str) -> None:
        """Begin, with the words of `llamachat build`.

        Raises:
            UsageError: another one is running, or the words are none.
        """
        try:
            words = shlex.split(typed)
        except ValueError as error:
            raise UsageError(f"{typed} cannot be read: {error}.", "Close the quotes.") from None
        if {"-h", "--help", "--dry-run"} & set(words):
            raise UsageError(
                "Here models are built; plans and help are printed in a shell.",
                "Leave the flag out.",
            )
        self.builds.start(words)
        self.say(
            f"Building a model from {words[0]}; the chat goes on, more slowly. It is offered when "
            "it is there."
        )

    def on_builds_progressed(self, event: Builds.Progressed) -> None:
        if self.builds.busy:
            self.query_one(BuildLine).show_progress(event.progress)

    def on_builds_finished(self, event: Builds.Finished) -> None:
        self.query_one(BuildLine).show_progress(None)
        built = " and ".join(event.names)
        self.say(f"{built}: built and verified. Use it: /model {event.names[0]}")

    def on_builds_failed(self, event: Builds.Failed) -> None:
        self.query_one(BuildLine).show_progress(None)
        raise event.error  # told in the chat, as every error is

    def on_builds_stopped(self) -> None:
        self.query_one(BuildLine).show_progress(None)
        self.say("The build was stopped; nothing of it stays.")

    def on_unmount(self) -> None:
        self.builds.cancel()
