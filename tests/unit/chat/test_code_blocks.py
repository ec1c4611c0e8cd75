"""Which text a person gets who copies the code of an answer."""

from llamachat.chat.code_blocks import code_blocks


def test_each_fence_is_a_block_without_its_marks() -> None:
    text = "First:\n```python\nprint(1)\n\nprint(2)\n```\nthen\n~~~\nls -l\n~~~\n"
    assert code_blocks(text) == ["print(1)\n\nprint(2)", "ls -l"]


def test_a_longer_fence_may_hold_a_shorter_one() -> None:
    assert code_blocks("````md\n```sh\nls\n```\n````\n") == ["```sh\nls\n```"]


def test_a_fence_that_was_cut_ends_with_the_text() -> None:
    assert code_blocks("```\nhalf a li") == ["half a li"]


def test_inline_code_and_plain_text_are_no_blocks() -> None:
    assert code_blocks("Use `ls` or ``a ` b``.\n\n    indented\n") == []
