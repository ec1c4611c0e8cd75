"""The first model is the best that fits."""

from __future__ import annotations

import pytest

from llamachat.models.first import suggest, suggestions

GB = 1_000_000_000


@pytest.mark.parametrize(
    ("usable", "name", "verdict"),
    [
        (16 * GB, "llama-2-7b-chat:Q4_0", "fits"),
        (int(5.5 * GB), "llama-3.2-3b-instruct:Q4_K_M", "fits"),
        (int(2.4 * GB), "tinyllama-1.1b-chat:Q4_K_M", "fits"),
        (int(0.88 * GB), "tinyllama-1.1b-chat:Q4_K_M", "fits barely"),
        (int(0.5 * GB), "tinyllama-1.1b-chat:Q4_K_M", "does not fit"),
    ],
)
def test_the_best_that_fits_is_suggested(usable: int, name: str, verdict: str) -> None:
    entry, judged = suggest(usable, "Q4_0")
    assert (entry.name, judged) == (name, verdict)


def test_a_family_without_the_wanted_type_offers_its_usual_one() -> None:
    assert [entry.ftype for entry in suggestions("Q6_K")] == ["Q6_K", "Q4_K_M", "Q4_K_M"]
    assert [entry.ftype for entry in suggestions()] == ["Q4_K_M"] * 3
