"""`--prompt-cache FILE`, and the state of a dialog that goes on in another process."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import know_processor
from tests.e2e.conftest import Finished, Run, needs_bob

Ask = Callable[..., Finished]

SHARED = "It was a long story, and it began in a small town by the sea. " * 4


@pytest.fixture
def ask(run: Run, tiny: Path, tmp_path: Path) -> Ask:
    """One greedy answer to the shared text and some words, with a prompt cache and more flags."""

    def ask(words: str, *flags: str, n: str = "6") -> Finished:
        return run(
            *("-m", tiny, "-no-cnv", "--temp", "0", "-n", n, "-p", SHARED + words, "--json"),
            *("--prompt-cache", tmp_path / "cache", *flags),
        )

    return ask


def told(done: Finished) -> dict[str, object]:
    assert done.returncode == 0, done.stderr.decode()
    found: dict[str, object] = json.loads(done.stdout)
    return found


def cached(done: Finished) -> int:
    tokens = told(done)["tokens"]
    assert isinstance(tokens, dict)
    number = tokens["cached"]
    assert isinstance(number, int)
    return number


def test_a_long_prompt_is_evaluated_once(ask: Ask, tmp_path: Path) -> None:
    first, second = ask("Then"), ask("Then")
    assert cached(first) == 0
    assert cached(second) > 100
    assert told(first)["text"] == told(second)["text"]
    size = (tmp_path / "cache").stat().st_size
    assert cached(ask("However it came to")) > 100
    assert (tmp_path / "cache").stat().st_size != size


def test_ro_uses_it_and_leaves_it_alone(ask: Ask, tmp_path: Path) -> None:
    assert cached(ask("Then", "--prompt-cache-ro")) == 0
    assert not (tmp_path / "cache").exists()
    ask("Then")
    before = (tmp_path / "cache").read_bytes()
    assert cached(ask("Then it rained", "--prompt-cache-ro")) > 100
    assert (tmp_path / "cache").read_bytes() == before


def test_all_keeps_the_answer_too(ask: Ask, tmp_path: Path) -> None:
    ask("Then", n="40")
    prompt_only = (tmp_path / "cache").stat().st_size
    ask("Then", "--prompt-cache-all", n="40")
    assert (tmp_path / "cache").stat().st_size > prompt_only * 1.1


def test_a_cache_for_another_context_is_made_anew(ask: Ask) -> None:
    ask("Then")
    other = ask("Then", "-c", "512")
    assert cached(other) == 0
    assert "made anew" in other.stderr.decode()
    assert cached(ask("Then", "-c", "512")) > 100


def test_a_file_that_is_something_else_is_not_overwritten(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("my notes")
    done = ask("Then")
    assert done.returncode == 2
    assert "is no prompt cache" in done.stderr.decode()
    assert (tmp_path / "cache").read_text() == "my notes"


def test_what_to_do_with_a_file_needs_one(run: Run, tiny: Path) -> None:
    done = run("-m", tiny, "-p", "x", "--prompt-cache-all")
    assert done.returncode == 2
    assert "--prompt-cache FILE" in done.stderr.decode()
    done = run("-m", tiny, "--plain", "--prompt-cache", "x")
    assert "for single answers" in done.stderr.decode()


def states_in(home: Path) -> list[Path]:
    """Once they are written: the copy that writes takes only time that nobody else wants."""
    folder, deadline = home / "cache" / "kv", time.monotonic() + 60
    while time.monotonic() < deadline:
        states = list(folder.glob("chat-*.kv"))
        if states and not list(folder.glob(".*")):
            return states
        time.sleep(0.05)
    raise AssertionError("no state was written")


@needs_bob
def test_a_dialog_that_goes_on_finds_its_state(run: Run, tmp_path: Path, survey: bytes) -> None:
    """Nothing but the new words is evaluated, in a process that began with an empty cache."""
    know_processor(tmp_path, survey)

    def at_home(*argv: str, stdin: bytes | None = None) -> Finished:
        return run(*argv, stdin=stdin, LLAMACHAT_HOME=str(tmp_path))

    at_home("--plain", "--temp", "0", stdin=b"Hello, Bob.\nWhat is the capital of France?\n")
    (state,) = states_in(tmp_path)
    shown = json.loads(at_home("cache", "show", "--json").stdout)
    assert shown["states"][0]["title"] == "Hello, Bob."
    assert shown["taken"] == state.stat().st_size < shown["budget"]
    at_home("--plain", "--temp", "0", "--resume", stdin=b"And of Italy?\n")
    chat = json.loads(at_home("chats", "export", "--format", "json").stdout)
    stats = [message["stats"] for message in chat["messages"] if message.get("stats")]
    assert stats[-1]["prompt"] - stats[-1]["cached"] < 16
    states_in(tmp_path)
    assert "1 KV state is gone" in at_home("cache", "clear").stderr.decode()
    assert "nothing to delete" in at_home("cache", "clear").stderr.decode()
