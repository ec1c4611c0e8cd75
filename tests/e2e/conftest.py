"""The program as a person runs it: a real process on real small models."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from llamachat.bundled import bundled_model
from llamachat.gguf.generated import TINY, write_generated_llama
from tests.conftest import know_processor
from tests.e2e.warm import AT_START, Warm

needs_bob = pytest.mark.skipif(bundled_model() is None, reason="Bob has not been built here")

Finished = subprocess.CompletedProcess[bytes]
Run = Callable[..., Finished]

PROGRAM = (sys.executable, "-m", "llamachat")


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A generated Llama: random weights, real engine."""
    path = tmp_path_factory.mktemp("models") / "tiny.gguf"
    write_generated_llama(path, TINY, "q8_0")
    return path


@pytest.fixture(scope="session")
def speaker(tiny: Path) -> Path:
    """A model that says real words: Bob, but in a checkout that carries none."""
    return bundled_model() or tiny


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory, survey: bytes) -> dict[str, str]:
    """One home for all runs, in which the processor is known."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("LLAMA", "NO_COLOR"))}
    home = tmp_path_factory.mktemp("home")
    know_processor(home, survey)
    # one thread: two that wait for each other spin when other tests use the same cores
    return kept | {
        "LLAMACHAT_HOME": str(home),
        "TERM": "xterm-256color",
        "LLAMA_ARG_THREADS": "1",
        "LLAMACHAT_TUNE": "false",
    }


@pytest.fixture(scope="package")
def warm() -> Iterator[Warm]:
    process = Warm()
    yield process
    process.close()


@pytest.fixture
def run(environment: dict[str, str], warm: Warm) -> Run:
    """Run llamachat to its end; standard input is empty unless given."""

    def run(*argv: str | Path, stdin: bytes | None = None, **environ: str) -> Finished:
        words, env = [*map(str, argv)], environment | environ
        if not any(name.startswith(AT_START) for name in environ):
            return warm.run(words, env, stdin, timeout=60)
        return subprocess.run(
            [*PROGRAM, *words],
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            env=env,
            timeout=60,
            check=False,
        )

    return run
