"""Commands act on the chat; what is no command is left alone."""

import pytest

from llamachat.chat.chat import Chat
from llamachat.chat.prompt_library import load_prompt_template
from llamachat.cli.plain.commands import ALIASES, COMMANDS, Commands, is_command
from llamachat.engine.base import Done
from llamachat.engine.scripted import ScriptedEngine


def commands(told: list[str]) -> Commands:
    chat = Chat(ScriptedEngine(["Fine."]), load_prompt_template("bob").fill())
    for event in chat.reply("How are you?"):
        if isinstance(event, Done):
            return Commands(chat, told.append, last=event)
    raise AssertionError


def test_help_names_every_command() -> None:
    told: list[str] = []
    assert commands(told).perform("/help")
    for name in COMMANDS:
        assert name in told[0]


def test_help_says_how_to_resume_where_the_chat_is_stored() -> None:
    told: list[str] = []
    made = commands(told)
    made.perform("/help")
    made.stored = True
    made.perform("/help")
    assert ["llamachat --resume" in text for text in told] == [False, True]
    assert max(map(len, told[1].splitlines())) < 80


def test_stats_tell_context_answer_and_memory() -> None:
    told: list[str] = []
    assert commands(told).perform("/stats")
    for word in ("context ", "answer ", "memory ", "model "):
        assert f"  {word}" in told[0]


def test_prompt_is_shown_exactly() -> None:
    told: list[str] = []
    made = commands(told)
    assert made.perform("/prompt")
    assert told[0].endswith("\nUser: How are you?\nBob: Fine.\nUser:")


def test_reset_begins_again() -> None:
    made = commands([])
    assert made.perform("/reset")
    assert made.chat.history.messages == ()
    assert made.last is None


@pytest.mark.parametrize("word", ["/exit", "/quit", "/bye", " /exit "])
def test_exit_has_other_names(word: str) -> None:
    made = commands([])
    assert made.perform(word)
    assert made.leaving


@pytest.mark.parametrize("text", ["/etc/hosts", "/usr/bin/env is a path", "/", "//", "/home"])
def test_path_is_not_eaten(text: str) -> None:
    told: list[str] = []
    assert not commands(told).perform(text)
    assert told == []


def test_slip_is_asked_about() -> None:
    told: list[str] = []
    assert commands(told).perform("/stat")
    assert "Did you mean /stats?" in told[0]


def test_only_a_whole_line_is_a_command() -> None:
    assert all(is_command(word) for word in (*COMMANDS, *ALIASES))
    assert not is_command(" /help")
    assert not is_command("/help me")
