"""A pipe gets bytes, a terminal gets visible text."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llamachat.cli.output import Output
from llamachat.errors import LlamaChatError


@given(st.lists(st.binary()))
def test_pipe_gets_the_bytes_back(chunks: list[bytes]) -> None:
    stream = io.BytesIO()
    output = Output(stream, terminal=False)
    for chunk in chunks:
        output.write(chunk.decode("utf-8", "surrogateescape"))
    output.end_line()
    assert stream.getvalue() == b"".join(chunks)


def test_terminal_gets_no_escape_sequence_and_a_last_line_end() -> None:
    stream = io.BytesIO()
    output = Output(stream, terminal=True)
    output.write("a\x1b[2J\udc80")
    output.end_line()
    output.end_line()
    assert stream.getvalue().decode() == "a␛[2J\ufffd\n"


def test_line_that_ended_gets_no_second_end() -> None:
    stream = io.BytesIO()
    output = Output(stream, terminal=True)
    output.write("text\n")
    output.end_line()
    assert stream.getvalue() == b"text\n"


class Full(io.BytesIO):
    def write(self, data: object) -> int:
        raise OSError(28, "No space left on device")


class Gone(io.BytesIO):
    def write(self, data: object) -> int:
        raise BrokenPipeError


def test_full_disk_is_an_error_for_people() -> None:
    with pytest.raises(LlamaChatError, match="No space left on device"):
        Output(Full(), terminal=False).write("x")


def test_reader_that_left_stays_what_it_is() -> None:
    with pytest.raises(BrokenPipeError):
        Output(Gone(), terminal=False).write("x")
