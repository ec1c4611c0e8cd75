"""The transcript shows who said what, what became of it, and nothing that was not said."""

from dataclasses import replace

import pytest
from textual.widgets import Input

from llamachat.engine.base import FinishReason
from llamachat.tui.rows import Row
from tests.tui.transcript_app import ANSWER, bob, dialog, painted, shown, user, words


async def test_an_answer_is_shown_as_markdown() -> None:
    async with shown([user(1, "How?"), bob(2, ANSWER)], size=(60, 40)) as (_, transcript, _pilot):
        assert list(words(transcript)) == [
            "You", "How?",
            "Bob", "Sorting", "Use sorted or list.sort:",
            "1. first", "2. second", "◦ nested",
            "python", "def f(x):", "return x + 1",
            "name  age", "────  ───", "Bob   3",
            "▎ quoted",
        ]  # fmt: skip


async def test_without_markdown_an_answer_is_shown_as_it_is() -> None:
    rows = [bob(1, "**bold**\n\n- item")]
    async with shown(rows, markdown=False) as (_, transcript, _pilot):
        assert list(words(transcript)) == ["Bob", "**bold**", "- item"]


async def test_what_a_user_typed_is_shown_verbatim() -> None:
    typed = "**no** [bold]markup[/bold] <b>html</b> # 1\n    indented\n\n\n&amp; \\n"
    async with shown([user(1, typed)]) as (_, transcript, _pilot):
        lines = painted(transcript)[1:6]
        assert [line.removeprefix("  ") for line in lines] == typed.split("\n")


@pytest.mark.parametrize(
    ("reason", "note", "expected"),
    [
        ("cancelled", "", "stopped"),
        ("length", "", "cut at the token limit"),
        ("context", "7 t/s", "cut: the context is full · 7 t/s"),
        ("died", "", "cut: the engine died"),
        ("abandoned", "", "cut: llamachat itself was ended"),
        ("eos", "7 t/s", "7 t/s"),
    ],
)
async def test_the_small_print_says_how_an_answer_ended(
    reason: FinishReason, note: str, expected: str
) -> None:
    row = replace(bob(1, "words"), reason=reason, note=note)
    async with shown([row]) as (_, transcript, _pilot):
        assert list(words(transcript)) == ["Bob", "words", expected]


async def test_versions_are_counted_where_there_are_several() -> None:
    async with shown([user(1, "a", place=2, places=3), user(2, "b")]) as (_, transcript, _pilot):
        assert list(words(transcript)) == ["You  ‹ 2/3 ›", "a", "You", "b"]


async def test_a_long_text_of_the_user_is_folded_until_it_is_opened() -> None:
    text = "\n".join(f"line {number}" for number in range(60))
    async with shown([user(1, text)], size=(60, 80)) as (_, transcript, pilot):
        assert list(words(transcript))[-2:] == ["line 11", "… 48 more lines"]
        await pilot.press("o")
        assert list(words(transcript))[-1] == "line 59"
        await pilot.press("o")
        assert list(words(transcript))[-1] == "… 48 more lines"
        await pilot.click(transcript, offset=(4, 13))
        assert list(words(transcript))[-1] == "line 59"


async def test_forty_lines_are_not_folded() -> None:
    async with shown([user(1, "\n".join("x" * 40))], size=(60, 80)) as (_, transcript, _pilot):
        assert list(words(transcript)) == ["You", *"x" * 40]


async def test_remarks_stay_between_the_messages_where_they_were_made() -> None:
    async with shown([user(1, "a")]) as (_, transcript, _pilot):
        transcript.say("The engine died. Say it again.", "error")
        await transcript.append(user(2, "b"))
        await transcript.begin_answer(Row(-1, "assistant", "Bob", ""))
        transcript.say("Turn 1 was dropped.", "warning")
        expected = ["You", "a", "The engine died. Say it again.", "You", "b", "Turn 1 was dropped."]
        assert list(words(transcript)) == [*expected, "Bob", "…"]
        await transcript.write("words")
        transcript.say("later")
        assert list(words(transcript)) == [*expected, "Bob", "words", "later"]


async def test_an_empty_transcript_shows_the_hint_until_there_is_a_message() -> None:
    async with shown() as (_, transcript, _pilot):
        transcript.set_empty("Say something.\nF1 helps.")
        assert list(words(transcript)) == ["Say something.", "F1 helps."]
        await transcript.append(user(1, "a"))
        assert list(words(transcript)) == ["You", "a"]


async def test_rows_are_replaced_and_cut_off_by_key() -> None:
    async with shown(dialog(6)) as (_, transcript, _pilot):
        await transcript.replace(2, user(7, "other"))
        await transcript.truncate(7)
        assert [row.key for row in transcript.rows] == [0, 1, 7]
        assert list(words(transcript))[-2:] == ["You", "other"]
        with pytest.raises(KeyError):
            await transcript.truncate(2)
        await transcript.truncate(None)
        assert transcript.rows == ()


async def test_the_selection_is_marked_only_while_the_transcript_has_the_focus() -> None:
    async with shown([user(1, "a"), bob(2, "b")]) as (app, transcript, pilot):
        await pilot.press("k", "j")
        assert [line[:1] for line in painted(transcript)[:6]] == [" ", " ", "", "▎", "▎", ""]
        app.query_one(Input).focus()
        await pilot.pause()
        assert "▎" not in "".join(painted(transcript))


async def test_another_theme_gives_the_same_words_other_colours() -> None:
    async with shown([bob(1, ANSWER)], size=(60, 40)) as (app, transcript, pilot):
        before, lines = transcript.render_lines(transcript.region), painted(transcript)
        app.theme = "textual-light"
        await pilot.pause()
        after = transcript.render_lines(transcript.region)
        assert painted(transcript) == lines
        assert all(old != new for old, new in zip(before, after, strict=True))
