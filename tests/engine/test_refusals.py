"""Options that llama.cpp refuses come back as one sentence and what to do."""

from pathlib import Path

import pytest

from llamachat.engine.params import EngineOptions
from llamachat.engine.process import ProcessEngine
from llamachat.errors import EngineError, UsageError
from tests.engine.conftest import STORIES, OpenModel


def test_a_quantized_v_cache_without_flash_attention_is_refused(open_model: OpenModel) -> None:
    with pytest.raises(EngineError, match="V cache") as refused:
        open_model(cache_type_v="q8_0", flash_attention="off")
    assert "-fa on" in refused.value.hint


@pytest.mark.skipif(not STORIES.exists(), reason="shared data is not here")
def test_heads_too_small_for_a_quantized_cache_are_named(open_model: OpenModel) -> None:
    with pytest.raises(EngineError, match="block size") as refused:
        open_model(STORIES, cache_type_k="q8_0")
    assert "f16" in refused.value.hint


def test_an_unknown_cache_type_is_a_matter_of_usage(open_model: OpenModel) -> None:
    with pytest.raises(UsageError, match="q9_9"):
        open_model(cache_type_k="q9_9")


def test_the_worker_tells_the_same(tiny: Path) -> None:
    options = EngineOptions(tiny, n_ctx=256, threads=1, cache_type_v="q8_0", flash_attention="off")
    with pytest.raises(EngineError, match="V cache"):
        ProcessEngine(options)
