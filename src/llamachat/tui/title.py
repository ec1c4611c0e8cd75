"""The line above the chat: its title, the prompt template and the model. Knows nothing else."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from llamachat.sanitize import one_line


class ChatTitle(Static):
    """One line; what does not fit is cut at the end."""

    def name_things(self, title: str, *details: str) -> None:
        """The title and what belongs to it, less prominent."""
        parts = [Content.styled(one_line(title) or "New chat", "bold")]
        parts += [Content.styled(one_line(detail), "$text-muted") for detail in details if detail]
        self.update(Content("  ·  ").join(parts))
