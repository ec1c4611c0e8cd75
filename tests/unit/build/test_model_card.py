"""Front matter of model cards."""

from pathlib import Path

import pytest

from llamachat.build.model_card import MAX_CARD, read_card


def test_the_front_matter_is_read(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("---\nlicense: mit\nlanguage:\n- no\n- en\n---\n# x: y\n")
    assert read_card(tmp_path / "README.md") == {"license": "mit", "language": ["no", "en"]}


@pytest.mark.parametrize(
    "text",
    [
        "", "# A model", "---\na: [\n---\n", "---\n- 1\n---\n", "---\nno end",
        "---\nd: 2020-99-99\n---\n", "---\n" + "[" * 5000 + "\n---\n",
        "---\n" + "a: b\n" * MAX_CARD + "---\n", "---\n!!python/object:os.system x\n---\n",
    ],
)  # fmt: skip
def test_a_card_that_cannot_be_read_says_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "README.md").write_text(text)
    assert read_card(tmp_path / "README.md") == {}


def test_no_card_says_nothing(tmp_path: Path) -> None:
    assert read_card(tmp_path / "README.md") == {}
