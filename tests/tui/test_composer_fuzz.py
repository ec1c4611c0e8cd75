"""Random keys, pastes and clicks: nothing raises, and no private character gets out."""

import random

import pytest
from textual import events
from textual.pilot import Pilot

from llamachat.tui.widgets.composer import Composer
from llamachat.tui.widgets.composer_keys import COMPOSING, EDITING
from llamachat.tui.widgets.composer_text import CHIPS
from tests.tui.composer_app import composing, send

KEYS = [key for binding in (*COMPOSING, *EDITING) for key in binding.key.split(",")]
LETTERS = "ab /\\中🙂h\u0301"
PASTES = [
    "/help",
    "a\r\nb\rc",
    "line\n" * 9,
    "中文字🙂" * 60,
    "👨\u200d👩\u200d👧e\u0301🇩🇪❤\ufe0f\t|",
    "\x1b[31m\x00\u2028\u0085\U0010e000\U0010f001",
    "w " * 600,
    "\t" * 20,
    "\u0301\u200d\ufe0f",
]


async def _act(chance: random.Random, composer: Composer, pilot: Pilot[None]) -> None:
    match chance.choices(("key", "letter", "paste", "attach", "load", "click", "size"),
                         (35, 45, 10, 3, 2, 3, 2))[0]:  # fmt: skip
        case "key":
            send(pilot, chance.choice(KEYS))
        case "letter":
            send(pilot, *chance.choices(LETTERS, k=3))
        case "paste":
            composer.area.post_message(events.Paste(chance.choice(PASTES)))
        case "attach":
            composer.attach("n/ b.txt", "a\n`````\nb")
        case "load":
            composer.draft = chance.choice(("", "/he", "x\n" * 20))
        case "click":
            await pilot.click(composer.area, offset=(chance.randrange(6), 0))
        case _:
            await pilot.resize_terminal(chance.choice((16, 60)), chance.choice((7, 24)))


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 8))]
)
async def test_no_key_raises(seed: int) -> None:
    chance = random.Random(seed)
    async with composing() as (app, composer, pilot):
        composer.line_endings = bool(seed % 2)
        for step in range(200):
            await _act(chance, composer, pilot)
            if step % 10 == 0:
                await pilot.pause()
        texts = [composer.draft, *app.drafts, *(event.text for event in app.sent)]
    assert not any(ord(letter) in range(CHIPS[0], 0x110000) for letter in "".join(texts))
