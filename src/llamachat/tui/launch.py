"""What the full-screen chat is started with: decided by flags, environment and settings.

A value handed over by the command line. Knows nothing of either.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from llamachat.bundled import notice_of
from llamachat.chat.conversation import Adjust, Decide
from llamachat.chat.dialog import Dialog
from llamachat.chat.prompt_template import PromptTemplate
from llamachat.config.values import Config
from llamachat.engine.params import EngineOptions

if TYPE_CHECKING:
    from llamachat.engine.remote.address import Endpoint
    from llamachat.models.wanted import Wanted


@dataclass(frozen=True, slots=True)
class Launch:
    options: EngineOptions
    """the model and how it is loaded"""
    provisional: Dialog
    """shown until the model is known"""
    decide: Decide
    """chosen once it is; raises UsageError where flags and model do not go together"""
    first: str = ""
    """a message that is sent at once"""
    adjust: Adjust = lambda params: params
    """flags and settings over the parameters of a prompt template"""
    notice: str = ""
    """what must be said about the model of the start"""
    resume: int | Literal["latest"] | None = None
    config: Config = field(default_factory=Config)
    save: bool = True
    """chats are kept; otherwise they live as long as the process"""
    prompt_template: str = ""
    """the one that was asked for: a name, or the path of a file"""
    unfilled: PromptTemplate | None = None
    """a prompt template that was asked for and lacks values: they are asked for first"""
    given: Mapping[str, str] = field(default_factory=dict)
    """the values it has"""
    fetch: Wanted | None = None
    """the model is not here yet: it is fetched first, and what is said meanwhile waits for it"""
    endpoint: Endpoint | None = None
    """a server that computes in place of this machine; `options.model` is then no file"""
    first_run: bool = False
    """nobody has chosen a model yet: say what there is"""

    def filled(self, template: PromptTemplate, values: Mapping[str, str]) -> Launch:
        """What was asked for at the start has its values: every new chat begins in it."""
        dialog, name = template.fill(values), template.name
        return replace(
            self,
            provisional=dialog,
            decide=lambda _info: (dialog, name),
            unfilled=None,
            given=values,
        )

    def notice_of(self, model: Path) -> str:
        """What must be said about the model of the start, or one that was chosen later."""
        return self.notice if model == self.options.model else notice_of(model)
