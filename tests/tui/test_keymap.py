"""What [keys] of the settings file may say: names of actions, and names of keys."""

import pytest
from textual.binding import Binding

from llamachat.config.values import Config
from llamachat.errors import UsageError
from llamachat.tui.keymap import all_kinds, is_key, lost_keys, refuse_unknown


def test_every_key_that_is_bound_by_default_could_be_written_down() -> None:
    keys = {
        key.strip()
        for kind in all_kinds()
        for binding in kind.__dict__.get("BINDINGS", ())
        if isinstance(binding, Binding)
        for key in binding.key.split(",")
    }
    assert len(keys) > 60
    assert [key for key in keys if not is_key(key)] == []


@pytest.mark.parametrize(
    "key",
    ["x", "G", "?", "+", "é", "ctrl+n", "alt+shift+enter", "f24", "question_mark", "ctrl+plus",
     "left_square_bracket", "super+backspace", "kp_begin"],
)  # fmt: skip
def test_a_key_of_textual_is_taken(key: str) -> None:
    refuse_unknown(Config(keys={"chat.new": f"f9,{key}"}))


@pytest.mark.parametrize(
    ("key", "near"),
    [("control+n", "ctrl+n"), ("Ctrl+N", "ctrl+n"), ("ctrl-n", "ctrl+n"), ("esc", "escape"),
     ("F5", "f5"), ("page_up", "pageup"), ("alt+entr", "alt+enter")],
)  # fmt: skip
def test_a_key_that_no_terminal_sends_is_refused_with_what_is_near(key: str, near: str) -> None:
    where = {"keys.chat.new": "config.toml, line 3, column 1"}
    with pytest.raises(UsageError) as caught:
        refuse_unknown(Config(keys={"chat.new": f"f9,{key}"}, origins=where))
    assert caught.value.message == (
        f"config.toml, line 3, column 1: There is no key called {key!r}."
    )
    assert caught.value.hint == f"Did you mean {near}?"


@pytest.mark.parametrize("key", ["ctrl++", "nothing-like-it", "ctrl+"])
def test_a_key_with_nothing_near_is_refused_too(key: str) -> None:
    with pytest.raises(UsageError, match="no key called"):
        refuse_unknown(Config(keys={"chat.new": key}))


def test_keys_that_change_places_are_not_lost() -> None:
    there = {"chat.new": "ctrl+o", "chat.chats": "ctrl+n"}
    assert list(lost_keys(Config(keys=there))) == []
    assert list(lost_keys(Config())) == []
    assert list(lost_keys(Config(keys={"chat.new": "ctrl+o"}))) == [
        "ctrl+o is New now, by your settings; Chats (chat.chats) has lost it."
    ]
