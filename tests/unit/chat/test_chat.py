"""A chat keeps every word, however an answer ends."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from llamachat.chat.chat import Chat
from llamachat.chat.dialog import Dialog
from llamachat.chat.history import MemoryHistory
from llamachat.chat.message import Message
from llamachat.chat.prompt_library import load_prompt_template
from llamachat.engine.base import Chunk, Done, Event
from llamachat.engine.params import GenerateParams
from llamachat.engine.prompt import prompt_text
from llamachat.engine.script import pieces
from llamachat.engine.scripted import ScriptedEngine
from llamachat.errors import EngineDied, UsageError

CHATML = (
    "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)


class Diary(MemoryHistory):
    """Notes what a store would be asked to do."""

    def __init__(self) -> None:
        super().__init__()
        self.notes: list[str] = []

    def add(self, message: Message) -> None:
        super().add(message)
        self.notes.append(f"{message.role}: {message.text}")

    def journal(self, text: str) -> None:
        self.notes.append(f"+{text}")


def bob(engine: ScriptedEngine, **changes: object) -> Chat:
    dialog = load_prompt_template("bob").fill()
    return Chat(engine, replace(dialog, **changes))  # type: ignore[arg-type]


def test_answer_is_kept_without_the_structure_around_it() -> None:
    chat = bob(ScriptedEngine([" Fine.\n\nUser: And you?"]))
    events = list(chat.reply("How are you?"))
    assert "".join(e.text for e in events if isinstance(e, Chunk)) == " Fine.\n\n"
    assert chat.history.messages == (
        Message("user", "How are you?"),
        Message("assistant", "Fine.", "stop"),
    )


def test_next_prompt_holds_what_was_said() -> None:
    prompts: list[str] = []

    def script(prompt: str) -> str:
        prompts.append(prompt)
        return " Yes.\nUser:"

    chat = bob(ScriptedEngine(script))
    for text in ("One?", "Two?"):
        list(chat.reply(text))
    assert prompts[1].endswith(" One?\nBob: Yes.\nUser: Two?\nBob:")
    assert prompt_text(chat.prompt()).endswith("Two?\nBob: Yes.\nUser:")


def test_second_turn_costs_only_its_own_tokens() -> None:
    chat = bob(ScriptedEngine([" Yes, of course.\nUser:"]))
    first, second = (list(chat.reply(text))[-1] for text in ("One?", "Two?"))
    assert isinstance(first, Done)
    assert isinstance(second, Done)
    answer = len(pieces(" Yes, of course."))
    assert second.usage.cached >= first.usage.prompt + answer


def test_user_is_kept_before_the_engine_is_asked() -> None:
    diary = Diary()
    chat = Chat(ScriptedEngine([" a b"]), load_prompt_template("bob").fill(), history=diary)
    stream = chat.reply("Hi")
    next(stream)
    assert diary.notes == ["user: Hi"]
    list(stream)
    assert diary.notes == ["user: Hi", "+ a", "+ b", "assistant: a b"]


def test_reader_who_leaves_keeps_the_half_answer() -> None:
    engine = ScriptedEngine([" one two three"])
    chat = bob(engine)
    stream = chat.reply("Hi")
    for event in stream:
        if isinstance(event, Chunk) and event.text == " two":
            break
    stream.close()  # type: ignore[attr-defined]
    assert chat.history.messages[-1] == Message("assistant", "one two", "cancelled")
    assert isinstance(list(chat.reply("Again"))[-1], Done)


def test_cancelled_answer_is_kept() -> None:
    engine = ScriptedEngine([" word" * 99])
    chat = bob(engine)
    for event in chat.reply("Hi"):
        if isinstance(event, Chunk):
            engine.cancel()
    assert chat.history.messages[-1] == Message("assistant", "word", "cancelled")


def test_engine_that_dies_leaves_the_half_answer_and_the_next_message_works() -> None:
    chat = bob(ScriptedEngine([" one two three"], fail_at=2))
    last = list(chat.reply("Hi"))[-1]
    assert isinstance(last, Done)
    assert isinstance(last.fault, EngineDied)
    assert chat.history.messages[-1] == Message("assistant", "one two", "died")
    list(chat.reply("Again"))
    assert chat.history.messages[-1] == Message("assistant", "one two three", "eos")


class Crashing(ScriptedEngine):
    """Raises in the middle of its answer, as no engine should."""

    def generate(self, prompt: object, params: object) -> Iterator[Event]:
        yield Chunk(" half", 1)
        raise RuntimeError("bug")


def test_engine_that_raises_leaves_the_half_answer_too() -> None:
    chat = bob(Crashing([]))
    with pytest.raises(RuntimeError):
        list(chat.reply("Hi"))
    assert chat.history.messages[-1] == Message("assistant", "half", "died")


class Interrupted(ScriptedEngine):
    """Ctrl+C while the prompt is read."""

    def generate(self, prompt: object, params: object) -> Iterator[Event]:
        raise KeyboardInterrupt


def test_interrupt_before_the_first_event_keeps_the_question() -> None:
    chat = bob(Interrupted([]))
    with pytest.raises(KeyboardInterrupt):
        list(chat.reply("Hi"))
    assert chat.history.messages == (Message("user", "Hi"), Message("assistant", "", "cancelled"))


def test_message_that_does_not_fit_is_taken_back() -> None:
    chat = bob(ScriptedEngine([" Yes."], n_ctx=200))
    list(chat.reply("Short"))
    before = chat.history.messages
    with pytest.raises(UsageError, match="context"):
        list(chat.reply("word " * 300))
    assert chat.history.messages == before


def test_long_chat_drops_old_turns_by_itself() -> None:
    chat = bob(ScriptedEngine([" Yes, indeed, of course.\nUser:"], n_ctx=128))
    reasons = {
        done.reason for _ in range(20) for done in chat.reply("And?") if isinstance(done, Done)
    }
    assert reasons == {"stop"}
    assert len(chat.history.messages) == 40


def test_reverse_prompts_of_the_dialog_always_hold() -> None:
    chat = bob(ScriptedEngine([" a ### b User: c"]))
    list(chat.reply("Hi", GenerateParams(stop=("###",))))
    list(chat.reply("Hi", GenerateParams()))
    assert [m.text for m in chat.history.messages[1::2]] == ["a", "a ### b"]


def test_bytes_that_are_no_text_are_kept_as_replacement_characters() -> None:
    chat = bob(ScriptedEngine([" a\udcff"]))
    list(chat.reply("b\udc80"))
    assert [m.text for m in chat.history.messages] == ["b\ufffd", "a\ufffd"]


def test_open_line_lets_the_answer_go_on() -> None:
    chat = bob(ScriptedEngine(lambda prompt: " a time." if prompt.endswith("Once upon") else "no"))
    list(chat.reply("Once upon", open_line=True))
    assert prompt_text(chat.prompt()).endswith("User: Once upon a time.\nUser:")


def test_reset_begins_with_the_greeting_again() -> None:
    chat = bob(ScriptedEngine([" Yes."]))
    fresh = chat.prompt()
    list(chat.reply("Hi"))
    chat.reset()
    assert chat.prompt() == fresh


def test_chat_form_uses_the_model_s_chat_template() -> None:
    engine = ScriptedEngine(["Hello!"], chat_template=CHATML)
    dialog = load_prompt_template("assistant").fill()
    chat = Chat(engine, dialog)
    list(chat.reply("Hi"))
    system = prompt_text(dialog.preamble)
    assert prompt_text(chat.prompt()) == f"<|system|>{system}<|user|>Hi<|assistant|>Hello!"


def test_chat_form_needs_a_chat_template() -> None:
    with pytest.raises(UsageError, match="carries no chat template") as raised:
        Chat(ScriptedEngine([]), Dialog(form="chat"))
    assert "-T bob" in raised.value.hint
