"""The table of a search: a line for each comparison, and what is taken in one sentence."""

from __future__ import annotations

from dataclasses import replace

import pytest

from llamachat.cli.page import open_page
from llamachat.cli.tune.showing import show
from llamachat.engine.tuning.values import Candidate, Figure, Tuning, Verdict
from llamachat.engine.tuning.words import gain, rate, setting, summary
from tests.unit.engine.tuning.bench import OFF, ONE, Q8, START

TUNING = Tuning(
    "model.gguf",
    "a machine",
    1e9,
    START,
    (
        Verdict(ONE, "2", "no faster", (Figure("decode", 0.14, 0.25, -0.44, 1.0, 1),)),
        Verdict(
            OFF,
            "auto",
            "faster",
            (
                Figure("decode", 0.18, 0.16, 0.125, 0.021, 6),
                Figure("prefill", 0.025, 0.025, 0.0, 0.01, 4),
            ),
        ),
        Verdict(Q8, "f16", "no time"),
    ),
)


def test_each_comparison_has_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    show(open_page(), [TUNING], json=False)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("model.gguf, measured ")
    assert " ".join(lines[3].split()) == "1 thread for answers 2 answers 7.14 4.00 −44 % not faster"
    assert " ".join(lines[4].split()) == "flash attention off auto answers 5.56 6.25 +12 % ± 2"
    assert " ".join(lines[5].split()) == "prompts 40.0 40.0 +0 % ± 1 faster: taken"
    assert " ".join(lines[6].split()) == "KV cache q8_0 f16 not decided in time"
    assert lines[7] == "Faster here: flash attention off (answers +12 % ± 2)."


def test_summary_says_why_nothing_is_taken() -> None:
    assert "fastest" in summary(replace(TUNING, verdicts=TUNING.verdicts[:1]))
    assert "decided" in summary(replace(TUNING, verdicts=TUNING.verdicts[2:]))
    assert "it was skipped" in summary(replace(TUNING, verdicts=(), why_not="it was skipped"))


def test_settings_and_figures_in_words() -> None:
    assert setting("threads_batch", "8") == "8 threads for prompts"
    assert setting("n_ubatch", "128") == "micro-batch 128"
    assert setting(Candidate("cache_type", "q8_0").knob, "q8_0") == "KV cache q8_0"
    assert [rate(1 / 7.123), rate(1 / 42.15), rate(1 / 812.0)] == ["7.12", "42.1", "812"]
    assert gain(Figure("decode", 1, 1, 0.031, 1.0, 1)) == "+3 %"
