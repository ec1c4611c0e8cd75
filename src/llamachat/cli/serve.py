"""`llamachat serve`: OpenAI's REST protocol over one model, for other programs.

The flags of the engine are those of the chat. Standard output stays empty; what happens is told on
standard error, one line for each request. Knows nothing of HTTP.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from llamachat.bundled import DefaultModel
from llamachat.chat.dialog import Dialog
from llamachat.chat.one_shot import named_dialog
from llamachat.chat.prompt_library import load_prompt_template
from llamachat.cli.arguments import Parser
from llamachat.cli.extras import require_packages
from llamachat.cli.flags.given import Given
from llamachat.cli.flags.parse import parse
from llamachat.cli.flags.server import SERVE_FLAGS, SHOWN
from llamachat.cli.form import asked_dialog
from llamachat.cli.interrupts import Interrupts
from llamachat.cli.loading import chosen_model, load
from llamachat.cli.plain.opening import DEFAULT_TEMPLATE
from llamachat.cli.settings import generate_params, limited
from llamachat.cli.standing import above
from llamachat.cli.story import Story
from llamachat.config.reading import load_config
from llamachat.engine.base import EngineInfo
from llamachat.engine.params import GenerateParams
from llamachat.errors import ExitCode, UsageError
from llamachat.hardware.places import expanded
from llamachat.hardware.terminal import read_terminal
from llamachat.sanitize import one_line
from llamachat.text_file import TextError, read_text

if TYPE_CHECKING:
    from llamachat.engine.process import ProcessEngine
    from llamachat.serve.keys import Keys
    from llamachat.serve.service import Settings

DEFAULT_HOST, DEFAULT_PORT, DEFAULT_QUEUE = "127.0.0.1", 8080, 32
MAX_KEY_FILE = 1 << 16


def parser() -> Parser:
    """The flags, for help and completion; `parse` reads them."""
    made = Parser(
        "llamachat serve",
        usage="llamachat serve [FLAGS]",
        description="Serve one model to other programs, in OpenAI's REST protocol.",
        epilog="Requests are answered one after the other. The protocol: docs/serve.md",
    )
    for group in SHOWN:
        section = made.add_argument_group(group.title)
        for flag in group.flags:
            variable = f" (env: {flag.env})" if flag.env else ""
            told = (flag.help + variable).replace("%", "%%")
            if flag.metavar:
                section.add_argument(
                    *flag.names, help=told, metavar=flag.metavar, choices=flag.choices or None
                )
            else:
                section.add_argument(*flag.all_names, help=told, action="store_true")
    return made


def run(argv: Sequence[str]) -> int:
    """The command after `llamachat serve`; returns when it is stopped."""
    given = parse(argv, os.environ, flags=SERVE_FLAGS)
    if given.on("help"):
        parser().parse_args(["--help"])
    require_packages("llamachat.serve.server", extra="server")
    with Story(read_terminal(), given) as story:
        here = above(load_config(), given).without("endpoint", "endpoint_model", "api_key_file")
        return _serve(here, story)


def _serve(given: Given, story: Story) -> int:
    from llamachat.serve.app import Access
    from llamachat.serve.binding import is_local, url_of
    from llamachat.serve.desk import Desk
    from llamachat.serve.server import Listener, Server

    keys = _keys(given)
    generate_params(given, GenerateParams())  # what is wrong with flags is said at once
    chosen_dialog = asked_dialog(given)
    say = partial(_say, story)
    with (
        _bound(given, bool(keys)) as listening,
        Interrupts(before_leaving=story.leave) as interrupts,
    ):
        model = chosen_model(given, story)
        if model.notice:
            story.say(model.notice)
        queue = given.whole("queue")
        desk = Desk(
            partial(_open, given, model.path, story),
            queue=DEFAULT_QUEUE if queue is None else queue,
        )
        server = Server(
            desk,
            _settings(given, model, chosen_dialog),
            Access(
                keys,
                is_local(listening),
                given.many("allow_origin", str),
                given.many("forwarded_allow_ips", str),
            ),
            Listener(partial(_say_ready, say, url_of(listening)), say),
        )
        interrupts.aim(server.stop)
        server.run(listening)
        return interrupts.exit_code if interrupts.received else ExitCode.OK


def _bound(given: Given, has_key: bool) -> socket.socket:
    from llamachat.serve.binding import bind

    host, port = given.text("host") or DEFAULT_HOST, given.whole("port")
    exposed = UsageError(
        f"Others can reach {host}, so a key is needed.",
        "LLAMACHAT_API_KEY=… llamachat serve, or --api-key-file FILE",
    )
    return bind(host, DEFAULT_PORT if port is None else port, exposed=None if has_key else exposed)


def _open(given: Given, model: Path, story: Story) -> ProcessEngine:
    from llamachat.engine.process import ProcessEngine

    engine = load(given, model, story, isolated=True)
    assert isinstance(engine, ProcessEngine)
    return engine


def _settings(given: Given, model: DefaultModel, chosen: Dialog | None) -> Settings:
    from llamachat.serve.service import Settings

    def adjust(params: GenerateParams) -> GenerateParams:
        return limited(given, generate_params(given, params), model.n_predict)

    return Settings(lambda info: chosen or _dialog(info), adjust, given.text("alias") or "")


def _dialog(info: EngineInfo) -> Dialog:
    """The model's own chat template, or the transcript that it was trained for, or the default."""
    if info.chat_template:
        return Dialog(form="chat")
    return named_dialog(info) or load_prompt_template(DEFAULT_TEMPLATE).fill()


def _say(story: Story, line: str) -> None:
    with suppress(OSError):  # the terminal or the disk of the log: clients are answered without it
        story.say(line)


def _say_ready(say: Callable[[str], None], url: str, info: EngineInfo) -> None:
    say(f"[ {one_line(info.name)} answers at {url}/v1 · Ctrl+C stops it ]")


def _keys(given: Given) -> Keys:
    """Those of --api-key (or its variable) and of the file.

    Raises:
        UsageError: there are none where one was asked for, or the file cannot be read.
    """
    from llamachat.serve.keys import Keys

    found: list[str] = []
    if (text := given.text("server_key")) is not None:
        found += _listed(text.split(","), "--api-key")
    if (name := given.text("server_key_file")) is not None:
        found += _listed(_lines(expanded(name)), name)
    return Keys(found)


def _listed(texts: Sequence[str], source: str) -> list[str]:
    keys = [text.strip() for text in texts if text.strip()]
    if not keys or not all(key.isascii() and key.isprintable() for key in keys):
        raise UsageError(
            f"{source} holds no key that a request could carry.",
            "A good one: python3 -c 'import secrets; print(secrets.token_urlsafe())'",
        )
    return keys


def _lines(path: Path) -> list[str]:
    try:
        return read_text(path, MAX_KEY_FILE, remark="no key file is").splitlines()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}.") from None
    except TextError as fault:
        raise UsageError(f"{path} {fault}.") from None
