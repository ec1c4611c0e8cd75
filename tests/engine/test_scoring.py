"""Scoring in a real child: figures of real small models, refusals, an end at any moment."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from llamachat.compare.settings import DEFAULT_TEXT
from llamachat.engine.context import Tokens
from llamachat.engine.llama.base_file import BaseWriter
from llamachat.engine.llama.engine import LlamaEngine
from llamachat.engine.llama.log_probs import packed_width
from llamachat.engine.params import EngineOptions
from llamachat.engine.scoring import N_CTX, Score, Scored, ScoreOrder, Scorer, decode_order
from llamachat.errors import EngineDied, ModelError, UsageError
from llamachat.gguf.generated import TINY
from tests.engine.conftest import OpenModel


@pytest.fixture(autouse=True)
def _surveyed(surveyed: None) -> None:
    """The processor need not be looked at again for each test."""


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two and a bit chunks of the generated vocabulary."""
    path = tmp_path_factory.mktemp("text") / "text.txt"
    path.write_text("The quick brown fox jumps over the lazy dog. " * 60 + "\n")
    return path


def options(model: Path) -> EngineOptions:
    return EngineOptions(model, threads=1)


def scored(model: Path, order: ScoreOrder, seen: Callable[[Scored], object] = print) -> Score:
    with Scorer(options(model), order) as scorer:
        return scorer.run(seen)


def surprise_token_by_token(engine: LlamaEngine, text: str) -> list[float]:
    """The definition, evaluated one token after the other."""
    vocab, found = engine.vocab, []
    ids = [*([vocab.bos] if vocab.add_bos else []), *vocab.plain(text)]
    for start in range(0, len(ids) - N_CTX + 1, N_CTX):
        chunk = ids[start : start + N_CTX]
        chunk[0] = vocab.bos if vocab.add_bos else chunk[0]
        engine.cache.clear()
        half = N_CTX // 2
        engine.cache.decode(Tokens(chunk[:half], [0] * half))
        for token, following in zip(chunk[half:], chunk[half + 1 :], strict=False):
            engine.cache.decode_one(token, 0)
            logits = np.array(engine.cache.logits(), np.float64)
            top = logits.max()
            found.append(top + np.log(np.exp(logits - top).sum()) - logits[following])
    return found


def test_perplexity_is_that_of_each_token_by_itself(
    generated: Callable[[str], Path], text: Path, open_model: OpenModel
) -> None:
    model, seen = generated("f32"), list[Scored]()
    found = scored(model, ScoreOrder(text), seen.append)
    engine = open_model(model, n_ctx=N_CTX)
    exact = surprise_token_by_token(engine, text.read_text().removesuffix("\n"))
    assert found.tokens == len(exact) == found.chunks * 255
    assert np.log(found.perplexity) == pytest.approx(np.mean(exact), rel=2e-3)
    assert seen[-1] == Scored(found.chunks, found.chunks, found.perplexity)


def test_a_smaller_type_differs_from_the_one_that_was_kept(
    generated: Callable[[str], Path], text: Path, tmp_path: Path
) -> None:
    kept = tmp_path / "base"
    base = scored(generated("q8_0"), ScoreOrder(text, 1, keep=kept))
    assert base.kld is None
    assert base.kld_chunks == 1
    other = scored(generated("q4_0"), ScoreOrder(text, 1, base=kept))
    assert other.kld is not None
    assert other.kld > 0.1
    assert other.same_top is not None
    assert 0 <= other.same_top < 0.9


def test_other_tokens_cannot_be_compared(
    generated: Callable[[str], Path], text: Path, tmp_path: Path
) -> None:
    writer = BaseWriter(tmp_path / "base", np.zeros((1, N_CTX), np.int32), TINY.n_vocab)
    writer.add(np.zeros((255, packed_width(TINY.n_vocab)), np.uint16))
    writer.close()
    found = scored(generated("q4_0"), ScoreOrder(text, 1, base=tmp_path / "base"))
    assert found.kld is None
    assert "other tokens" in found.remark


def test_a_short_text_is_refused_in_words(generated: Callable[[str], Path], tmp_path: Path) -> None:
    short = tmp_path / "short"
    short.write_text("Too short.")
    with pytest.raises(UsageError, match=r"1,024 are needed"):
        scored(generated("q4_0"), ScoreOrder(short))


def test_what_is_no_model_is_refused(text: Path) -> None:
    with pytest.raises(ModelError):
        Scorer(options(text), ScoreOrder(text))


def test_a_cancelled_child_is_gone_at_once(slow_model: Path) -> None:
    with Scorer(options(slow_model), ScoreOrder(DEFAULT_TEXT)) as scorer:
        scorer.cancel()
        with pytest.raises(EngineDied):
            scorer.run()


def test_the_child_leaves_with_its_parent(slow_model: Path) -> None:
    order = json.dumps({"text": str(DEFAULT_TEXT), "keep": None, "base": None})
    child = subprocess.Popen(
        [
            *(sys.executable, "-m", "llamachat.engine.llama.scoring", "--order", order),
            *("--options", json.dumps({"model": str(slow_model), "threads": 1})),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    assert child.stdin is not None
    child.stdin.close()
    assert child.wait(timeout=20) == 0


def test_an_order_survives_the_way_to_the_child() -> None:
    text = '{"text": "a", "chunks": 3, "keep": null, "most_kept": 9, "base": "b"}'
    assert decode_order(text) == ScoreOrder(Path("a"), 3, None, 9, Path("b"))
