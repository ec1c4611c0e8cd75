"""A Jinja environment for chat templates out of model files, which nobody has vouched for.

jinja2's immutable sandbox keeps a template from reaching Python; this one makes it pay for what it
does as well. The extras are those that Hugging Face's transformers gives to chat templates.
Importing this module imports jinja2 (25 ms), so do it late. Knows nothing of messages.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, NoReturn

from jinja2 import Template, nodes
from jinja2.exceptions import TemplateError
from jinja2.ext import Extension
from jinja2.parser import Parser
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

from llamachat.chat.render_budget import STEP, RenderBudget, TooExpensive, size

FILTERS = (
    "abs", "attr", "capitalize", "count", "d", "default", "dictsort", "e", "escape", "first",
    "float", "groupby", "int", "items", "last", "length", "list", "lower", "map", "max", "min",
    "reject", "rejectattr", "reverse", "round", "safe", "select", "selectattr", "sort", "string",
    "title", "trim", "unique", "upper",
)  # fmt: skip
"""jinja2's own filters without those that pad, wrap, format or search with regular expressions"""

SPELLING = (
    "capitalize", "e", "escape", "lower", "replace", "string", "title", "tojson", "trim", "upper",
)  # fmt: skip
"""filters that turn any value into text"""

PADDING = ("center", "expandtabs", "ljust", "rjust", "zfill")
"""methods that make text out of a number"""


class ChatTemplateEnvironment(ImmutableSandboxedEnvironment):
    """Compiles chat templates. Renew the budget before each rendering."""

    intercepted_binops = frozenset(("+", "*", "**", "%"))

    def __init__(self, now: datetime) -> None:
        budget = RenderBudget()
        super().__init__(
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.loopcontrols", _Generation],
            finalize=budget.spelled,
        )
        self.budget = budget
        self.concat = budget.joined  # type: ignore[method-assign]
        own = {"replace": budget.replaced, "join": self._join, "indent": _indent, "tojson": _tojson}
        allowed = {name: self.filters[name] for name in FILTERS} | own
        self.filters = {name: self._paid(name, allowed[name]) for name in allowed}
        self.filters |= {"made": budget.made, "steps": budget.steps, "joined": budget.joined}
        self.globals = {name: self.globals[name] for name in ("range", "dict", "namespace")}
        self.globals |= {"raise_exception": _raise_exception, "strftime_now": self._strftime}
        self._now = now

    def compile_metered(self, source: str) -> Template:
        """A template whose every loop, slice and concatenation is paid for."""
        return self.from_string(_Meter().visit(self.parse(source)))

    def call(self, context: Context, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        owner = getattr(obj, "__self__", None)
        self.budget.spend(STEP + size(owner) + sum(map(size, args)))
        if isinstance(owner, str) and obj.__name__ == "replace":
            return self.budget.replaced(owner, *args)
        if isinstance(owner, str) and obj.__name__ == "join":
            return self.budget.joined(args[0], owner)
        return self.budget.made(super().call(context, obj, *args, **kwargs))

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        if operator == "*":
            self.budget.multiplied(left, right)
        elif operator == "**":
            self.budget.raised(left, right)
        elif operator == "%" and isinstance(left, str):
            self.budget.formatted(left, right)
        return self.budget.made(super().call_binop(context, operator, left, right))

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        padding = isinstance(obj, str) and attr in PADDING
        return not padding and super().is_safe_attribute(obj, attr, value)

    def wrap_str_format(self, value: Any) -> Callable[..., str] | None:
        wrapped = super().wrap_str_format(value)
        if wrapped is None:
            return None

        def format_paid(*args: Any, **kwargs: Any) -> str:
            self.budget.formatted(value.__self__, (args, kwargs))
            return wrapped(*args, **kwargs)

        return format_paid

    def _paid(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The filter, paid for; jinja2 marks filters by attributes, which `wraps` copies."""

        @wraps(function)
        def paid(*args: Any, **kwargs: Any) -> Any:
            if name in SPELLING:
                self.budget.walk(args)
            return self.budget.made(function(*args, **kwargs))

        return paid

    def _strftime(self, pattern: str) -> str:
        self.budget.formatted(pattern, ())
        return self._now.strftime(pattern)

    def _join(self, parts: Any, d: str = "", attribute: str | None = None) -> str:
        names = attribute.split(".") if attribute else []
        for name in names:
            parts = [self.getitem(part, name) for part in parts]
        return self.budget.joined(parts, str(d))


class _Meter(NodeTransformer):
    """Puts a paying filter around what the environment can not intercept."""

    def visit_For(self, node: nodes.For) -> nodes.For:
        self.generic_visit(node)
        node.iter = _filtered(node.iter, "steps")
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Filter:
        self.generic_visit(node)
        return _filtered(nodes.List(node.nodes, lineno=node.lineno), "joined")

    def visit_Getitem(self, node: nodes.Getitem) -> nodes.Expr:
        self.generic_visit(node)
        return _filtered(node, "made") if isinstance(node.arg, nodes.Slice) else node


def _filtered(node: nodes.Node, name: str) -> nodes.Filter:
    return nodes.Filter(node, name, [], [], None, None, lineno=node.lineno)


class _Generation(Extension):
    """`{% generation %}` marks answers for training; here it means nothing."""

    tags = {"generation"}  # noqa: RUF012

    def parse(self, parser: Parser) -> list[nodes.Node]:
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


def _raise_exception(message: str) -> NoReturn:
    raise TemplateError(message)


def _indent(text: str, width: int = 4, first: bool = False, blank: bool = False) -> str:
    if not isinstance(width, int) or width > 100:
        raise TooExpensive("it indents by more than 100")
    lines = str(text).split("\n")
    space = " " * width
    body = [space + line if line or blank else line for line in lines[1:]]
    return "\n".join([space + lines[0] if first else lines[0], *body])


def _tojson(
    value: Any,
    ensure_ascii: bool = False,
    indent: int | None = None,
    separators: tuple[str, str] | None = None,
    sort_keys: bool = False,
) -> str:
    if indent is not None and indent > 16:
        raise TooExpensive("it indents by more than 16")
    return json.dumps(
        value,
        ensure_ascii=ensure_ascii,
        indent=indent,
        separators=separators,
        sort_keys=sort_keys,
    )
