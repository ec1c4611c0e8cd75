"""Perplexity and KL divergence are `llama-perplexity`'s, for the same GGUF and the same text.

The program is built by `scripts/llama_tools.py` with the flags of the installed engine. It prints
four decimals of a perplexity and six of a divergence; ours agree to all of them. Its file of
probabilities is read by ours and ours by it: sixteen bits each, so a divergence that is computed
from either moves by less than 1e-5.
"""

import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from llamachat.bundled import BOB
from llamachat.compare.settings import DEFAULT_TEXT
from llamachat.engine.params import EngineOptions
from llamachat.engine.scoring import Score, ScoreOrder, Scorer
from llamachat.hardware.cores import default_threads, read_cores
from scripts.llama_tools import tools_folder
from tests.engine.conftest import STORIES

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

CHUNKS = 6
"""one group of four and one of two"""
TRIES = 20
"""the program prints through a thread, and loses the end of the text where it is quicker"""


@pytest.fixture(scope="module")
def program() -> Path:
    return tools_folder("llama-perplexity") / "llama-perplexity"


@pytest.fixture(params=["bob", "stories", "f16", "q4_0", "q4_K_M"])
def model(request: pytest.FixtureRequest, generated: Callable[[str], Path]) -> Path:
    known = {"bob": BOB, "stories": STORIES}
    path = known.get(request.param) or generated(request.param)
    if not path.exists():
        pytest.skip(f"{path.name} is not here")
    return path


def said(program: Path, pattern: str, *flags: str | Path) -> re.Match[str]:
    """What the program prints, once it prints it."""
    threads = str(default_threads(read_cores()))
    command = [str(program), *map(str, flags), "-t", threads, "--no-warmup"]
    for _ in range(TRIES):
        done = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=True, env=os.environ
        )
        if found := re.search(pattern, done.stdout.decode("utf-8", "replace"), re.DOTALL):
            return found
    pytest.fail(f"none of {TRIES} runs printed {pattern}")


def ours(model: Path, *, keep: Path | None = None, base: Path | None = None) -> Score:
    options = EngineOptions(model, cache_type_k="f16", cache_type_v="f16")
    with Scorer(options, ScoreOrder(DEFAULT_TEXT, CHUNKS, keep=keep, base=base)) as scorer:
        return scorer.run()


def test_perplexity_agrees_to_four_decimals(program: Path, model: Path, surveyed: None) -> None:
    flags = ("-m", model, "-f", DEFAULT_TEXT, "--chunks", str(CHUNKS))
    theirs = said(program, rf"\[{CHUNKS}\]([\d.]+),", *flags)
    assert f"{ours(model).perplexity:.4f}" == theirs[1]


@pytest.mark.parametrize(("base", "other"), [("q8_0", "q4_0"), ("q4_K_M", "q8_0")])
def test_divergence_agrees_whoever_kept_the_probabilities(
    program: Path,
    generated: Callable[[str], Path],
    tmp_path: Path,
    surveyed: None,
    base: str,
    other: str,
) -> None:
    mine, theirs = tmp_path / "mine", tmp_path / "theirs"
    ours(generated(base), keep=mine)
    written = ("-f", DEFAULT_TEXT, "--chunks", str(CHUNKS), "--kl-divergence-base", theirs)
    said(program, r"tokenizing", "-m", generated(base), *written)
    assert mine.stat().st_size == theirs.stat().st_size
    figures = r"Mean +KLD: +([\d.]+).*Same top p: +([\d.]+)"
    for kept in (mine, theirs):
        read = ("--kl-divergence-base", kept, "--kl-divergence")
        told = said(program, figures, "-m", generated(other), *read)
        found = ours(generated(other), base=kept)
        assert found.kld == pytest.approx(float(told[1]), abs=1e-5)
        assert found.same_top is not None
        assert f"{100 * found.same_top:.3f}" == told[2]
