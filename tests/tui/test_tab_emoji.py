"""Signs of several code points, each no wider than xterm.js draws them."""

import pytest
from rich.cells import cell_len

from llamachat.tui.tab_emoji import for_tab


@pytest.mark.parametrize(
    ("sign", "drawn"),
    [
        ("👩\u200d👩\u200d👧", "👩"),
        ("👍\U0001f3fd", "👍"),
        ("👩\U0001f3fd\u200d💻", "👩"),
        ("❤\ufe0f", "❤\ufe0f "),
        ("❤\ufe0f\u200d🔥", "❤\ufe0f "),
        ("1\ufe0f\u20e3", "1\ufe0f\u20e3 "),
    ],
)
def test_a_sign_has_the_cells_that_are_counted_for_it(sign: str, drawn: str) -> None:
    assert for_tab(f"a {sign}b") == f"a {drawn}b"
    assert sum(cell_len(one) for one in drawn) == cell_len(sign)


@pytest.mark.parametrize(
    "text", ["你好 🎉", "é 1 # * ☀ ─", "क्\u200dष", "🇩🇪", "\x1b[38;2;1;2;3m\x1b[5;10Ha", ""]
)
def test_other_text_stays(text: str) -> None:
    assert for_tab(text) == text
