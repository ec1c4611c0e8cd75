"""A comparison as JSON for scripts. Knows figures, not files."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

from llamachat.compare.figures import Comparison, Row, missing

VERSION = 1


def as_json(comparison: Comparison) -> dict[str, Any]:
    """Everything; bytes, seconds, tokens per second, and null for what is not known."""
    return {
        "version": VERSION,
        "title": comparison.title,
        "machine": comparison.machine,
        "date": comparison.date,
        "text": comparison.text,
        "interrupted": comparison.interrupted,
        "base": comparison.rows[comparison.base].subject.label,
        "prompts": list(comparison.prompts),
        "models": [_row(comparison, row) for row in comparison.rows],
    }


def _row(comparison: Comparison, row: Row) -> dict[str, Any]:
    values = asdict(row)
    subject = values.pop("subject")
    found = {
        **subject,
        **values,
        "prefill": row.prefill,
        "decode": row.decode,
        "missing": list(missing(comparison, row)),
    }
    finite: dict[str, Any] = _finite(found)
    return finite


def _finite(value: Any) -> Any:
    """JSON has no infinity; a perplexity may be one."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(inner) for inner in value]
    return value
