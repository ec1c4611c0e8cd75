"""Greedy text equals `llama-completion`'s, for the same GGUF and the same prompt.

The programs are built by `scripts/llama_tools.py`; the test is run by default where they are there
already, and with the slow tests otherwise.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from llamachat.engine.base import Chunk
from llamachat.engine.llama.engine import LlamaEngine
from llamachat.engine.params import EngineOptions, GenerateParams, SamplingParams
from llamachat.engine.prompt import raw_prompt
from scripts.llama_tools import tools_folder
from tests.engine.conftest import STORIES

END = b" [end of text]\n"
"""what llama-completion prints when the model ends its text"""

LAST = b"\n\n"
"""what it prints in any case, after everything else"""

TRIES = 40

PATIENCE = b"""
#include <unistd.h>
__attribute__((destructor)) static void wait_for_the_printing_thread(void) { usleep(50000); }
"""
ENVIRONMENT: dict[str, str] | None = None


def _built() -> bool:
    try:
        return bool(tools_folder("llama-completion", build=False))
    except FileNotFoundError:
        return False


pytestmark = [] if _built() else [pytest.mark.slow, pytest.mark.timeout(1800)]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """llama-completion, made to wait a moment at its end: it prints through a thread, and loses the
    tail of the text where the program is quicker (33 of 60 runs on a busy machine)."""
    found = tools_folder("llama-completion") / "llama-completion"
    compiler = shutil.which("cc")
    with pytest.MonkeyPatch.context() as patched:
        if compiler is not None and sys.platform == "linux":
            library = tmp_path_factory.mktemp("patience") / "patience.so"
            command = [compiler, "-shared", "-fPIC", "-x", "c", "-", "-o", str(library)]
            subprocess.run(command, input=PATIENCE, check=True)
            patched.setattr(f"{__name__}.ENVIRONMENT", {**os.environ, "LD_PRELOAD": str(library)})
        yield found


@pytest.fixture(params=["stories", "f32", "q8_0", "q4_0", "q4_K_M"])
def model(request: pytest.FixtureRequest, generated: Callable[[str], Path]) -> Path:
    if request.param != "stories":
        return generated(request.param)
    if not STORIES.exists():
        pytest.skip("shared data is not here")
    return STORIES


def theirs(program: Path, model: Path, prompt: str, *flags: str) -> bytes:
    """What llama-completion says, up to its end."""
    command = [
        *(str(program), "-m", str(model), "-p", prompt, "--temp", "0", "-t", "2"),
        *("-no-cnv", "--no-display-prompt", "--no-warmup", "--simple-io", *flags),
    ]
    for _ in range(TRIES):
        done = subprocess.run(
            command,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            env=ENVIRONMENT,
            check=True,
            timeout=100,
        )
        if done.stdout.endswith(LAST):
            return done.stdout.removesuffix(LAST).removesuffix(END)
    pytest.fail(f"none of {TRIES} runs of llama-completion printed all it said")


def ours(model: Path, prompt: str, params: GenerateParams, n_ctx: int = 512) -> bytes:
    with LlamaEngine(EngineOptions(model, n_ctx=n_ctx, threads=2)) as engine:
        events = list(engine.generate(raw_prompt(prompt), params))
    text = "".join(event.text for event in events if isinstance(event, Chunk))
    return text.encode("utf-8", "surrogateescape")


def greedy(n: int, **sampling: object) -> GenerateParams:
    return GenerateParams(n, sampling=SamplingParams(temp=0, **sampling))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "prompt", ["Once upon a time", "The quick brown fox: naïve café 你好 🙂", "x", "\n\nUser:"]
)
def test_greedy_text_is_llama_completions(program: Path, model: Path, prompt: str) -> None:
    expected = theirs(program, model, prompt, "-n", "96", "-c", "512")
    assert expected
    assert ours(model, prompt, greedy(96)) == expected


def test_it_is_so_over_a_long_prompt(program: Path, model: Path) -> None:
    prompt = "It was the best of times, it was the worst of times. " * 6
    expected = theirs(program, model, prompt, "-n", "32", "-c", "1024", "-ub", "512")
    assert ours(model, prompt, greedy(32), 1024) == expected


def test_a_full_context_ends_after_the_same_token(program: Path, model: Path) -> None:
    expected = theirs(program, model, "Once upon a time", "-n", "-1", "-c", "256", "--ignore-eos")
    assert ours(model, "Once upon a time", greedy(-1, ignore_eos=True), 256) == expected


def test_penalties_count_as_theirs(program: Path, model: Path) -> None:
    flags = ("--repeat-penalty", "1.3", "--frequency-penalty", "0.2", "--dry-multiplier", "0.8")
    expected = theirs(program, model, "Once upon a time", "-n", "64", "-c", "512", *flags)
    params = greedy(64, repeat_penalty=1.3, frequency_penalty=0.2, dry_multiplier=0.8)
    assert ours(model, "Once upon a time", params) == expected


def test_a_context_shift_drops_the_same_half(program: Path, model: Path) -> None:
    flags = ("--ignore-eos", "--context-shift", "--keep", "3")
    expected = theirs(program, model, "Once upon a time", "-n", "400", "-c", "256", *flags)
    params = GenerateParams(
        400, sampling=SamplingParams(temp=0, ignore_eos=True), context_shift=True, n_keep=3
    )
    assert ours(model, "Once upon a time", params, 256) == expected


@pytest.mark.parametrize("seed", ["1", "42"])
def test_the_same_seed_samples_the_same_text(program: Path, model: Path, seed: str) -> None:
    flags = ("-n", "48", "-c", "512", "--seed", seed, "--temp", "0.8")
    expected = theirs(program, model, "Once upon a time", *flags)
    params = GenerateParams(48, sampling=SamplingParams(seed=int(seed)))
    assert ours(model, "Once upon a time", params) == expected


@pytest.mark.parametrize("keep", [0, 1, 2, -1], ids=["one less", "exactly", "one more", "-1"])
def test_what_is_kept_of_a_prompt_is_what_they_keep(
    program: Path, generated: Callable[[str], Path], keep: int
) -> None:
    """The rule has its edge where --keep is the length of the prompt."""
    model, prompt = generated("q4_0"), "Once upon a time"
    with LlamaEngine(EngineOptions(model, n_ctx=256, threads=1)) as engine:
        n_keep = keep if keep < 0 else engine.count(raw_prompt(prompt)) - 1 + keep
    flags = ("--ignore-eos", "--context-shift", "--keep", str(n_keep))
    expected = theirs(program, model, prompt, "-n", "300", "-c", "256", *flags)
    ignoring = SamplingParams(temp=0, ignore_eos=True)
    params = GenerateParams(300, sampling=ignoring, context_shift=True, n_keep=n_keep)
    assert ours(model, prompt, params, 256) == expected


SAMPLERS: list[dict[str, Any]] = [
    {"typical": 0.05, "temp": 0.0},
    {"typical": 0.4, "temp": 1.5},
    {"top_k": 0, "top_p": 0.6, "min_p": 0.0, "temp": 1.5},
    {"top_n_sigma": 1.2, "min_p": 0.0, "temp": 2.0},
    {"xtc_probability": 0.7, "xtc_threshold": 0.05, "temp": 1.0},
    {"dynatemp_range": 0.9, "dynatemp_exp": 2.0, "temp": 1.0},
    {"mirostat": 1, "mirostat_ent": 3.0, "mirostat_lr": 0.3, "temp": 1.0},
    {"mirostat": 2, "temp": 1.2},
    {"presence_penalty": 1.0, "repeat_last_n": 9, "temp": 0.8},
    {"samplers": ("temperature", "top_k"), "top_k": 9, "temp": 3.0},
]


@pytest.mark.parametrize("sampling", SAMPLERS, ids=str)
def test_each_sampler_draws_what_theirs_draws(
    program: Path, generated: Callable[[str], Path], sampling: dict[str, Any]
) -> None:
    """The names of our fields are their flags."""
    flags = ["--seed", "7"]
    for name, value in sampling.items():
        text = ";".join(value) if isinstance(value, tuple) else str(value)
        flags += [f"--{name.replace('_', '-')}", text]
    expected = theirs(program, generated("q4_0"), "Hello", "-n", "40", "-c", "256", *flags)
    params = GenerateParams(40, sampling=SamplingParams(seed=7, **sampling))
    assert ours(generated("q4_0"), "Hello", params, 256) == expected


def test_a_bias_is_theirs(program: Path, generated: Callable[[str], Path]) -> None:
    flags = ("--logit-bias", "300+9", "--logit-bias", "301-9")
    expected = theirs(program, generated("q4_0"), "Hello", "-n", "40", "-c", "256", *flags)
    params = greedy(40, logit_bias=((300, 9.0), (301, -9.0)))
    assert ours(generated("q4_0"), "Hello", params, 256) == expected
