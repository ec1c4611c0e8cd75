"""Real engines on small real models: generated ones in several types, and stories260K."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from llamachat.bundled import BOB
from llamachat.engine.base import Engine
from llamachat.engine.llama.engine import LlamaEngine
from llamachat.engine.params import EngineOptions
from llamachat.engine.process import ProcessEngine
from llamachat.engine.prompt import raw_prompt
from llamachat.engine.scripted import ScriptedEngine
from llamachat.gguf.generated import TINY, LlamaShape, write_generated_llama
from tests.engine.served import LlamaServed, ServedEngine
from tests.shared import SHARED

STORIES = SHARED / "stories260K" / "stories260K.gguf"

OpenModel = Callable[..., LlamaEngine]


@pytest.fixture(scope="session")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """A generated model of a type, all dimensions multiples of 256; made once per session."""
    folder = tmp_path_factory.mktemp("models")

    def make(ftype: str) -> Path:
        path = folder / f"{ftype}.gguf"
        if not path.exists():
            write_generated_llama(path, TINY, ftype, seed=7)
        return path

    return make


ONE_LAYER = LlamaShape(1, 256, 4, 2, 512, 512, 2048)


@pytest.fixture(scope="session")
def one_layer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model whose keys and values depend on their own token and position alone, so that a cache
    from which turns were dropped must equal a fresh one of the tokens that stayed."""
    path = tmp_path_factory.mktemp("models") / "one-layer.gguf"
    write_generated_llama(path, ONE_LAYER, "f32", seed=7)
    return path


@pytest.fixture
def tiny(generated: Callable[[str], Path]) -> Path:
    """A generated model in Q4_0."""
    return generated("q4_0")


@pytest.fixture
def open_model(tiny: Path) -> Iterator[OpenModel]:
    """Opens an engine in this process with the options given; closes it afterwards."""
    opened: list[LlamaEngine] = []

    def open_one(model: Path | None = None, **options: object) -> LlamaEngine:
        values = {"n_ctx": 256, "threads": 1, **options}
        engine = LlamaEngine(EngineOptions(model or tiny, **values))  # type: ignore[arg-type]
        opened.append(engine)
        return engine

    yield open_one
    for engine in opened:
        engine.close()


def _scripted(_options: EngineOptions) -> Engine:
    answer = "An answer of several words, long enough to be cancelled. " * 40
    return ScriptedEngine([answer], n_ctx=256)


def _served(options: EngineOptions) -> Engine:
    return ServedEngine(_scripted(options))


KINDS: dict[str, Callable[[EngineOptions], Engine]] = {
    "in process": LlamaEngine,
    "child": ProcessEngine,
    "scripted": _scripted,
    "remote": _served,
    "llama-server": LlamaServed,
}

CASES = [
    ("in process", "q4_0", "f16", True),
    ("in process", "q4_0", "f16", False),
    ("in process", "q8_0", "f16", True),
    ("in process", "q8_0", "q8_0", False),
    ("in process", "q4_K_M", "q8_0", True),
    ("in process", "q4_K_M", "f16", False),
    ("in process", "bob", "f16", True),
    ("in process", "stories", "f16", True),
    ("child", "q4_0", "f16", True),
    ("child", "bob", "f16", True),
    ("scripted", "", "", True),
    ("remote", "", "", True),
]
MORE_CASES = [
    ("in process", "q4_0", "q8_0", True),
    ("in process", "q4_K_M", "f16", True),
    ("child", "q4_K_M", "q8_0", False),
    ("child", "bob", "q8_0", False),
    ("llama-server", "bob", "f16", True),
]
"""for the slow tests: each half of them is in the others, and a child does not know of types"""


ENGINES = pytest.fixture(
    scope="module",
    params=[*CASES, *(pytest.param(case, marks=pytest.mark.slow) for case in MORE_CASES)],
    ids=lambda case: f"{case[0]}-{case[1]}-{case[2]}-{'fast' if case[3] else 'plain'}",
)
"""Every implementation of the contract, on every rung, in several types of weights and KV."""


def _opened(case: tuple[str, str, str, bool], generated: Callable[[str], Path]) -> Engine:
    kind, ftype, kv, fast = case
    if ftype == "stories" and not STORIES.exists():
        pytest.skip("shared data is not here")
    real = {"bob": BOB, "stories": STORIES, "": Path("none.gguf")}
    options = EngineOptions(
        real[ftype] if ftype in real else generated(ftype),
        n_ctx=256,
        threads=2 if ftype == "q8_0" else 1,
        cache_type_k=kv or "f16",
        cache_type_v=kv or "f16",
        flash_attention="on" if kv == "q8_0" else "auto",
        extra_buffers=fast,
    )
    return KINDS[kind](options)


@ENGINES
def lasting(request: pytest.FixtureRequest, generated: Callable[[str], Path]) -> Iterator[Engine]:
    """Serves all tests of a module, as the engine of an app serves all chats of a day."""
    engine = _opened(request.param, generated)
    yield engine
    engine.close()


@pytest.fixture
def engine(lasting: Engine) -> Engine:
    """Whatever it was asked before, its cache now holds something else."""
    list(lasting.prefill(raw_prompt("Nothing of what follows begins like this.")))
    return lasting


@ENGINES
def own_engine(
    request: pytest.FixtureRequest, generated: Callable[[str], Path]
) -> Iterator[Engine]:
    """May be closed."""
    engine = _opened(request.param, generated)
    yield engine
    engine.close()
