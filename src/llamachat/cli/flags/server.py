"""The flags of `llamachat serve`: where it listens, who may ask, how many may wait.

Names and meanings are llama-server's, where that has none uvicorn's. The engine's own flags are
those of the chat.
"""

from __future__ import annotations

import ipaddress
import re

from llamachat.cli.flags import values
from llamachat.cli.flags.dialog import GENERATION, PROMPT
from llamachat.cli.flags.flag import Flag, Group
from llamachat.cli.flags.model import MACHINE, MODEL
from llamachat.cli.flags.output import DIAGNOSTICS
from llamachat.cli.flags.sampling import SAMPLING

_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[^/\s?#@*]+")


def _origin(value: str) -> str:
    """As browsers write it: in lower case, without a path."""
    origin = value.lower().removesuffix("/")
    if not _ORIGIN.fullmatch(origin):
        raise ValueError("an origin, like https://example.org")
    return origin


def _proxy(value: str) -> str:
    """An address, or a network of them."""
    try:
        return str(ipaddress.ip_network(value) if "/" in value else ipaddress.ip_address(value))
    except ValueError:
        raise ValueError("an address or a network, like 10.0.0.2 or 10.0.0.0/24") from None


HOST = Flag(
    ("--host",),
    "address to listen on; others than this machine can reach it need a key (default: 127.0.0.1)",
    metavar="HOST",
    env="LLAMA_ARG_HOST",
)
PORT = Flag(
    ("--port",),
    "port to listen on, 0 = any free one (default: 8080)",
    metavar="PORT",
    read=values.whole(0, 65535),
    env="LLAMA_ARG_PORT",
)

SERVER = Group(
    "server",
    (
        HOST,
        PORT,
        Flag(
            ("--api-key",),
            "API key for authentication; several separated by commas. Other users of this machine "
            "can see it in the list of processes: the variable and the file are safer",
            metavar="KEY",
            dest="server_key",
            env="LLAMACHAT_API_KEY",
        ),
        Flag(
            ("--api-key-file",),
            "path to a file with API keys, one a line",
            metavar="FNAME",
            dest="server_key_file",
            files="*",
        ),
        Flag(
            ("-a", "--alias"),
            "name of the model for the API (default: that of its file)",
            metavar="STRING",
        ),
        Flag(
            ("--queue",),
            "requests that may wait while another one is answered; more are told to come again "
            "(default: 32)",
            metavar="N",
            read=values.whole(0, 10_000),
        ),
        Flag(
            ("--allow-origin",),
            "origin of web pages that may ask, like https://example.org (repeatable)",
            metavar="ORIGIN",
            read=_origin,
            repeat=True,
        ),
        Flag(
            ("--forwarded-allow-ips",),
            "address or network of a reverse proxy whose X-Forwarded-For, which says for whom it "
            "asks, is believed (repeatable; default: none)",
            metavar="ADDRESS",
            read=_proxy,
            repeat=True,
        ),
    ),
)

_HELP = Group("help", (Flag(("-h", "--help", "--usage"), "print usage and exit"),))


def _only(group: Group, *names: str) -> Group:
    return Group(group.title, tuple(flag for flag in group.flags if flag.name in names))


SHOWN = (
    SERVER,
    MODEL,
    MACHINE,
    _only(PROMPT, "--prompt-template", "--set"),
    _only(GENERATION, "--predict"),
    SAMPLING,
    _only(DIAGNOSTICS, "--verbose", "--log-file", "--log-disable"),
)
"""groups in the order of `--help`"""

SERVE_FLAGS: dict[str, Flag] = {
    name: flag for group in (*SHOWN, _HELP) for flag in group.flags for name in flag.all_names
}
