"""The key of a server: where it comes from, and that nobody ever sees it.

From the environment, or from a file that only its owner can read. Whoever prints, logs or formats a
key sees a placeholder; the one way out is `header`. Knows nothing of servers.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from llamachat.errors import UsageError

VARIABLES = ("LLAMACHAT_API_KEY", "OPENAI_API_KEY")
MAX_BYTES = 16 * 1024
"""of a file with a key; tokens of some gateways have 4,000"""


class Key:
    """A secret; empty where there is none."""

    __slots__ = ("_secret", "source")

    def __init__(self, secret: str = "", source: str = "") -> None:
        self._secret = secret
        self.source = source
        """the variable or the file that it was found in, for people"""

    def __bool__(self) -> bool:
        return bool(self._secret)

    def __repr__(self) -> str:
        return "Key(…)" if self._secret else "Key()"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Key) and self._secret == other._secret

    def __hash__(self) -> int:
        return hash(self._secret)

    def __reduce__(self) -> str:
        raise TypeError("a key is not written anywhere")

    def header(self) -> dict[str, str]:
        """What a request carries."""
        return {"Authorization": f"Bearer {self._secret}"} if self._secret else {}

    def hidden_in(self, text: str) -> str:
        """A text of others, in which the key may occur, without it."""
        return text.replace(self._secret, "…") if self._secret else text


NO_KEY = Key()


def find_key(file: Path | None, environ: Mapping[str, str] | None = None) -> Key:
    """The key of the file, else that of the environment; empty where there is neither.

    Raises:
        UsageError: the file cannot be read, others can read it too, or there is no key in it.
    """
    if file is not None:
        return _checked(_read(file), str(file))
    environ = os.environ if environ is None else environ
    for name in VARIABLES:
        if found := environ.get(name, "").strip():
            return _checked(found, f"the variable {name}")
    return NO_KEY


def _read(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            mode = os.fstat(opened.fileno()).st_mode
            _refuse_open_file(file, mode)
            data = opened.read(MAX_BYTES + 1)
    except OSError as error:
        raise UsageError(
            f"The key file {file} cannot be read: {error.strerror or error}."
        ) from None
    if len(data) > MAX_BYTES:
        raise UsageError(f"{file} is too large for a key.", "It holds the key and nothing else.")
    return data.decode("utf-8", "replace").strip()


def _refuse_open_file(file: Path, mode: int) -> None:
    if not stat.S_ISREG(mode):
        raise UsageError(f"The key file {file} is no regular file.")
    if os.name == "posix" and mode & 0o077:
        raise UsageError(
            f"The key file {file} can be read by others (mode {stat.S_IMODE(mode):04o}).",
            f"Keep it to yourself: chmod 600 {file}",
        )


def _checked(secret: str, where: str) -> Key:
    """What goes into a header has no line breaks and no characters beyond ASCII."""
    if not secret:
        raise UsageError(f"There is no key in {where}.")
    if not (secret.isascii() and secret.isprintable()) or " " in secret:
        raise UsageError(f"What is in {where} is no key.", "A key is one word.")
    return Key(secret, where)
