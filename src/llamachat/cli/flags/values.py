"""Readers: a typed value becomes a Python one, or the caller learns what is expected instead.

Each raises ValueError with a clause that completes "--flag takes …". Knows nothing of flags.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable

from llamachat.engine.params import RANDOM_SEED, SAMPLER_ORDER, LoraAdapter
from llamachat.hardware.places import expanded

_ON, _OFF = ("on", "enabled", "true", "1"), ("off", "disabled", "false", "0")
_AUTO = ("auto", "-1")
ON_OFF = (*_ON, *_OFF)
ON_OFF_AUTO = (*ON_OFF, *_AUTO)
"""llama.cpp's spellings of yes, no and auto"""

_SAMPLER_LETTERS = {
    "e": "penalties", "d": "dry", "s": "top_n_sigma", "k": "top_k", "y": "typical",
    "p": "top_p", "m": "min_p", "x": "xtc", "t": "temperature",
}  # fmt: skip
_SAMPLER_ALIASES = {
    "typ_p": "typical", "typp": "typical", "typ": "typical", "typical_p": "typical",
    "nucleus": "top_p", "temp": "temperature",
}  # fmt: skip


def whole(low: int, high: int = 2**31 - 1) -> Callable[[str], int]:
    """A whole number from `low` to `high`."""

    def read(value: str) -> int:
        try:
            number = int(value)
        except ValueError:
            raise ValueError("a whole number") from None
        if not low <= number <= high:
            raise ValueError(
                f"a whole number of at least {low}" if number < low else f"at most {high}"
            )
        return number

    return read


def real(
    low: float = -math.inf, high: float = math.inf, *, above: bool = False
) -> Callable[[str], float]:
    """A finite number in [low, high], or in (low, high] where `above`."""

    def read(value: str) -> float:
        try:
            number = float(value)
        except ValueError:
            raise ValueError("a number") from None
        if not math.isfinite(number):
            raise ValueError("a finite number")
        if number < low or number > high or (above and number == low):
            bound = f"above {low:g}" if above else f"of at least {low:g}"
            raise ValueError(f"a number {bound}" if number <= low else f"at most {high:g}")
        return number

    return read


def one_of(*choices: str) -> Callable[[str], str]:
    def read(value: str) -> str:
        if value not in choices:
            raise ValueError(f"one of {', '.join(choices)}")
        return value

    return read


def on_off(value: str) -> bool:
    """llama.cpp's spellings of yes and no."""
    if value in _ON:
        return True
    if value in _OFF:
        return False
    raise ValueError("on or off")


def on_off_auto(value: str) -> str:
    if value in _AUTO:
        return "auto"
    try:
        return "on" if on_off(value) else "off"
    except ValueError:
        raise ValueError("on, off or auto") from None


def seed(value: str) -> int:
    """-1 draws a fresh seed, as 4294967295 does."""
    number = whole(-1, RANDOM_SEED)(value)
    return RANDOM_SEED if number == -1 else number


def gpu_layers(value: str) -> int:
    """llama.cpp's numbers for its words: -1 = auto, -2 = all."""
    words = {"auto": -1, "all": -2}
    if value in words:
        return words[value]
    try:
        return whole(-2)(value)
    except ValueError:
        raise ValueError("a number of layers, auto or all") from None


def chat_number(value: str) -> int:
    """The number of a stored chat; `latest` is 0."""
    if value == "latest":
        return 0
    try:
        return whole(1)(value)
    except ValueError:
        raise ValueError("the number of a chat (llamachat chats list shows them)") from None


def samplers(value: str) -> tuple[str, ...]:
    """Names separated by `;`, in any of llama.cpp's spellings."""
    plain = {name.replace("_", ""): name for name in SAMPLER_ORDER}
    names = []
    for word in filter(None, (part.strip() for part in value.split(";"))):
        key = word.lower().replace("-", "_")
        name = _SAMPLER_ALIASES.get(key) or plain.get(key.replace("_", ""))
        if name is None:
            raise ValueError(f"sampler names separated by ';' ({';'.join(SAMPLER_ORDER)})")
        names.append(name)
    return tuple(names)


def sampler_letters(value: str) -> tuple[str, ...]:
    """llama.cpp's one letter for each sampler."""
    if unknown := set(value) - set(_SAMPLER_LETTERS):
        raise ValueError(f"letters of {''.join(_SAMPLER_LETTERS)} ({min(unknown)!r} is none)")
    return tuple(_SAMPLER_LETTERS[letter] for letter in value)


def logit_bias(value: str) -> tuple[int, float]:
    """`15043+1` or `15043-1`."""
    for sign in "+-":
        token, found, bias = value.partition(sign)
        if found and token.isdecimal():
            try:
                return int(token), float(sign + bias)
            except ValueError:
                break
    raise ValueError("a token id and a bias, like 15043+1 or 15043-1")


def adapters(value: str) -> tuple[LoraAdapter, ...]:
    """Files separated by commas."""
    return tuple(LoraAdapter(expanded(name)) for name in value.split(",") if name)


def scaled_adapters(value: str) -> tuple[LoraAdapter, ...]:
    """FNAME:SCALE, separated by commas."""
    found = []
    for item in value.split(","):
        name, colon, scale = item.rpartition(":")
        try:
            factor = float(scale) if colon and name else math.nan
        except ValueError:
            factor = math.nan
        if not math.isfinite(factor):
            raise ValueError("FNAME:SCALE, several separated by commas")
        found.append(LoraAdapter(expanded(name), factor))
    return tuple(found)


def json_schema(value: str) -> str:
    """The text of a schema, once it is known to be JSON."""
    try:
        schema = json.loads(value)
    except ValueError as error:
        raise ValueError(f"a JSON schema ({error})") from None
    if not isinstance(schema, dict | bool):
        raise ValueError("a JSON schema, which is an object")
    return value


def variable(value: str) -> tuple[str, str]:
    """`name=value` for a prompt template."""
    name, found, content = value.partition("=")
    if not found or not name.strip():
        raise ValueError("NAME=VALUE")
    return name.strip(), content
