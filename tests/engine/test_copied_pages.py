"""A mapped model does not lie in memory twice: its file, and the copies that fast kernels use."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from llamachat.engine.llama import copied_pages
from llamachat.engine.llama.copied_pages import CopiedPages
from llamachat.engine.llama.engine import LlamaEngine
from llamachat.engine.llama.library import open_library
from llamachat.engine.params import EngineOptions, LoadMode
from llamachat.hardware.mapped_pages import CAN_DROP, drop_pages
from llamachat.hardware.memory import mapped_file_bytes
from tests.engine.answers import run, text_of

Drops = list[list[Path]]

pytestmark = pytest.mark.skipif(not CAN_DROP, reason="nothing tells where a file is mapped")


@pytest.fixture
def drops(monkeypatch: pytest.MonkeyPatch) -> Drops:
    """The files of each drop, which is done."""
    seen: Drops = []

    def drop(files: Iterable[Path], first: int | None = None) -> int:
        seen.append(list(files))
        return drop_pages(seen[-1], first)

    monkeypatch.setattr(copied_pages, "drop_pages", drop)
    return seen


def mapped() -> int:
    found = mapped_file_bytes()
    assert found is not None
    return found


def loaded(model: Path, look: Callable[[LlamaEngine], None], mode: LoadMode = "auto") -> list[str]:
    """What is generated; `look` is called after loading and after each of two answers."""
    options = EngineOptions(model, n_ctx=256, threads=1, load_mode=mode)
    with LlamaEngine(options) as engine:
        if not any(map(copied_pages._is_copy, open_library().weight_buffers)):
            pytest.skip("the kernels of this processor use the weights as they are")
        look(engine)
        texts = []
        for _ in range(2):
            texts.append(text_of(run(engine)))
            look(engine)
    return texts


def test_the_file_is_not_resident_after_loading_nor_after_answers(
    slow_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Against the same without dropping, which holds all of it."""
    size, before = slow_model.stat().st_size, mapped()
    dropped: list[int] = []
    texts = loaded(slow_model, lambda engine: dropped.append(mapped() - before))
    monkeypatch.setattr(copied_pages, "drop_pages", lambda files, first=None: 0)
    kept: list[int] = []
    assert loaded(slow_model, lambda engine: kept.append(mapped() - before)) == texts
    print(f"resident of {size:,} bytes: {max(dropped):,} dropped, {min(kept):,} kept")
    assert min(kept) > 0.9 * size
    assert max(dropped) < 0.3 * size


def test_it_is_dropped_in_steps_while_it_is_loaded(
    slow_model: Path, drops: Drops, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copied_pages, "STEP", slow_model.stat().st_size // 8)
    loaded(slow_model, lambda engine: None)
    assert 5 <= len(drops) <= 9
    assert drops[0] == [slow_model]


@pytest.mark.parametrize("mode", ["none", "mmap+mlock"])
def test_what_is_read_or_locked_is_left_alone(
    slow_model: Path, drops: Drops, mode: LoadMode
) -> None:
    loaded(slow_model, lambda engine: None, mode)
    assert drops == []


def test_weights_that_are_used_in_place_stay(slow_model: Path, drops: Drops) -> None:
    options = EngineOptions(slow_model, n_ctx=256, threads=1, extra_buffers=False)
    LlamaEngine(options).close()
    assert drops == []


def test_a_small_model_is_looked_at_once(tmp_path: Path, drops: Drops) -> None:
    (tmp_path / "m.gguf").write_bytes(bytes(1 << 20))
    pages = CopiedPages([tmp_path / "m.gguf"], "auto", {"CPU_Mapped", "CPU_REPACK"})
    for percent in range(100):
        pages.loaded(percent / 100)
    assert drops == []
    pages.loaded()
    assert drops == [[tmp_path / "m.gguf"]]
