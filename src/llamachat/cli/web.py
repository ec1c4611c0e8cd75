"""`llamachat --web`: the full-screen chat in the browser of this machine.

Each tab runs `llamachat.cli.web_tab` with the flags that were given here. Knows nothing of what is
shown in a tab.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator, Sequence
from functools import partial

from llamachat.cli.extras import require_packages
from llamachat.cli.flags.given import Given
from llamachat.cli.interrupts import Interrupts
from llamachat.cli.story import Story
from llamachat.errors import ExitCode, UsageError
from llamachat.hardware.terminal import read_terminal

DEFAULT_HOST, DEFAULT_PORT = "127.0.0.1", 8000

_OURS = {"--web": 0, "--host": 1, "--port": 1}
"""flags that a tab does not get, and how many words follow them"""


def run_web(given: Given, words: Sequence[str]) -> int:
    """Serve until Ctrl+C; `words` are the command line."""
    require_packages("llamachat.serve.web", extra="web")
    from llamachat.serve.binding import bind, url_of
    from llamachat.serve.web import WebServer

    host, port = given.text("web_host") or DEFAULT_HOST, given.whole("web_port")
    exposed = UsageError(
        f"The chat in a browser has no password, and others can reach {host}.",
        "From another machine: ssh -L 8000:127.0.0.1:8000 USER@HOST, then http://localhost:8000",
    )
    command = [sys.executable, "-m", "llamachat.cli.web_tab", *_for_tabs(words)]
    with (
        Story(read_terminal(), given) as story,
        bind(host, DEFAULT_PORT if port is None else port, exposed=exposed) as listening,
        Interrupts(before_leaving=story.leave) as interrupts,
    ):
        server = WebServer(shlex.join(command), title="llamachat")
        interrupts.aim(server.stop)
        url = url_of(listening)
        server.run(listening, partial(story.say, f"[ the chat is at {url} · Ctrl+C stops it ]"))
        return interrupts.exit_code if interrupts.received else ExitCode.OK


def _for_tabs(words: Sequence[str]) -> Iterator[str]:
    """The flags of the app in a tab."""
    rest = iter(words)
    for word in rest:
        name, equals, _ = word.partition("=")
        if name not in _OURS:
            yield word
        elif _OURS[name] and not equals:
            next(rest, None)
