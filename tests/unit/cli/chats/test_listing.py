"""The list fits the terminal it is shown on; a pipe gets all of it."""

from __future__ import annotations

import json

import pytest

from llamachat.cli.cells import width
from tests.unit.cli.chats.conftest import Chats, Made

LONG = "a question that is far too long for a line " * 3


def test_newest_chat_is_first(chats: Chats, made: Made) -> None:
    made("one", "yes")
    made("two")
    first, second = chats("list").splitlines()
    assert first.split()[:4] == ["2", "two", "1", "message"]
    assert second.split()[:5] == ["1", "one", "2", "messages", "bob"]


@pytest.mark.parametrize("columns", [20, 40, 60, 80, 200])
@pytest.mark.parametrize("words", [LONG, "你好，世界。今天天气怎么样？" * 6, "🙂" * 50, "short"])
def test_every_line_fits_the_terminal(
    on_terminal: Chats, made: Made, columns: int, words: str
) -> None:
    made(words, "answer", model="/models/a-very-long-name-of-a-model.Q4_0.gguf")
    made("x")
    rows = on_terminal("list", columns=columns).splitlines()
    assert all(width(row) <= columns for row in rows)
    assert len({width(row) for row in rows}) == 1


def test_narrow_terminal_shows_the_title_rather_than_the_model(
    on_terminal: Chats, made: Made
) -> None:
    made("What is the capital?")
    assert "bob" in on_terminal("list", columns=80)
    narrow = on_terminal("list", columns=42)
    assert "What is the capital?" in narrow
    assert "bob" not in narrow


def test_pipe_gets_whole_titles(chats: Chats, made: Made) -> None:
    made("你" * 60)
    assert "你" * 60 in chats("list")


def test_control_characters_never_reach_the_terminal(on_terminal: Chats, made: Made) -> None:
    made("\x1b]0;owned\x07 \x9b31m red")
    shown = on_terminal("list")
    assert "\x1b" not in shown
    assert "\x9b" not in shown
    assert "owned" in shown


def test_colour_is_for_terminals_that_show_it(on_terminal: Chats, made: Made) -> None:
    made("hello")
    assert "\x1b[1m" in on_terminal("list", colour=True)
    assert "\x1b" not in on_terminal("list", colour=False)


def test_json_is_for_scripts(chats: Chats, made: Made) -> None:
    made("hello", "hi")
    (chat,) = json.loads(chats("--json"))
    assert (chat["id"], chat["title"], chat["messages"], chat["model"]) == (1, "hello", 2, "bob")


def test_limit_keeps_the_newest(chats: Chats, made: Made) -> None:
    for number in range(4):
        made(f"chat {number}")
    assert [chat["id"] for chat in json.loads(chats("list", "-n", 2, "--json"))] == [4, 3]


def test_nothing_is_said_on_standard_output_where_there_is_no_chat(
    chats: Chats,
) -> None:
    assert chats("list") == ""
    assert chats("list", "--json") == "[]\n"
