"""stories260K tells the story its author published, whichever engine runs it."""

import re

import pytest

from llamachat.engine.base import Engine
from llamachat.engine.llama.engine import LlamaEngine
from llamachat.engine.params import EngineOptions, SamplingParams
from llamachat.engine.process import ProcessEngine
from llamachat.engine.prompt import raw_prompt
from tests.engine.answers import done_of, run, text_of
from tests.engine.conftest import STORIES
from tests.shared import needs_shared

pytestmark = needs_shared


def published() -> str:
    """The greedy text of the model's README, which breaks off in a sentence."""
    found = re.search(r"-t 0\.0\n(.*?)\n```", STORIES.with_suffix(".md").read_text(), re.DOTALL)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("kind", [LlamaEngine, ProcessEngine])
@pytest.mark.parametrize("fast", [True, False], ids=["fast", "plain"])
def test_greedy_text_is_the_published_one(
    kind: type[LlamaEngine] | type[ProcessEngine], fast: bool
) -> None:
    options = EngineOptions(STORIES, n_ctx=512, threads=1, extra_buffers=fast)
    with kind(options) as opened:
        engine: Engine = opened
        events = run(engine, raw_prompt(""), n=256, sampling=SamplingParams(temp=0))
    assert text_of(events).lstrip(" ") == published()
    assert done_of(events).reason == "length"
