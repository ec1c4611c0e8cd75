"""What becomes of --prompt-cache where the engine has no name for its states."""

from dataclasses import replace
from pathlib import Path

import pytest

from llamachat.cli.flags.given import Given
from llamachat.cli.prompt_cache import PromptCache
from llamachat.cli.story import Story
from llamachat.engine.base import Done
from llamachat.engine.prompt import raw_prompt
from llamachat.engine.scripted import ScriptedEngine
from llamachat.hardware.terminal import read_terminal


def test_a_state_that_has_no_name_is_neither_used_nor_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    engine, path = ScriptedEngine([]), tmp_path / "cache"
    monkeypatch.setattr(engine, "_info", replace(engine.info, state_key=""))
    given = Given({"prompt_cache": str(path), "prompt_cache_all": True})
    with Story(read_terminal({"TERM": "dumb"}), given) as story:
        cache = PromptCache(given, story)
        assert list(cache.fill(engine, raw_prompt("one two three"))) == []
        done = Done("eos")
        assert cache.finish(engine, done) == done
    assert not path.exists()
    assert "cache is not used" in capsys.readouterr().err
