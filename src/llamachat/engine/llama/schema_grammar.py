"""From a JSON schema to a grammar (GBNF), by llama-cpp-python's port of llama.cpp's converter.

What the port lacks is added: bounds of whole numbers, and strings without line ends. Knows nothing
of tokens.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from llamachat.engine.integer_range import whole_numbers
from llamachat.engine.json_schema import bounds_of, refuse_loose_brackets
from llamachat.engine.llama.library import import_alone
from llamachat.errors import UsageError

_REFUSALS = (*(ValueError, LookupError, TypeError, AttributeError, AssertionError, RecursionError),)
"""how the converter says that it does not understand"""

_ANY_CHARACTER = r'char ::= [^"\\] |'
_JSON_CHARACTER = r'char ::= [^"\\\x7F\x00-\x1F] |'
"""llama.cpp's rule of today; the port's older one lets line ends into strings, which is no JSON"""

_OTHERWISE = frozenset({"$ref", "oneOf", "anyOf", "const", "enum"})
"""keywords that decide before a type does"""


def schema_grammar(schema: str) -> str:
    """The grammar of the answers that fit it.

    Raises:
        UsageError: the schema is no JSON, or none that a grammar can express.
    """
    try:
        value = json.loads(schema)
        refuse_loose_brackets(value)
        text = _converted(value)
    except _REFUSALS as error:
        raise UsageError(f"The JSON schema cannot be turned into a grammar: {error}.") from None
    return text.replace(_ANY_CHARACTER, _JSON_CHARACTER)


def _converted(schema: Any) -> str:
    port = import_alone("llama_grammar")
    converter = port.SchemaConverter(
        prop_order={}, allow_fetch=False, dotall=False, raw_pattern=False
    )
    visit_as_it_does = converter.visit

    def visit(part: Mapping[str, Any], name: str) -> Any:
        if part.get("type") != "integer" or _OTHERWISE & part.keys():
            return visit_as_it_does(part, name)
        least, most = bounds_of(part)
        if least is None and most is None:
            return visit_as_it_does(part, name)
        rule = f"{name}-" if name in port.RESERVED_NAMES else name or "root"
        return converter._add_rule(rule, f"({whole_numbers(least, most)}) space")

    converter.visit = visit
    converter.visit(converter.resolve_refs(schema, "stdin"), "")
    text: str = converter.format_grammar()
    return text
