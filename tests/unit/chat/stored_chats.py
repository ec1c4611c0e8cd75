"""Chats as the store gives them back, written by hand and drawn at random."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, get_args

from hypothesis import strategies as st

from llamachat.chat.dialog import Dialog, Form
from llamachat.chat.exchange.own_chat import LATEST
from llamachat.chat.message import Message, Role
from llamachat.chat.store.records import ChatRecord, StoredMessage
from llamachat.engine.base import FinishReason
from llamachat.engine.params import SAMPLER_ORDER
from llamachat.engine.prompt import Segment, SegmentKind

NOON = 1_763_812_800.0


def record(**changes: Any) -> ChatRecord:
    """A chat with Bob."""
    plain = ChatRecord(
        id=7, title="Fruits", created=NOON, updated=NOON, prompt_template="bob",
        dialog=Dialog(assistant="Bob"), settings={}, model="/home/anna/models/bob.gguf",
        draft="", messages=2, leaf=2,
    )  # fmt: skip
    return replace(plain, **changes)


def rows(*messages: Message) -> tuple[StoredMessage, ...]:
    """One line of messages."""
    return tuple(
        StoredMessage(n, n - 1 or None, message, NOON, "", {}, 1, 1)
        for n, message in enumerate(messages, 1)
    )


TEXTS = st.text(max_size=40)
TIMES = st.floats(0, LATEST)
NUMBERS = st.integers(0, 2**53) | st.floats(0, 1e9)

MESSAGES = st.builds(
    Message,
    st.sampled_from(get_args(Role)),
    TEXTS,
    st.none() | st.sampled_from(get_args(FinishReason)),
    st.booleans(),
)
SAMPLING = st.fixed_dictionaries(
    {},
    optional={
        "temp": st.floats(0, 2),
        "top_k": st.integers(0, 100),
        "ignore_eos": st.booleans(),
        "grammar": TEXTS,
        "samplers": st.lists(st.sampled_from(SAMPLER_ORDER)).map(tuple),
        "dry_sequence_breakers": st.lists(TEXTS, max_size=3).map(tuple),
        "logit_bias": st.lists(st.tuples(st.integers(0, 999), st.floats(-9, 9))).map(tuple),
    },
)
DIALOGS = st.builds(
    Dialog,
    form=st.sampled_from(get_args(Form)),
    user=TEXTS,
    assistant=TEXTS,
    preamble=st.lists(
        st.builds(Segment, TEXTS, st.sampled_from(get_args(SegmentKind))), max_size=3
    ).map(tuple),
    greeting=st.lists(MESSAGES, max_size=3).map(tuple),
    reverse_prompts=st.lists(TEXTS, max_size=3).map(tuple),
    in_prefix=TEXTS,
    in_suffix=TEXTS,
    separator=TEXTS,
    n_keep=st.integers(-1, 5000),
    sampling=SAMPLING,
    line_endings=st.booleans(),
)
RECORDS = st.builds(
    record,
    title=TEXTS.map(lambda text: " ".join(text.split())),
    renamed=st.booleans(),
    created=TIMES,
    updated=TIMES,
    prompt_template=TEXTS,
    dialog=DIALOGS,
    settings=SAMPLING.flatmap(
        lambda given: st.fixed_dictionaries({}, optional={"n_predict": st.integers(-2, 99)}).map(
            lambda more: {**given, **more}
        )
    ),
    draft=TEXTS,
)


@st.composite
def trees(draw: st.DrawFn) -> tuple[ChatRecord, Sequence[StoredMessage]]:
    """A chat with branches; its line may end at any message, or before the first."""
    found: list[StoredMessage] = []
    for number in range(1, draw(st.integers(0, 8)) + 1):
        parent = draw(st.none() | st.integers(1, number - 1)) if number > 1 else None
        stats = draw(st.dictionaries(TEXTS, NUMBERS, max_size=3))
        found.append(
            StoredMessage(
                number, parent, draw(MESSAGES), draw(TIMES), draw(MODELS), stats, place=1, places=1
            )
        )
    leaf = draw(st.none() | st.integers(1, len(found))) if found else None
    return replace(draw(RECORDS), leaf=leaf, model=draw(MODELS)), found


MODELS = st.sampled_from(["", "bob", "/models/llama-2-7b.Q4_0.gguf"])
