"""Long pastes and files stand in the draft as chips; what is sent is their text."""

import pytest
from textual import events

from llamachat.tui.widgets.composer_chips import FOLDED_CHARACTERS, FOLDED_LINES, Chips
from llamachat.tui.widgets.composer_text import plain
from tests.tui.composer_app import ComposerApp, composing, press, screen_text

LONG = "\n".join(f"line {number}" for number in range(200))
LABEL = "[Pasted text #1 · 200 lines]"


def shown(app: ComposerApp) -> str:
    return "\n".join(screen_text(app))


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("\n".join("x" * FOLDED_LINES), f"[Pasted text #1 · {FOLDED_LINES} lines]"),
        ("x" * FOLDED_CHARACTERS, "[Pasted text #1 · 1,000 characters]"),
        ("\n".join("x" * (FOLDED_LINES - 1)) + "\n", ""),
        ("x" * (FOLDED_CHARACTERS - 1), ""),
    ],
)
def test_long_pastes_fold(text: str, label: str) -> None:
    chips = Chips()
    draft = chips.paste(text)
    assert plain(draft) == (label or text)
    assert chips.expand(draft) == text


def test_a_label_typed_by_hand_is_text() -> None:
    chips = Chips()
    chips.paste(LONG)
    assert chips.expand(LABEL) == LABEL


def test_text_from_outside_cannot_forge_a_chip() -> None:
    chips = Chips()
    token = chips.paste(LONG)
    assert LONG not in chips.expand(chips.paste(token))


def test_line_ends_and_control_characters_are_tamed() -> None:
    draft = Chips().paste("a\r\nb\rc\x1b[31m\x00\u2028d\te")
    assert plain(draft) == "a\nb\nc␛[31m␀\nd\te"


def test_a_file_is_a_fenced_block_on_lines_of_its_own() -> None:
    chips = Chips()
    token = chips.attach("notes.md", "a ```` fence\n")
    assert plain(token) == "[notes.md · 1 line]"
    block = "notes.md:\n`````md\na ```` fence\n`````"
    assert chips.expand(token) == block
    assert chips.expand(f"see {token} please") == f"see\n{block}\nplease"
    assert chips.expand(f"{token} {token}") == f"{block}\n{block}"


def test_known_texts_fold_again() -> None:
    chips = Chips()
    token = chips.paste(LONG)
    assert chips.fold(f"see {LONG}!") == f"see {token}!"
    assert chips.paste(LONG) == token
    closed = chips.paste("end\n" * 9)
    assert chips.fold_sent("see " + "end\n" * 8 + "end") == f"see {closed}"
    assert chips.fold_sent(f"see {LONG}!") == f"see {token}!"


def test_the_newest_are_kept_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("llamachat.tui.widgets.composer_chips.MAX_KEPT", 3000)
    chips = Chips()
    tokens = [chips.paste(letter * 1400) for letter in "abc"]
    chips.prune()
    assert [len(chips.expand(token)) == 1400 for token in tokens] == [False, True, True]


async def test_a_paste_is_one_chip_that_is_sent_whole() -> None:
    async with composing() as (app, composer, pilot):
        await press(pilot, *"see ")
        composer.area.post_message(events.Paste(LONG.replace("\n", "\r")))
        await press(pilot, "!")
        assert f"see {LABEL}!" in shown(app)
        await press(pilot, "enter")
        assert app.sent[0].text == f"see {LONG}!"


async def test_the_cursor_walks_over_a_chip_and_backspace_takes_it_whole() -> None:
    async with composing() as (_, composer, pilot):
        await press(pilot, "a")
        composer.paste(LONG)
        await press(pilot, "left")
        assert composer.area.cursor_location == (0, 1)
        await press(pilot, "right", "b", "left", "backspace")
        assert composer.area.text == "ab"
        await press(pilot, "ctrl+z")
        assert composer.draft == f"a{LONG}b"
        await press(pilot, "ctrl+y", "ctrl+z", "ctrl+left", "delete")
        assert LONG not in composer.draft


async def test_a_chip_survives_cut_and_paste_and_the_clipboard_gets_its_text() -> None:
    async with composing() as (app, composer, pilot):
        composer.paste(LONG)
        await press(pilot, "shift+left", "ctrl+x")
        assert (composer.draft, app.clipboard) == ("", LONG)
        await press(pilot, "x", "ctrl+v")
        assert f"x{LABEL}" in shown(app)
        await press(pilot, "alt+a", "ctrl+c")
        assert app.clipboard == f"x{LONG}"


@pytest.mark.parametrize("how", ["key", "click"])
async def test_a_chip_opens_in_place_and_folds_again_with_undo(how: str) -> None:
    async with composing() as (app, composer, pilot):
        composer.paste(LONG)
        await pilot.pause()
        if how == "key":
            await press(pilot, "ctrl+t")
        else:
            await pilot.click(composer.area, offset=(5, 0))
        await pilot.pause()
        assert composer.area.document.line_count == 200
        assert "line 199" in shown(app)
        await press(pilot, "ctrl+z")
        assert LABEL in shown(app)


async def test_a_command_in_a_chip_is_a_message() -> None:
    async with composing() as (app, composer, pilot):
        composer.paste("/help\n" * 10)
        await press(pilot, "ctrl+t", "backspace", "enter")
        assert (app.sent[0].pasted, app.sent[0].command) == (True, False)


async def test_a_command_after_chips_is_carried_out_and_the_chips_stay() -> None:
    async with composing() as (app, composer, pilot):
        composer.attach("notes.txt", "a\nb")
        composer.paste(LONG)
        kept = composer.draft
        await press(pilot, *"/read more.txt", "enter")
        assert (app.sent[0].text, app.sent[0].command) == ("/read more.txt", True)
        assert composer.draft == kept
        composer.attach("more.txt", "c")
        await press(pilot, *"/the", "tab")
        assert composer.area.text.endswith("/theme ")
        await press(pilot, *"d", "enter")
        await press(pilot, "enter")
        assert (app.sent[1].text, app.sent[1].command) == ("/theme dark", True)
        await press(pilot, *"/usr/bin?", "enter")
        assert not app.sent[2].command
        assert app.sent[2].text.startswith("notes.txt:")
        assert "more.txt:" in app.sent[2].text
        assert app.sent[2].text.endswith("/usr/bin?")


async def test_a_command_after_words_or_in_another_line_is_text() -> None:
    async with composing() as (app, composer, pilot):
        for typed in (("s", "e", "e", " "), ("ctrl+j",)):
            composer.attach("notes.txt", "a")
            await press(pilot, *typed, *"/help", "enter")
        assert [event.command for event in app.sent] == [False, False]


async def test_a_draft_that_comes_back_has_its_chips() -> None:
    async with composing() as (app, composer, pilot):
        composer.attach("notes.txt", "a\nb")
        await press(pilot, *"why?")
        kept = composer.draft
        composer.draft = "another chat"
        composer.draft = kept
        await pilot.pause()
        assert "[notes.txt · 2 lines]" in shown(app)
        assert composer.draft == kept
