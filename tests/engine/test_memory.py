"""Too little memory is told as such, whether the system refuses it or kills for it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from llamachat.errors import ExitCode

OPEN = """
import os, resource, sys
from pathlib import Path
import psutil
from llamachat.engine.llama.engine import LlamaEngine
from llamachat.engine.llama.library import open_library
from llamachat.engine.params import EngineOptions
from llamachat.engine.process import ProcessEngine
from llamachat.errors import LlamaChatError

model, n_ctx, room, group = sys.argv[1:]
engine = ProcessEngine
if group:
    Path(group, "cgroup.procs").write_text(str(os.getpid()))
else:
    engine = LlamaEngine
    open_library()
    most = psutil.Process().memory_info().vms + (int(room) << 20)
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
try:
    engine(EngineOptions(Path(model), n_ctx=int(n_ctx), threads=1)).close()
except LlamaChatError as error:
    print(type(error).__name__, error)
    sys.exit(error.exit_code)
"""
counts_addresses = pytest.mark.skipif(
    sys.platform != "linux", reason="address space is counted otherwise"
)


def opened(model: Path, n_ctx: int, *, room: int = 0, group: str = "") -> tuple[int, str]:
    """Exit code and words of a program that opens the model in `room` MiB, or in a cgroup."""
    done = subprocess.run(
        [sys.executable, "-c", OPEN, str(model), str(n_ctx), str(room), group],
        capture_output=True,
        timeout=60,
    )
    return done.returncode, (done.stdout + done.stderr).decode()


@counts_addresses
def test_a_context_that_does_not_fit_is_out_of_memory(tiny: Path) -> None:
    code, words = opened(tiny, 2_000_000, room=300)
    assert code == ExitCode.MEMORY, words
    assert "context of 2000000 tokens" in words
    assert "-c 2048" in words


@counts_addresses
def test_a_model_that_does_not_fit_is_out_of_memory_and_not_damaged(slow_model: Path) -> None:
    room = slow_model.stat().st_size // 2 >> 20
    code, words = opened(slow_model, 256, room=room)
    assert code == ExitCode.MEMORY, words
    assert f"not enough memory to load {slow_model.name}" in words


@pytest.fixture
def small_group() -> Iterator[Path]:
    """A memory cgroup of 80 MiB, where the test may make one (root, version 1 or 2)."""
    for parent, limit in (
        (Path("/sys/fs/cgroup/memory"), "memory.limit_in_bytes"),
        (Path("/sys/fs/cgroup"), "memory.max"),
    ):
        group = parent / f"llamachat-test-{os.getpid()}"
        try:
            group.mkdir()
        except OSError:
            continue
        try:
            (group / limit).write_text(str(80 << 20))
        except OSError:
            group.rmdir()
            continue
        yield group
        group.rmdir()
        return
    pytest.skip("no memory cgroup can be made here")


def test_a_kill_for_lack_of_memory_is_told_as_such(tiny: Path, small_group: Path) -> None:
    code, words = opened(tiny, 300_000, group=str(small_group))
    assert code == ExitCode.ENGINE, words
    assert "memory ran out" in words
    assert "-ctk q8_0" in words
