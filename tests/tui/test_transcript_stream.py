"""An answer grows word by word; at any moment it looks like a fresh rendering of its text."""

import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llamachat.tui.rows import Row
from llamachat.tui.widgets.message_line import Line
from llamachat.tui.widgets.message_lines import markdown_lines, plain_lines
from llamachat.tui.widgets.message_markdown import sections
from llamachat.tui.widgets.message_stream import GrowingMarkdown, GrowingText
from tests.examples import examples
from tests.tui.transcript_app import ANSWER, bob, dialog, painted, shown, words

WIDTH = 30
PIECES = st.sampled_from(
    [
        *"#*_`~|>-+=!()[]\\\t1. ",
        "\n", "\n\n", "    ", "- ", "* ", "1. ", "2) ", "  - ", "   3. ", "> ", "# ",
        "```", "```py\n", "~~~\n", "**", "--|--", "|\n", "---", "===", "&amp;", "<b>",
        "[x](http://y)", "a", "x y", "word ", "many words in one piece. ", " 3 words", "你好",
        "averyveryverylongwordthatdoesnotfit", "!", "it's: ",
    ]
)  # fmt: skip


def looks(lines: list[Line]) -> list[tuple[object, ...]]:
    return [
        (line.content.plain, line.content.spans, line.fill, line.start, line.glue) for line in lines
    ]


@settings(max_examples=examples(300))
@given(st.lists(PIECES, max_size=40))
def test_growing_markdown_equals_a_fresh_rendering_at_any_moment(pieces: list[str]) -> None:
    growing, text = GrowingMarkdown(WIDTH), ""
    for piece in pieces:
        kept = list(growing.lines)
        text += piece
        changed = growing.append(piece)
        leaves = [leaf for section in sections(text) for leaf in section.leaves]
        assert looks(growing.lines) == looks(markdown_lines(leaves, WIDTH))
        assert growing.lines[:changed] == kept[:changed]


@settings(max_examples=examples(100))
@given(st.lists(PIECES, max_size=30))
def test_growing_text_equals_a_fresh_rendering(pieces: list[str]) -> None:
    growing = GrowingText(WIDTH)
    for piece in pieces:
        growing.append(piece)
    assert looks(growing.lines) == looks(list(plain_lines("".join(pieces), WIDTH)))


@pytest.mark.parametrize("size", [1, 7, 60])
async def test_a_finished_answer_looks_as_it_did_while_it_grew(size: int) -> None:
    text = ANSWER * 3
    async with shown(dialog(5)) as (_, transcript, _pilot):
        await transcript.begin_answer(Row(-1, "assistant", "Bob", ""))
        for start in range(0, len(text), size):
            await transcript.write(text[start : start + size])
        grown, y = painted(transcript), transcript.scroll_y
        await transcript.finish_answer(bob(9, text))
        assert (painted(transcript), transcript.scroll_y) == (grown, y)
        await transcript.show_rows([*dialog(5), bob(9, text)])
        assert (painted(transcript), transcript.scroll_y) == (grown, y)


async def test_an_answer_that_has_no_word_yet_says_so_quietly() -> None:
    async with shown() as (_, transcript, _pilot):
        await transcript.begin_answer(Row(-1, "assistant", "Bob", ""))
        assert list(words(transcript)) == ["Bob", "…"]
        await transcript.write(" \n")
        assert list(words(transcript)) == ["Bob", "…"]
        await transcript.write("Hi")
        assert list(words(transcript)) == ["Bob", "Hi"]


async def test_an_answer_keeps_what_was_written_when_it_is_stopped() -> None:
    async with shown() as (_, transcript, _pilot):
        await transcript.begin_answer(Row(-1, "assistant", "Bob", ""))
        await transcript.write("Half of")
        await transcript.finish_answer(replace(bob(3, "Half of"), reason="cancelled"))
        assert list(words(transcript)) == ["Bob", "Half of", "stopped"]
        with pytest.raises(RuntimeError):
            await transcript.write("more")


async def test_code_is_coloured_once_its_fence_is_closed() -> None:
    async with shown() as (_, transcript, _pilot):
        await transcript.begin_answer(Row(-1, "assistant", "Bob", ""))
        await transcript.write("```python\nreturn None\n")
        assert colours(transcript.render_line(2)) == 1
        await transcript.write("```\n")
        assert colours(transcript.render_line(2)) > 1


def colours(strip: object) -> int:
    """How many colours the words of a line have."""
    from textual.strip import Strip

    assert isinstance(strip, Strip)
    return len({str(s.style.color) for s in strip if s.style and s.text.strip()})


async def test_a_flush_costs_no_more_in_a_long_chat_and_a_long_answer() -> None:
    """Measured 0.3 ms; an answer that is drawn anew as a whole takes 30 ms and more."""
    async with shown([bob(key, ANSWER) for key in range(40)]) as (_, transcript, _pilot):
        await transcript.begin_answer(Row(-1, "assistant", "Bob", ""))
        await transcript.write(ANSWER * 30 + "\n\nAnd then")
        start = time.process_time()
        for _number in range(100):
            await transcript.write(" word")
        assert (time.process_time() - start) / 100 < 0.005
