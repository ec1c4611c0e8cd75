"""What the flags ask for together."""

from pathlib import Path

import pytest

from llamachat.cli.compare.arguments import Order, order_of, parser
from llamachat.compare.settings import DEFAULT_PROMPTS, DEFAULT_TEXT
from llamachat.errors import UsageError


def order(*words: str) -> Order:
    return order_of(parser().parse_args(words))


def test_models_alone_are_measured_in_full() -> None:
    found = order("a.gguf", "b")
    assert found.models == ("a.gguf", "b")
    assert found.settings.what == {"speed", "answers", "perplexity"}
    assert found.settings.prompts == DEFAULT_PROMPTS
    assert found.settings.text == DEFAULT_TEXT
    assert found.settings.sampling.temp == 0
    assert (found.report, found.keep, found.types) == (None, None, "")


def test_prompts_come_from_flags_and_a_file(tmp_path: Path) -> None:
    (tmp_path / "prompts").write_text("one\n\n  two \n")
    found = order("a", "-p", "zero", "--prompts", str(tmp_path / "prompts"))
    assert found.settings.prompts == ("zero", "one", "two")


def test_what_is_skipped_is_not_measured() -> None:
    assert order("a", "--skip", "speed, answers").settings.what == {"perplexity"}


def test_depths_are_sorted_numbers() -> None:
    assert order("a", "--depths", "512,0,512").settings.depths == (0, 512)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("a", "b", "--types", "q4_0"), "one source"),
        (("a", "--keep", "folder"), "--keep"),
        (("a", "--skip", "smell"), "smell"),
        (("a", "--depths", "deep"), "no list of depths"),
        (("a", "--depths", "-5"), "depth"),
        (("a", "-n", "0"), "answer"),
        (("a", "--prompts", "/no/such/file"), "cannot be read"),
        ((), "MODEL"),
    ],
)
def test_what_does_not_go_together_is_refused(words: tuple[str, ...], complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint):
        order(*words)


def test_a_file_without_prompts_is_refused(tmp_path: Path) -> None:
    (tmp_path / "prompts").write_text("\n \n")
    with pytest.raises(UsageError, match="no prompt in it"):
        order("a", "--prompts", str(tmp_path / "prompts"))
