"""A voice that speaks with a fixed seed, over the real tables."""

from __future__ import annotations

from random import Random

import pytest

from scripts.bob import facts
from scripts.bob.grammar import Grammar
from scripts.bob.thesaurus import Thesaurus
from scripts.bob.voice import Voice


@pytest.fixture(scope="session")
def table() -> facts.Facts:
    return facts.load()


@pytest.fixture
def voice(table: facts.Facts) -> Voice:
    return Voice(table, Grammar(table.rules), Thesaurus(table.synonyms), Random(1))
