"""What a comparison is told, refused before anything is loaded where it cannot be."""

from dataclasses import replace
from pathlib import Path

import pytest

from llamachat.compare.settings import (
    DEFAULT_TEXT,
    N_DECODE,
    Settings,
    context_for,
    depths_within,
)
from llamachat.errors import UsageError


def test_the_default_text_is_there_and_says_where_it_is_from() -> None:
    text = Settings().read_text()
    assert 30_000 < len(text) < 100_000
    assert "Gutenberg" not in text
    assert "public domain" in DEFAULT_TEXT.with_suffix(".md").read_text()


def test_one_line_end_goes_as_in_llama_perplexity(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("words\n\n")
    assert Settings(text=tmp_path / "text").read_text() == "words\n"


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_what_is_no_text_is_refused(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "text").write_bytes(content)
    with pytest.raises(UsageError):
        Settings(text=tmp_path / "text").read_text()


def test_a_text_that_is_too_short_for_any_model_is_refused_first(tmp_path: Path) -> None:
    settings = Settings(text=tmp_path / "text")
    settings.text.write_text("x" * 1021)
    with pytest.raises(UsageError, match="1,024 tokens are needed"):
        settings.check_text()
    replace(settings, what=frozenset({"speed"})).check_text()
    settings.text.write_text("x" * 1022)
    settings.check_text()


@pytest.mark.parametrize(
    "values",
    [
        {"n_predict": 0},
        {"chunks": -1},
        {"depths": ()},
        {"depths": (-1,)},
        {"prompts": ("x",) * 101},
        {"what": frozenset({"smell"})},
    ],
)
def test_impossible_values_are_refused(values: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        Settings(**values)  # type: ignore[arg-type]


def test_depths_stay_within_the_context() -> None:
    assert depths_within((0, 512, 1024), 512) == (0, 512 - N_DECODE - 1)
    assert depths_within((0, 512), 4096) == (0, 512)
    assert depths_within((512,), 8) == (0,)


def test_the_context_is_no_longer_than_the_model_was_trained_with() -> None:
    settings = Settings(prompts=("x",), depths=(0, 2000))
    assert context_for(settings, 512) == 512
    assert context_for(settings, 8192) == 2000 + N_DECODE + 1
    assert context_for(settings, 0) == 2000 + N_DECODE + 1


def test_a_long_prompt_makes_room() -> None:
    settings = Settings(prompts=("x" * 10_000,), depths=(0,), n_predict=64)
    assert context_for(settings, 32_768) == 5_000 + 64 + 1024
