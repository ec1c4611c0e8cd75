"""A dialog comes back from its text exactly as it was."""

from __future__ import annotations

import json
from dataclasses import fields
from types import MappingProxyType
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llamachat.chat.dialog import Dialog, Form
from llamachat.chat.message import Message, Role
from llamachat.chat.prompt_library import load_prompt_template
from llamachat.chat.store.encoding import (
    decode_dialog,
    decode_values,
    encode_dialog,
    encode_values,
)
from llamachat.chat.store.failures import DamagedValue
from llamachat.engine.base import FinishReason
from llamachat.engine.params import SamplingParams
from llamachat.engine.prompt import Segment, SegmentKind

TEXT = st.text(st.characters(), max_size=20)  # lone surrogates too
NUMBER = st.floats(allow_nan=False)
MESSAGES = st.builds(
    Message,
    st.sampled_from(get_args(Role)),
    TEXT,
    st.none() | st.sampled_from(get_args(FinishReason)),
    st.booleans(),
)
SEGMENTS = st.builds(Segment, TEXT, st.sampled_from(get_args(SegmentKind)), st.integers(0, 99))
SAMPLING = st.fixed_dictionaries(
    {},
    optional={
        "temp": NUMBER,
        "top_k": st.integers(),
        "ignore_eos": st.booleans(),
        "grammar": TEXT,
        "samplers": st.lists(TEXT).map(tuple),
        "logit_bias": st.lists(st.tuples(st.integers(), NUMBER)).map(tuple),
    },
)
DIALOGS = st.builds(
    Dialog,
    form=st.sampled_from(get_args(Form)),
    user=TEXT,
    assistant=TEXT,
    preamble=st.lists(SEGMENTS, max_size=4).map(tuple),
    greeting=st.lists(MESSAGES, max_size=4).map(tuple),
    reverse_prompts=st.lists(TEXT, max_size=4).map(tuple),
    in_prefix=TEXT,
    in_suffix=TEXT,
    separator=TEXT,
    n_keep=st.integers(),
    sampling=SAMPLING | SAMPLING.map(MappingProxyType),
)


@given(DIALOGS)
def test_every_dialog_comes_back_equal(dialog: Dialog) -> None:
    assert decode_dialog(encode_dialog(dialog)) == dialog


@given(SAMPLING)
def test_settings_come_back_equal(settings: dict[str, object]) -> None:
    assert decode_values(encode_values(settings)) == settings


def test_every_field_is_written() -> None:
    written = json.loads(encode_dialog(Dialog()))
    assert set(written) == {field.name for field in fields(Dialog)}


def test_a_real_prompt_template_comes_back_and_generates() -> None:
    dialog = load_prompt_template("bob").fill()
    again = decode_dialog(encode_dialog(dialog))
    assert again.params() == dialog.params()
    assert isinstance(again.params().sampling, SamplingParams)


def test_what_a_later_version_does_not_know_is_left_out() -> None:
    values = json.loads(encode_dialog(Dialog(user="Ann"))) | {"mood": "sunny"}
    assert decode_dialog(json.dumps(values)) == Dialog(user="Ann")


@pytest.mark.parametrize("text", ["", "[]", "{", '{"form": 7}', '{"preamble": [{"text": 1}]}'])
def test_what_is_no_dialog_is_damaged(text: str) -> None:
    with pytest.raises(DamagedValue):
        decode_dialog(text)
