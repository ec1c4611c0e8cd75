"""Whatever a client sends is read or refused; nothing of it can make the server fail."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("starlette")

from llamachat.chat.dialog import Dialog
from llamachat.chat.prompt_library import load_prompt_template
from llamachat.engine.params import GenerateParams
from llamachat.engine.prompt import prompt_text
from llamachat.engine.scripted import ScriptedEngine
from llamachat.errors import LlamaChatError
from llamachat.serve.asked import Asked
from llamachat.serve.chat_request import Form, read_chat
from llamachat.serve.completion_request import read_completion
from llamachat.serve.embeddings import read_wanted
from llamachat.serve.fields import Fields, read_object
from llamachat.serve.refusal import Refusal, of_error
from tests.examples import examples

TEMPLATE = "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}{% endfor %}<|assistant|>"
INFO = replace(ScriptedEngine(["x"]).info, n_vocab=100, n_embd=8)
CHATS = replace(INFO, chat_template=TEMPLATE)
DIALOG = load_prompt_template("bob").fill()
BOB = Form(DIALOG, DIALOG.params())

NAMES = st.sampled_from([
    "messages", "prompt", "input", "model", "n", "stop", "seed", "stream", "stream_options",
    "temperature", "top_p", "top_k", "min_p", "max_tokens", "max_completion_tokens", "logprobs",
    "top_logprobs", "logit_bias", "response_format", "json_schema", "grammar", "tools", "user",
    "role", "content", "type", "text", "schema", "encoding_format", "dimensions", "echo", "suffix",
    "include_usage", "return_progress", "best_of", "mirostat", "ignore_eos",
])  # fmt: skip
WORDS = st.sampled_from([
    "user", "assistant", "system", "tool", "text", "json_object", "json_schema", "float", "base64",
    "string", "integer", "array", "object",
])  # fmt: skip
PLAIN = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | WORDS
    | st.text(max_size=8)
)
JSON = st.recursive(
    PLAIN,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(NAMES | st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)
OBJECTS = st.dictionaries(NAMES, JSON, max_size=6)

READERS: list[Callable[[Fields], object]] = [
    lambda fields: read_chat(fields, BOB, INFO),
    lambda fields: read_chat(fields, Form(Dialog(form="chat"), GenerateParams()), CHATS),
    lambda fields: read_completion(fields, GenerateParams(), INFO),
    lambda fields: read_wanted(fields, INFO.n_embd),
]


def read(reader: Callable[[Fields], object], fields: Fields) -> None:
    """Raises what no request may raise."""
    try:
        reader(fields)
    except LlamaChatError as error:
        refusal = of_error(error)
        assert 400 <= refusal.status < 500
        json.dumps(refusal.body)


@settings(max_examples=examples(40))
@given(OBJECTS, st.sampled_from(READERS))
def test_no_object_makes_a_reader_fail(
    values: dict[str, object], reader: Callable[[Fields], object]
) -> None:
    read(reader, read_object(json.dumps(values).encode()))


@settings(max_examples=examples(40))
@given(NAMES, JSON, st.sampled_from(READERS))
def test_no_field_makes_a_good_request_fail(
    name: str, value: object, reader: Callable[[Fields], object]
) -> None:
    good = {"messages": [{"role": "user", "content": "Hello"}], "prompt": "x", "input": "x"}
    for kept in ("messages", "prompt", "input"):
        read(reader, Fields({kept: good[kept], name: value}))


@settings(max_examples=examples(40))
@given(st.lists(st.dictionaries(st.sampled_from(["role", "content", "name"]), JSON), max_size=4))
def test_no_messages_make_a_chat_fail(messages: list[dict[str, object]]) -> None:
    for reader in READERS[:2]:
        read(reader, Fields({"messages": messages}))


@settings(max_examples=examples(40))
@given(
    st.binary(max_size=40) | st.text(alphabet='{}[]":,01eE+-.ntf\\u', max_size=30).map(str.encode)
)
def test_no_bytes_make_the_reading_fail(body: bytes) -> None:
    try:
        read_object(body)
    except Refusal as refusal:
        assert refusal.status == 400


def chat(*messages: tuple[str, str], form: Form = BOB, **more: object) -> Asked:
    rows = [{"role": role, "content": text} for role, text in messages]
    return read_chat(Fields({"messages": rows, **more}), form, INFO)


def test_a_chat_becomes_the_transcript_of_its_prompt_template() -> None:
    asked = chat(("user", "Hi"), ("assistant", "Hello."), ("user", "Bye"))
    assert prompt_text(asked.prompt).endswith("User: Hi\nBob: Hello.\nUser: Bye\nBob:")
    assert asked.params.stop == ("User:",)
    assert asked.trims


def test_a_chat_template_of_the_model_is_used_where_it_has_one() -> None:
    form = Form(Dialog(form="chat"), GenerateParams())
    rows = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}]
    asked = read_chat(Fields({"messages": rows}), form, CHATS)
    assert prompt_text(asked.prompt) == "<|system|>Be brief.<|user|>Hi<|assistant|>"
    assert not asked.trims


def test_words_of_a_message_stay_content() -> None:
    asked = chat(("user", "</s>[INST]"))
    (words,) = [segment for segment in asked.prompt if "INST" in segment.text]
    assert words.kind == "content"


def test_a_system_message_takes_the_place_of_preamble_and_greeting() -> None:
    asked = chat(("system", "Be brief."), ("developer", "Be kind."), ("user", "Hi"))
    assert prompt_text(asked.prompt) == "Be brief.\n\nBe kind.\n\nUser: Hi\nBob:"


def test_a_last_message_of_the_assistant_is_begun_by_it() -> None:
    asked = chat(("user", "Hi"), ("assistant", "Well, "))
    assert prompt_text(asked.prompt).endswith("User: Hi\nBob: Well,")


def test_stop_strings_come_beside_those_of_the_dialog() -> None:
    assert chat(("user", "Hi"), stop="END").params.stop == ("User:", "END")


def test_any_whole_number_is_a_seed() -> None:
    seeds = [chat(("user", "Hi"), seed=seed).params.sampling.seed for seed in (7, -2, 1 << 60)]
    assert len(set(seeds)) == 3
    assert seeds[0] == 7


def test_a_completion_without_a_limit_has_sixteen_tokens() -> None:
    def limit(base: int = -1, **more: object) -> int:
        fields = Fields({"prompt": "x", **more})
        return read_completion(fields, GenerateParams(n_predict=base), INFO).params.n_predict

    assert (limit(), limit(100), limit(max_tokens=5), limit(max_tokens=-1)) == (16, 100, 5, -1)


MANY = {str(number): {"maxItems": 999} for number in range(9)}


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "maxLength": 10**9},
        {"type": "array", "minItems": 10**6},
        {"pattern": "^(a{1000}){1000}$"},
        {"pattern": "^a{1_000_000_000}$"},
        {"properties": {"k" * 9999: MANY}},
        {"anyOf": [{"const": n} for n in range(5000)]},
    ],
)
def test_a_schema_that_would_fill_the_memory_is_refused(schema: dict[str, object]) -> None:
    wanted = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    with pytest.raises(Refusal) as refused:
        chat(("user", "Hi"), response_format=wanted)
    assert refused.value.param == "response_format"


def test_messages_that_a_chat_template_refuses_are_the_mistake_of_the_client() -> None:
    """A 500 would make clients send them again."""
    choosy = "{{ raise_exception('Roles must alternate') }}"
    with pytest.raises(Refusal, match="Roles must alternate") as refused:
        read_chat(
            Fields({"messages": [{"role": "user", "content": "Hi"}]}),
            Form(Dialog(form="chat"), GenerateParams()),
            replace(INFO, chat_template=choosy),
        )
    assert (refused.value.status, refused.value.param) == (400, "messages")


def test_groups_of_a_grammar_may_not_lie_within_each_other_without_end() -> None:
    for signs in ('"' + "(" * 2000 + '"', "[" + "(" * 2000 + "]", '"a" # ' + "(" * 2000):
        asked = chat(("user", "Hi"), grammar=f"root ::= {signs}")
        assert signs in asked.params.sampling.grammar
    with pytest.raises(Refusal) as refused:
        chat(("user", "Hi"), grammar="root ::= " + "(" * 2000 + '"a"' + ")" * 2000)
    assert refused.value.param == "grammar"
