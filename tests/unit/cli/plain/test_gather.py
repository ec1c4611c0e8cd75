"""Lines become messages by llama.cpp's line endings, and pastes stay whole."""

from collections.abc import Iterator

import pytest

from llamachat.cli.plain.gather import Typed, gather


def typed(*lines: str, multiline: bool = False) -> Typed:
    source: Iterator[str] = iter(lines)

    def read(first: bool) -> str:
        try:
            return next(source)
        except StopIteration:
            raise EOFError from None

    found = gather(read, multiline=multiline, is_command=lambda line: line == "/help")
    assert list(source) == []
    return found


def test_return_hands_over() -> None:
    assert typed("Hello") == Typed("Hello")


def test_empty_line_hands_over_nothing() -> None:
    assert typed("") == Typed("")


def test_backslash_takes_another_line() -> None:
    assert typed("one\\", "two\\", "three") == Typed("one\ntwo\nthree", one_line=False)


def test_slash_hands_over_in_mid_line() -> None:
    assert typed("The capital of France is/") == Typed("The capital of France is", open=True)


def test_slash_ends_many_lines_too() -> None:
    assert typed("one\\", "two/") == Typed("one\ntwo", open=True, one_line=False)


def test_space_after_a_slash_keeps_it() -> None:
    assert typed("look into /etc/ ") == Typed("look into /etc/ ")


def test_command_is_a_line_of_its_own() -> None:
    assert typed("/help") == Typed("/help")
    assert typed("/help", multiline=True) == Typed("/help")


def test_command_inside_many_lines_is_text() -> None:
    assert not typed("see\\", "/help").one_line
    assert not typed("/help\nis a command").one_line


def test_multiline_input_turns_the_endings_round() -> None:
    assert typed("one", "two\\", multiline=True) == Typed("one\ntwo", one_line=False)
    assert typed("one", "two/", multiline=True) == Typed("one\ntwo", open=True, one_line=False)


def test_end_of_input_hands_over_what_there_is() -> None:
    assert typed("one", "two", multiline=True) == Typed("one\ntwo", one_line=False)
    assert typed("one\\") == Typed("one", one_line=False)


def test_end_of_input_alone_is_the_end() -> None:
    with pytest.raises(EOFError):
        typed()


def test_paste_is_one_message() -> None:
    paste = "\n".join(f"line {number}" for number in range(200))
    assert typed(paste + "\n") == Typed(paste, one_line=False)
