"""What all endpoints share: the desk, how the server was started, what is counted and told.

Knows nothing of particular requests.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import llamachat
from llamachat.chat.dialog import Dialog
from llamachat.engine.base import Done, EngineInfo
from llamachat.engine.params import GenerateParams
from llamachat.serve.chat_request import Form
from llamachat.serve.desk import Desk
from llamachat.serve.metrics import Metrics

Adjust = Callable[[GenerateParams], GenerateParams]


@dataclass(frozen=True, slots=True)
class Settings:
    """How the server was started."""

    dialog: Callable[[EngineInfo], Dialog]
    """the form in which this model is given the messages of a chat"""
    adjust: Adjust
    """flags and settings over the parameters of a dialog, or over the defaults"""
    alias: str = ""
    """what the model is called; empty: the name of its file"""
    started: float = field(default_factory=time.time)


@dataclass(frozen=True, slots=True)
class Service:
    """One served model."""

    desk: Desk
    settings: Settings
    metrics: Metrics

    @property
    def model(self) -> str:
        """What the model is called."""
        return self.settings.alias or Path(self.desk.info.path).stem

    @property
    def fingerprint(self) -> str:
        """Changes where the same seed may give another answer."""
        info = self.desk.info
        return f"llamachat-{llamachat.__version__}-{info.ftype}-{info.rung}"

    def form(self) -> Form:
        """How the messages of a chat are given to the model."""
        info = self.desk.info
        dialog = self.settings.dialog(info).settled(has_chat_template=bool(info.chat_template))
        return Form(dialog, self.settings.adjust(dialog.params()))

    def base(self) -> GenerateParams:
        """What a request for plain text leaves open."""
        return self.settings.adjust(GenerateParams())


@dataclass(slots=True)
class Notes:
    """What is told of one request when it is over: never its text."""

    client: str = "?"
    done: Done | None = None
    remark: str = ""
    """what went wrong with the engine"""
    afterwards: Callable[[], object] | None = None
    """once the line of the request has been said: says one more"""
    begun: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.begun

    def remember(self, remark: str) -> None:
        """What went wrong; the first is the cause."""
        if not self.remark:
            self.remark = remark
            if self.afterwards is not None:
                self.afterwards()
