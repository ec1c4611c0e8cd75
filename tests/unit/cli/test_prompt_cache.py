"""What becomes of --prompt-cache where a state has no name, cannot be written or lost its text."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from llamachat.cli.flags.given import Given
from llamachat.cli.prompt_cache import PromptCache
from llamachat.cli.story import Story
from llamachat.engine.base import Done, Usage
from llamachat.engine.prompt import raw_prompt
from llamachat.engine.scripted import ScriptedEngine
from llamachat.errors import EngineError
from llamachat.hardware.terminal import read_terminal

PROMPT = raw_prompt("one two three")


@contextmanager
def caching(path: Path) -> Iterator[PromptCache]:
    """As with `--prompt-cache PATH --prompt-cache-all`."""
    given = Given({"prompt_cache": str(path), "prompt_cache_all": True})
    with Story(read_terminal({"TERM": "dumb"}), given) as story:
        yield PromptCache(given, story)


def test_a_state_that_has_no_name_is_neither_used_nor_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    engine, path = ScriptedEngine([]), tmp_path / "cache"
    monkeypatch.setattr(engine, "_info", replace(engine.info, state_key=""))
    with caching(path) as cache:
        assert list(cache.fill(engine, PROMPT)) == []
        done = Done("eos")
        assert cache.finish(engine, done) == done
    assert not path.exists()
    assert "cache is not used" in capsys.readouterr().err


def test_an_answer_is_not_lost_where_the_file_cannot_be_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    class Full(ScriptedEngine):
        def snapshot(
            self, path: Path, key: str, *, wait: bool = True, leaving: bool = False
        ) -> int:
            raise EngineError("The KV state could not be written: No space left on device.")

    engine = Full([])
    with caching(tmp_path / "cache") as cache:
        *_, last = cache.fill(engine, PROMPT)
        assert last.done == last.total
        assert cache.finish(engine, Done("eos")).reason == "eos"
    assert capsys.readouterr().err.count("No space left") == 2


def test_where_text_was_dropped_the_file_keeps_the_prompt(tmp_path: Path) -> None:
    """As in llama.cpp: what is left behind a shift begins no other prompt."""
    engine, path = ScriptedEngine([]), tmp_path / "cache"
    with caching(path) as cache:
        list(cache.fill(engine, PROMPT))
        before = path.read_bytes()
        list(engine.prefill(raw_prompt("what is left of it all")))
        cache.finish(engine, Done("length", Usage(dropped=7)))
        assert path.read_bytes() == before
        cache.finish(engine, Done("length"))
        assert path.read_bytes() != before


def test_an_empty_file_is_one_that_was_just_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "made by mktemp"
    path.touch()
    with caching(path) as cache:
        list(cache.fill(ScriptedEngine([]), PROMPT))
    assert path.stat().st_size
    assert capsys.readouterr().err == ""
