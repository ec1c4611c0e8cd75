"""The first model is the best that fits."""

from __future__ import annotations

import re
import shlex

import pytest

from llamachat.models.first import SUGGESTIONS, suggest

GB = 1_000_000_000


@pytest.mark.parametrize(
    ("usable", "name", "verdict"),
    [
        (16 * GB, "Llama-2-7B-Chat", "fits"),
        (int(5.1 * GB), "Llama-3.2-3B-Instruct", "fits"),
        (int(2.4 * GB), "TinyLlama-1.1B-Chat", "fits"),
        (int(0.85 * GB), "TinyLlama-1.1B-Chat", "fits barely"),
        (int(0.5 * GB), "TinyLlama-1.1B-Chat", "does not fit"),
    ],
)
def test_the_best_that_fits_is_suggested(usable: int, name: str, verdict: str) -> None:
    model, judged = suggest(usable)
    assert (model.name, judged) == (name, verdict)


def test_each_suggestion_can_be_fetched_checked_and_used_by_a_shell() -> None:
    for model in SUGGESTIONS:
        fetch, check, use = map(shlex.split, model.commands())
        assert fetch[-1] == model.url and model.url.endswith(f"/{model.file}")
        assert check[1] == f"{model.sha256}  {model.file}"
        assert re.fullmatch("[0-9a-f]{64}", model.sha256)
        assert re.fullmatch("[0-9a-f]{40}", model.revision)
        assert use == ["llamachat", "-m", model.file]
