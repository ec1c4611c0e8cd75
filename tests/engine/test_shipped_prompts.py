"""The shipped prompt templates in a real engine: Bob, and a model that carries a chat template."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from llamachat.bundled import BOB
from llamachat.chat.chat import Chat
from llamachat.chat.dialog import Dialog
from llamachat.chat.prompt_library import read_prompt_template, shipped_folder
from llamachat.engine.base import Chunk, Done
from llamachat.engine.llama.engine import LlamaEngine
from llamachat.engine.params import EngineOptions, GenerateParams, SamplingParams
from llamachat.engine.prompt import content, prompt_text
from llamachat.errors import UsageError
from llamachat.gguf.generated import TINY, write_generated_llama

FILES = sorted(shipped_folder().glob("*.toml"))
PARAMS = GenerateParams(n_predict=4, sampling=SamplingParams(temp=0))
CHATML = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


@pytest.fixture(scope="module", params=["Bob", "chat template"])
def engine(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LlamaEngine]:
    path = BOB
    if request.param != "Bob":
        path = tmp_path_factory.mktemp("models") / "chat.gguf"
        write_generated_llama(path, TINY, "q8_0", seed=7, chat_template=CHATML)
    opened = LlamaEngine(EngineOptions(path, n_ctx=1024, threads=1))
    yield opened
    opened.close()


def filled(path: Path) -> Dialog:
    template = read_prompt_template(path)
    return template.fill({variable.name: "tea" for variable in template.missing({})})


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_is_answered(path: Path, engine: LlamaEngine) -> None:
    dialog = filled(path)
    if dialog.form == "chat" and not engine.info.chat_template:
        with pytest.raises(UsageError, match="carries no chat template"):
            Chat(engine, dialog)
        return
    chat = Chat(engine, dialog)
    events = list(chat.reply("Hello, who are you?", PARAMS))
    done = events[-1]
    assert isinstance(done, Done)
    assert done.usage.generated
    said = "".join(event.text for event in events if isinstance(event, Chunk))
    assert not any(stop in said for stop in dialog.reverse_prompts)
    assert "${" not in prompt_text(chat.prompt())


@pytest.mark.parametrize(("name", "specials"), [("vicuna", 1), ("llama-2-chat", 2)])
def test_markers_are_special_tokens_and_words_are_not(
    name: str, specials: int, engine: LlamaEngine
) -> None:
    chat = Chat(engine, filled(shipped_folder() / f"{name}.toml"))
    list(chat.reply("Hello", PARAMS))
    text = prompt_text(chat.prompt())
    assert text.count("</s>") + text.count("<s>") == specials
    one_token_each = engine.count(chat.prompt())
    as_words = engine.count((content(text),))
    assert as_words - one_token_each >= specials
