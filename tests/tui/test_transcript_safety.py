"""Whatever a model, a file or a person wrote, the terminal gets characters and no commands."""

import unicodedata
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual.strip import Strip

from llamachat.chat.message import Role
from llamachat.tui.rows import Row
from llamachat.tui.widgets.message_card import MessageCard, RemarkCard
from llamachat.tui.widgets.transcript import Transcript
from tests.examples import examples
from tests.tui.transcript_app import TranscriptApp, bob, painted, shown, words

NASTY = st.text(
    st.one_of(
        st.characters(codec="utf-8"),
        st.sampled_from("\x00\x07\x08\x0b\x1b\r\x7f\x85\x9b\x9d\u2028\u202d\u202e\ud800\t\n"),
        st.sampled_from("*_`[]()#>-|~&;\n "),
    ),
    max_size=200,
) | st.lists(
    st.sampled_from(
        ["\x1b]0;title\x07", "\x1b[2J", "\x9b31m", "&#27;", "&#x9b;", "&#x202e;", "&#8232;", "\t",
         "```\x1b[\n", "[a](\x1b]8;;x)", "![\x1b](b)", "| \x1b | \x9b |\n|--|--|\n", "<b\x1b>",
         "[bold]", "[/]", "[@click=quit]x[/]", "```&#27;\n", "> ", "- ", "\n"]
    ),
    max_size=20,
).map("".join)  # fmt: skip


def harmless(text: str) -> bool:
    """No control characters, no line or paragraph separators, no overrides of direction."""
    return not any(
        unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") or letter in "\u202d\u202e"
        for letter in text
    )


@settings(max_examples=examples(300))
@given(NASTY, NASTY, NASTY, st.sampled_from(get_args(Role)))
def test_no_line_of_a_message_has_a_control_character(
    text: str, name: str, note: str, role: Role
) -> None:
    row = Row(1, role, name, text, note=note)
    growing = MessageCard(Row(2, "assistant", name, ""), growing=True)
    growing.lines(40)
    for start in range(0, len(text), 3):
        growing.grow(text[start : start + 3])
    for card in (MessageCard(row), MessageCard(row, markdown=False), growing):
        assert all(harmless(line.content.plain) for line in card.lines(40))
    assert all(harmless(line.content.plain) for line in RemarkCard(text, "note").lines(40))


ATTACK = "\x1b[2J\x1b]0;pwned\x07 \x9b31m [bold red]markup[/] &#27;[1m \u202eabc\r\n\x00tab\there"


@pytest.mark.parametrize("markdown", [True, False])
async def test_nothing_painted_is_a_command(markdown: bool) -> None:
    rows = [Row(1, role, ATTACK, ATTACK, note=ATTACK) for role in ("user", "assistant", "system")]
    async with shown(rows, markdown=markdown) as (app, transcript, _pilot):
        transcript.say(ATTACK, "error")
        await transcript.begin_answer(Row(-1, "assistant", "Bob", ""))
        await transcript.write(ATTACK)
        assert "pwned" in "".join(painted(transcript))
        assert_harmless(transcript)
        await transcript.truncate(None)
        transcript.set_empty(ATTACK)
        assert_harmless(transcript)
        assert app.title == TranscriptApp.__name__


def assert_harmless(transcript: Transcript) -> None:
    strips: list[Strip] = transcript.render_lines(transcript.outer_size.region)
    assert all(harmless(segment.text) for strip in strips for segment in strip)


async def test_markup_and_html_are_shown_as_text() -> None:
    text = "[bold]a[/bold] [@click=app.quit]b[/] <script>c</script>"
    async with shown([bob(1, text)], size=(80, 10)) as (app, transcript, pilot):
        assert list(words(transcript)) == ["Bob", text]
        await pilot.click(transcript, offset=(34, 1))
        assert app.is_running


@pytest.mark.parametrize("width", [1, 2, 5, 9, 20])
async def test_the_narrowest_terminal_shows_something(width: int) -> None:
    rows = [
        bob(1, "- > - > 你好 word\n\n| a | b | c |\n|--|--|--|\n| 1 | 2 | 3 |\n\n```\ncode\n```")
    ]
    async with shown(rows, size=(width, 12)) as (_, transcript, _pilot):
        strips = transcript.render_lines(transcript.outer_size.region)
        assert {strip.cell_length for strip in strips} == {width}
