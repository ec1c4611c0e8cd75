"""Runs the pickle of a PyTorch checkpoint without running anything of it.

A pickle is a program for a small stack machine, and Python's own machine imports and calls whatever
the program names. This one knows the instructions that `torch.save` writes (protocol 2), builds
numbers, texts, tuples, lists and dicts, and calls nothing but what it is given by name; anything
else is refused. Time and memory grow with the length of the program, which is bounded: dicts take
only texts as keys, since Python hashes tuples of tuples without end and numbers collide at will.
Does not know what a tensor is.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

MAX_PICKLE = 4 << 20
"""bytes: 20,000 tensors"""
MAX_STEPS = 1 << 20
"""instructions: forty for each tensor"""

Call = Callable[[tuple[object, ...]], object]


class PickleError(Exception):
    """The program does what it may not; the text completes a sentence that begins with "it"."""


@dataclass(frozen=True, slots=True)
class Global:
    """A name out of the program, as a mere value; `call` is None where it cannot be called."""

    name: str
    call: Call | None = None


class PickleMachine:
    """One run of one program.

    Args:
        allowed: what the program may name, by module and name: "collections.OrderedDict".
        persistent: turns a persistent id into a value.
    """

    def __init__(
        self, program: bytes, allowed: Mapping[str, Call | None], persistent: Callable[[Any], Any]
    ) -> None:
        if len(program) > MAX_PICKLE:
            raise PickleError(f"has {len(program):,} bytes, more than {MAX_PICKLE:,}")
        self._program = program
        self._at = 0
        self._stack: list[Any] = []
        self._below: list[list[Any]] = []
        self._memo: dict[int, Any] = {}
        self._allowed = allowed
        self._persistent = persistent

    def run(self) -> object:
        """The value that the program makes.

        Raises:
            PickleError: it is damaged or wants more than it may.
        """
        for _ in range(MAX_STEPS):
            code = self._take(1)[0]
            if code == ord("."):
                return self._pop()
            step = _STEPS.get(code)
            if step is None:
                raise PickleError(f"uses the instruction {_instruction(code)}")
            step(self)
        raise PickleError(f"has more than {MAX_STEPS:,} instructions")

    def _take(self, count: int) -> bytes:
        taken = self._program[self._at : self._at + count]
        if len(taken) < count:
            raise PickleError("ends in the middle")
        self._at += count
        return taken

    def _number(self, form: str) -> Any:
        return struct.unpack(form, self._take(struct.calcsize(form)))[0]

    def _line(self) -> str:
        end = self._program.find(b"\n", self._at, self._at + 1024)
        if end < 0:
            raise PickleError("names something without end")
        line = self._take(end + 1 - self._at)
        return line[:-1].decode("utf-8", "backslashreplace")

    def _pop(self) -> Any:
        if not self._stack:
            raise PickleError("takes more from its stack than it put there")
        return self._stack.pop()

    def _pop_to_mark(self) -> list[Any]:
        if not self._below:
            raise PickleError("looks for a mark that is not there")
        items, self._stack = self._stack, self._below.pop()
        return items

    def _top(self, kind: type) -> Any:
        if not self._stack or type(self._stack[-1]) is not kind:
            raise PickleError(f"takes something else for a {kind.__name__}")
        return self._stack[-1]

    def _mark(self) -> None:
        self._below.append(self._stack)
        self._stack = []

    def _global(self) -> None:
        name = f"{self._line()}.{self._line()}"
        if name not in self._allowed:
            raise PickleError(f"names {name[:120]!a}")
        self._stack.append(Global(name, self._allowed[name]))

    def _reduce(self) -> None:
        arguments, function = self._pop(), self._pop()
        if (
            not isinstance(function, Global)
            or function.call is None
            or type(arguments) is not tuple
        ):
            raise PickleError("calls what cannot be called")
        self._stack.append(function.call(arguments))

    def _build(self) -> None:
        """Attributes of an OrderedDict (`_metadata` of a state dict) are of no use here."""
        self._pop()
        self._top(dict)

    def _set_items(self, items: list[Any]) -> None:
        target = self._top(dict)
        keys = items[::2]
        if len(items) % 2 or not all(type(key) is str for key in keys):
            raise PickleError("fills a dict with something other than texts and their values")
        target.update(zip(keys, items[1::2], strict=True))

    def _extend(self, items: list[Any]) -> None:
        self._top(list).extend(items)

    def _remember(self, index: int) -> None:
        if not self._stack:
            raise PickleError("takes more from its stack than it put there")
        self._memo[index] = self._stack[-1]

    def _recall(self, index: int) -> None:
        if index not in self._memo:
            raise PickleError("recalls what it never stored")
        self._stack.append(self._memo[index])

    def _text(self) -> None:
        raw = self._take(self._number("<I"))
        try:
            self._stack.append(raw.decode("utf-8", "surrogatepass"))
        except UnicodeDecodeError:
            raise PickleError("holds a text that is not UTF-8") from None

    def _tuple(self, length: int) -> None:
        items = [self._pop() for _ in range(length)]
        self._stack.append(tuple(reversed(items)))

    def _protocol(self) -> None:
        version = self._take(1)[0]
        if version != 2:
            raise PickleError(f"is of protocol {version} and not 2, as torch.save writes it")

    def _long(self) -> None:
        self._stack.append(int.from_bytes(self._take(self._take(1)[0]), "little", signed=True))

    def _push(self, value: object) -> None:
        self._stack.append(value)


def _instruction(code: int) -> str:
    import pickletools  # 5 ms, for a message

    known = (opcode.name for opcode in pickletools.opcodes if opcode.code == chr(code))
    return next(known, f"{code:#04x}")


_STEPS: dict[int, Callable[[PickleMachine], None]] = {
    ord(letter): step
    for letter, step in {
        "\x80": PickleMachine._protocol,
        "(": PickleMachine._mark,
        "c": PickleMachine._global,
        "R": PickleMachine._reduce,
        "b": PickleMachine._build,
        "Q": lambda machine: machine._push(machine._persistent(machine._pop())),
        "N": lambda machine: machine._push(None),
        "\x88": lambda machine: machine._push(True),
        "\x89": lambda machine: machine._push(False),
        "K": lambda machine: machine._push(machine._number("<B")),
        "M": lambda machine: machine._push(machine._number("<H")),
        "J": lambda machine: machine._push(machine._number("<i")),
        "G": lambda machine: machine._push(machine._number(">d")),
        "\x8a": PickleMachine._long,
        "X": PickleMachine._text,
        "}": lambda machine: machine._push({}),
        "]": lambda machine: machine._push([]),
        ")": lambda machine: machine._push(()),
        "\x85": lambda machine: machine._tuple(1),
        "\x86": lambda machine: machine._tuple(2),
        "\x87": lambda machine: machine._tuple(3),
        "t": lambda machine: machine._push(tuple(machine._pop_to_mark())),
        "a": lambda machine: machine._extend([machine._pop()]),
        "e": lambda machine: machine._extend(machine._pop_to_mark()),
        "s": lambda machine: machine._set_items([machine._pop(), machine._pop()][::-1]),
        "u": lambda machine: machine._set_items(machine._pop_to_mark()),
        "q": lambda machine: machine._remember(machine._take(1)[0]),
        "r": lambda machine: machine._remember(machine._number("<I")),
        "h": lambda machine: machine._recall(machine._take(1)[0]),
        "j": lambda machine: machine._recall(machine._number("<I")),
    }.items()
}
