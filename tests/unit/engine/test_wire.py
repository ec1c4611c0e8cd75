"""What goes over the wire comes back as it was; what does not fit is refused in words."""

import json
import math
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llamachat import errors
from llamachat.engine import wire
from llamachat.engine.base import (
    Chunk,
    Done,
    EngineInfo,
    Event,
    Memory,
    Prefilled,
    Timings,
    Trimmed,
    Usage,
)
from llamachat.engine.context import Inspection
from llamachat.engine.params import (
    KV_CACHE_TYPES,
    SAMPLER_ORDER,
    SPEC_TYPES,
    EngineOptions,
    GenerateParams,
    LoraAdapter,
    SamplingParams,
)
from llamachat.engine.prompt import Segment, raw_prompt
from llamachat.errors import EngineDied, LlamaChatError

TEXT = st.lists(
    st.sampled_from([*'\u2028\u2029\x85\0\n\r\x1b"\\', "\udc80", "\udcff", "🙂"]) | st.text()
).map("".join)
"""any text, bytes that are no UTF-8 (lone surrogates) and every kind of line end included"""

COUNT = st.integers(0, 2**40)
SECONDS = st.floats(0, 1e6)
FAULTS = st.one_of(
    st.builds(EngineDied, TEXT, TEXT, signal=st.integers(0, 64)),
    *(
        st.builds(kind, TEXT, TEXT)
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, LlamaChatError) and kind is not EngineDied
    ),
)
EVENTS = st.one_of(
    st.builds(Prefilled, COUNT, COUNT, COUNT),
    st.builds(Trimmed, st.lists(COUNT).map(tuple), COUNT),
    st.builds(Chunk, TEXT, COUNT),
)
DONES = st.builds(
    Done,
    st.sampled_from(["eos", "stop", "length", "context", "cancelled", "died"]),
    st.builds(Usage, COUNT, COUNT, COUNT, COUNT),
    st.builds(Timings, SECONDS, SECONDS, SECONDS),
    st.builds(Memory, COUNT, COUNT, COUNT, COUNT),
    stop=TEXT,
)
SEGMENTS = st.builds(Segment, TEXT, st.sampled_from(["scaffold", "content"]), st.integers(0, 2**31))


def through(message: wire.Message) -> wire.Message:
    """Over the wire as one line, in blocks that cut it anywhere."""
    line = wire.to_line({"id": 1, **message})
    assert line.isascii()
    assert line.count(b"\n") == 1
    return wire.from_line(line)


@given(st.one_of(EVENTS, DONES))
def test_events_come_back_equal(event: Event) -> None:
    assert wire.decode_event(through(wire.encode_event(event))) == event


@given(FAULTS)
def test_errors_come_back_with_kind_words_and_signal(fault: LlamaChatError) -> None:
    done = wire.decode_event(through(wire.encode_event(Done("died", fault=fault))))
    assert isinstance(done, Done)
    assert type(done.fault) is type(fault)
    assert vars(done.fault) == vars(fault)
    assert done.fault is not None
    assert done.fault.exit_code == fault.exit_code


@pytest.mark.parametrize("kind", ["NoSuchError", "Exception", "annotations", "ExitCode"])
def test_an_unknown_kind_of_error_is_an_engine_error(kind: str) -> None:
    error = wire.decode_error({"kind": kind, "message": "m", "hint": "h"})
    assert type(error) is errors.EngineError
    assert str(error) == "m h"


@given(st.lists(SEGMENTS).map(tuple))
def test_prompts_come_back_equal(prompt: tuple[Segment, ...]) -> None:
    message = through({"prompt": wire.encode_prompt(prompt)})
    assert wire.decode_prompt(message["prompt"]) == prompt


@given(TEXT)
def test_a_string_is_a_plain_prompt(text: str) -> None:
    assert wire.decode_prompt(through({"prompt": text})["prompt"]) == raw_prompt(text)


@given(
    st.builds(
        GenerateParams,
        n_predict=st.integers(-2, 2**31),
        stop=st.lists(TEXT).map(tuple),
        context_shift=st.booleans(),
        n_keep=st.integers(-1, 2**31),
        sampling=st.builds(
            SamplingParams,
            temp=st.floats(allow_nan=False),
            top_k=st.integers(-1, 1000),
            samplers=st.permutations(SAMPLER_ORDER).map(tuple),
            grammar=TEXT,
            dry_sequence_breakers=st.lists(TEXT).map(tuple),
            logit_bias=st.lists(st.tuples(st.integers(0, 2**31), st.floats(allow_nan=False))).map(
                tuple
            ),
            ignore_eos=st.booleans(),
            seed=st.integers(0, 2**32 - 1),
        ),
    )
)
def test_params_come_back_equal(params: GenerateParams) -> None:
    message = through({"params": params})
    assert wire.decode_params(message["params"]) == params


@given(
    st.builds(
        EngineOptions,
        model=TEXT.filter(lambda text: "\0" not in text).map(Path),
        n_ctx=st.integers(0, 2**31 - 1),
        threads=st.none() | st.integers(1, 512),
        cache_type_k=st.sampled_from(KV_CACHE_TYPES),
        flash_attention=st.sampled_from(["auto", "on", "off"]),
        adapters=st.lists(st.builds(LoraAdapter, TEXT.map(Path), st.floats(-10, 10))).map(tuple),
        deterministic=st.booleans(),
        extra_buffers=st.booleans(),
        spec_type=st.sampled_from(SPEC_TYPES),
    )
)
def test_options_come_back_equal(options: EngineOptions) -> None:
    line = wire.encode_options(options)
    assert line.isascii()
    assert wire.decode_options(json.loads(line)) == options


def test_an_inspection_and_an_info_come_back_equal() -> None:
    held = Inspection((1, 2, 3), (0, 0, 1), (0.5, -math.inf))
    assert wire.decode_inspection(through({"value": held})["value"]) == held
    numbers = {f.name: 7 for f in fields(EngineInfo) if f.type in ("int", "float")}
    texts = {f.name: "é\udcff" for f in fields(EngineInfo) if f.type == "str"}
    info = EngineInfo(**numbers, **texts, memory=Memory(1, 2, 3, 4), metadata={"a": "b"})  # type: ignore[arg-type]
    assert wire.decode_info(through({"info": info})["info"]) == info


@given(st.lists(st.binary().map(lambda b: b.replace(b"\n", b""))), st.integers(1, 7))
def test_lines_do_not_depend_on_the_blocks_they_come_in(lines: list[bytes], size: int) -> None:
    stream = b"".join(line + b"\n" for line in lines) + b"rest"
    buffer, found = wire.Lines(), []
    for start in range(0, len(stream), size):
        found += buffer.push(stream[start : start + size])
    assert found == lines
    assert buffer.rest() == b"rest"
