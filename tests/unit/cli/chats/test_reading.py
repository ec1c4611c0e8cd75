"""show and search: what was said, for people and for scripts."""

from __future__ import annotations

import json

import pytest

from llamachat.cli.chats import run
from llamachat.errors import UsageError
from tests.unit.cli.chats.conftest import Chats, Made


def test_chat_is_shown_under_its_names(chats: Chats, made: Made) -> None:
    made("Name a fruit.", "An apple.\nOr a pear.")
    shown = chats("show", 1)
    assert shown.startswith("Name a fruit.\nchat 1 · ")
    assert shown.endswith("\n\nUser: Name a fruit.\n\nBob: An apple.\nOr a pear.\n")


def test_latest_chat_is_shown_without_a_number(chats: Chats, made: Made) -> None:
    made("old")
    made("new")
    assert "User: new\n" in chats("show")


def test_shown_words_cannot_move_the_cursor(on_terminal: Chats, made: Made) -> None:
    made("hi", "\x1b[2Jgone\r\x08")
    assert "Bob: ␛[2Jgone␈\n" in on_terminal("show")


def test_words_reach_a_pipe_as_they_are(chats: Chats, made: Made) -> None:
    made("hi", "\x1b[2Jkept")
    assert "Bob: \x1b[2Jkept\n" in chats("show")


def test_json_of_a_chat_can_be_imported(chats: Chats, made: Made) -> None:
    made("hi", "ho")
    assert json.loads(chats("show", "--json"))["format"] == "llamachat chat"


def test_unknown_chat_says_where_to_look(made: Made) -> None:
    with pytest.raises(UsageError) as caught:
        run(["show", "9"])
    assert caught.value.message == "There is no chat 9."
    assert "llamachat chats list" in caught.value.hint


def test_no_chat_at_all_says_how_to_begin(chats: Chats) -> None:
    with pytest.raises(UsageError, match=r"There is no chat yet\. Begin one: llamachat$"):
        run(["show"])


@pytest.mark.parametrize("number", ["0x1", "-1", "١", "9" * 30, ""])
def test_what_is_no_number_is_refused(number: str) -> None:
    with pytest.raises(UsageError):
        run(["show", number])


def test_hits_are_grouped_by_chat(chats: Chats, made: Made) -> None:
    made("red apples", "green apples")
    made("blue sky", "yes")
    heading, *hits = chats("search", "apples").splitlines()
    assert heading.startswith("1  red apples  ")
    assert sorted(hits) == ["    Bob: green apples", "    User: red apples"]


def test_matches_are_set_off_in_colour(on_terminal: Chats, made: Made) -> None:
    made("red apples in baskets")
    assert "red \x1b[1;33mapples\x1b[0m in" in on_terminal("search", "appl", colour=True)


def test_chinese_words_are_found(chats: Chats, made: Made) -> None:
    made("我喜欢北京的秋天")
    (hit,) = json.loads(chats("search", "北京", "--json"))
    ((begin, end),) = hit["marks"]
    assert hit["snippet"][begin:end] == "北京"
    assert (hit["chat"]["id"], hit["role"]) == (1, "user")


def test_hits_fit_the_terminal(on_terminal: Chats, made: Made) -> None:
    made("apples " * 60)
    assert all(len(line) <= 40 for line in on_terminal("search", "apples", columns=40).splitlines())


def test_nothing_found_is_no_failure(chats: Chats, made: Made) -> None:
    made("hello")
    assert chats("search", 'quoted" AND (') == ""
    assert chats("search", "nothing", "--json") == "[]\n"
