"""A draft through the person's own editor."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest

from llamachat.errors import UsageError
from llamachat.tui.widgets.composer_editor import edited
from tests.tui.composer_app import ComposerApp, composing, press


@pytest.fixture
def editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An editor that appends its first argument; its last one is the file."""
    script = tmp_path / "my editor"
    script.write_text('#!/bin/sh\nprintf "%s\\n" "$1" >> "$2"\nls "$2" > "$0.seen"\n')
    script.chmod(0o755)
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", f"'{script}' '!'")
    return script


def test_the_text_goes_through_a_markdown_file_that_is_gone_afterwards(editor: Path) -> None:
    assert edited("Grüße\n中文") == "Grüße\n中文!"
    seen = Path(Path(f"{editor}.seen").read_text().strip())
    assert seen.suffix == ".md"
    assert not seen.exists()


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        ("false", "ended with exit code 1"),
        ("sh -c 'kill -9 $$'", "ended with SIGKILL"),
        ("no-such-editor", "did not run: No such file"),
        ("'unclosed", "EDITOR cannot be read: No closing quotation"),
    ],
)
def test_a_failing_editor_is_one_sentence(
    command: str, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", command)
    with pytest.raises(UsageError, match=sentence):
        edited("text")


async def test_what_was_written_is_the_draft_and_undo_brings_the_old_one_back(
    editor: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ComposerApp, "suspend", lambda self: nullcontext())
    async with composing() as (_, composer, pilot):
        await press(pilot, *"words", "ctrl+g")
        assert composer.draft == "words!"
        await press(pilot, "ctrl+z")
        assert composer.draft == "words"


async def test_a_failure_keeps_the_draft_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISUAL", "false")
    async with composing() as (app, composer, pilot):
        await press(pilot, *"words", "ctrl+g")
        came_back: list[bool] = []

        @contextmanager
        def suspend(_: ComposerApp) -> Iterator[None]:
            yield
            came_back.append(True)  # as Textual, which does not where something is raised

        monkeypatch.setattr(ComposerApp, "suspend", suspend)
        await press(pilot, "ctrl+g")
        assert composer.draft == "words"
        assert came_back
        said = [notice.message for notice in app._notifications]
        assert said[0] == "This terminal cannot be lent to an editor."
        assert "exit code 1" in said[1]
