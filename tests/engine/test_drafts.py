"""A message that was read while it was typed and corrected has the tokens and the logits of one
that was not: in both forms of a dialog, whatever was typed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from llamachat.chat.dialog import Dialog
from llamachat.chat.draft_prefill import Draft, DraftReader, draft_prompts
from llamachat.chat.message import Message
from llamachat.chat.prompt_library import load_prompt_template
from llamachat.chat.rendering import renderer
from llamachat.engine.llama.engine import LlamaEngine
from llamachat.engine.params import EngineOptions
from llamachat.gguf.generated import TINY, write_generated_llama
from tests.engine.answers import largest_difference

TEMPLATES = Path(__file__).parents[1] / "unit" / "chat" / "chat_templates"
SAID = (Message("user", "Hello."), Message("assistant", "Hello! How are you?", "stop"))
EXACT = 1e-3
"""of a logit of a model in f32 (standard deviation 4), between batch shapes"""
SEAM = 4
"""tokens before the unsettled ones that may be others in the whole message"""

PIECES = st.sampled_from(
    [
        "Tell me ", "about the capital", " of Peru", "  ", "\n", "\n\n", "1234567", "naïve ß ",
        "你好，世界", "日本語を話しますか？", "😀", "👩‍👩‍👧‍👦 ", "e\u0301", "🇩🇪", "مرحبا ",
        "User: ", "\nBob:", "</s>", "[/INST]", "<0x0A>", "▁",
    ]
)  # fmt: skip


@st.composite
def typings(draw: st.DrawFn) -> list[str]:
    """What stands in the composer while somebody types and corrects; the last one is sent."""
    text, drafts = "", []
    for _ in range(draw(st.integers(1, 6))):
        kept = draw(st.integers(0, len(text))) if draw(st.booleans()) else len(text)
        text = text[:kept] + "".join(draw(st.lists(PIECES, min_size=1, max_size=6)))
        drafts.append(text)
    return drafts


class Readers:
    """An engine that reads drafts, one that reads what is sent, and the form of a dialog."""

    def __init__(self, model: Path, chat_template: str, dialog: Dialog) -> None:
        options = EngineOptions(
            model, n_ctx=4096, threads=1, cache_type_k="f32", cache_type_v="f32",
            flash_attention="off",
        )  # fmt: skip
        self.dialog = dialog
        self.drafted, self.fresh = LlamaEngine(options), LlamaEngine(options)
        self.drafted._info = replace(self.drafted.info, chat_template=chat_template)
        self.render = renderer(dialog, self.drafted.info)

    def close(self) -> None:
        self.drafted.close()
        self.fresh.close()


@pytest.fixture(scope="module", params=["transcript", "llama-2", "chatml"])
def readers(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Readers]:
    model = tmp_path_factory.mktemp("model") / "exact.gguf"
    write_generated_llama(model, TINY, "f32", seed=7)
    if request.param == "transcript":
        made = Readers(model, "", load_prompt_template("bob").fill())
    else:
        chat_template = (TEMPLATES / f"{request.param}.jinja").read_text()
        made = Readers(model, chat_template, Dialog(form="chat"))
    yield made
    made.close()


@given(drafts=typings())
def test_a_message_that_was_read_before_is_as_one_that_was_not(
    readers: Readers, drafts: list[str]
) -> None:
    assume(drafts[-1].strip())
    engine, fresh, reader = readers.drafted, readers.fresh, DraftReader()
    for text in drafts:
        draft = Draft(readers.dialog, SAID, text)
        assert reader.read(engine, draft, lambda read: None) is not None
    sent = readers.render((*SAID, Message("user", drafts[-1])))
    first, *_ = engine.prefill(sent)
    fresh.cache.clear()
    list(fresh.prefill(sent))
    held, expected = engine.inspect(), fresh.inspect()
    assert (held.tokens, held.turns) == (expected.tokens, expected.turns)
    assert largest_difference(held.logits, expected.logits) < EXACT
    settled = engine.count(draft_prompts(readers.render, draft).settled)
    assert first.cached >= min(settled, first.total - 1) - SEAM
