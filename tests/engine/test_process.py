"""The worker as a process: what it inherits, where it may run, and what it leaves behind."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from llamachat.engine.child import log_path
from llamachat.engine.params import EngineOptions
from llamachat.engine.process import ProcessEngine
from llamachat.errors import EngineError
from tests.engine.answers import done_of, run, text_of
from tests.engine.conftest import OpenModel

ANSWER = """
import sys
from llamachat import Chunk, EngineOptions, GenerateParams, SamplingParams, raw_prompt
from llamachat.engine.process import ProcessEngine

with ProcessEngine(EngineOptions(sys.argv[1], n_ctx=256, threads=1)) as engine:
    greedy = GenerateParams(12, sampling=SamplingParams(temp=0, ignore_eos=True))
    events = engine.generate(raw_prompt("Once upon a time there was a"), greedy)
    text = "".join(event.text for event in events if isinstance(event, Chunk))
with open(sys.argv[2], "w") as file:
    file.write(text)
"""


def options(model: Path) -> EngineOptions:
    return EngineOptions(model, n_ctx=256, threads=1)


def in_shell(model: Path, out: Path, line: str) -> str:
    """The answer of a program run by this line of shell, with PYTHON standing for the program."""
    program = shlex.join([sys.executable, "-c", ANSWER, str(model), str(out)])
    done = subprocess.run(
        ["sh", "-c", line.replace("PYTHON", program)], capture_output=True, timeout=60
    )
    assert done.returncode == 0, done.stderr.decode()
    return out.read_text()


@pytest.mark.parametrize(
    "line",
    [
        *(pytest.param(f"PYTHON {one}", marks=pytest.mark.slow) for one in ("<&-", ">&-", "2>&-")),
        "PYTHON <&- >&- 2>&-",
        "PYTHON </dev/null >/dev/null",
        "yes | PYTHON",
    ],
)
def test_it_runs_whatever_the_standard_streams_are(
    tiny: Path, tmp_path: Path, open_model: OpenModel, line: str
) -> None:
    expected = text_of(run(open_model()))
    assert in_shell(tiny, tmp_path / "out", line) == expected


def test_nothing_of_python_s_is_shadowed_by_the_current_folder(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("queue", "ctypes", "argparse", "llamachat", "json"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('the wrong module')")
    monkeypatch.chdir(tmp_path)
    with ProcessEngine(options(tiny)) as engine:
        assert done_of(run(engine)).reason == "length"


def test_the_worker_inherits_no_descriptor_but_its_pipes_and_log(
    tiny: Path, tmp_path: Path
) -> None:
    with (tmp_path / "secret").open("w") as secret:
        os.set_inheritable(secret.fileno(), True)
        with ProcessEngine(options(tiny)) as first, ProcessEngine(options(tiny)) as second:
            for engine in (first, second):
                folder = Path(f"/proc/{engine.pid}/fd")
                if not folder.is_dir():
                    pytest.skip("descriptors are listed on Linux only")
                held = {str(link.readlink()) for link in folder.iterdir()}
                pipes = {name for name in held if name.startswith("pipe:")}
                assert len(pipes) == 2, "the pipes of another worker keep it from seeing its end"
                others = held - pipes - {str(log_path()), str(tiny)}
                assert not [
                    name for name in others if not re.match(r"/dev/|anon_inode|/sys/", name)
                ]


def test_ctrl_c_in_the_terminal_does_not_reach_the_worker(tiny: Path) -> None:
    """It stands in a session of its own: the app decides what an interrupt means."""
    with ProcessEngine(options(tiny)) as engine:
        assert engine.pid is not None
        assert os.getsid(engine.pid) == engine.pid != os.getsid(0)


def test_a_path_that_is_no_utf_8_is_a_path(
    tiny: Path, tmp_path: Path, open_model: OpenModel
) -> None:
    folder = tmp_path / os.fsdecode(b"m\xff\xe9d")
    folder.mkdir()
    odd = folder / "ü\u2028.gguf"
    shutil.copy(tiny, odd)
    expected = text_of(run(open_model()))
    for engine in (open_model(odd), ProcessEngine(options(odd))):
        assert text_of(run(engine)) == expected
        saved = engine.snapshot(odd.with_suffix(".kv"), "key")
        assert engine.restore(odd.with_suffix(".kv"), "key") == saved > 0
        engine.close()


def test_a_home_that_cannot_be_written_is_told(
    tiny: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.write_text("a file where a folder should be")
    with pytest.raises(EngineError, match="cannot be started") as refused:
        ProcessEngine(options(tiny))
    assert "LLAMACHAT_HOME" in refused.value.hint


def test_the_log_is_set_aside_when_it_is_long(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("llamachat.engine.child.LOG_LIMIT", 1000)
    for _ in range(2):
        ProcessEngine(options(tiny)).close()
    assert sorted(path.name for path in log_path().parent.iterdir()) == [
        "engine.log",
        "engine.log.1",
    ]
    assert "llama_model_loader" in log_path().read_text()


HYGIENE = """
import gc, os, signal, sys
from llamachat import EngineOptions, GenerateParams, raw_prompt
from llamachat.engine.process import ProcessEngine

engine = ProcessEngine(EngineOptions(sys.argv[1], n_ctx=256, threads=1))
for _ in range(2):
    list(engine.generate(raw_prompt("x"), GenerateParams(3)))
    stream = engine.generate(raw_prompt("x"), GenerateParams(50))
    next(stream)
    del stream
    os.kill(engine.pid, signal.SIGKILL)
    list(engine.generate(raw_prompt("x"), GenerateParams(3)))
engine.close()
del engine
gc.collect()
try:
    ProcessEngine(EngineOptions("missing.gguf"))
except Exception as error:
    assert "missing" in str(error), error
gc.collect()
"""


def test_python_finds_nothing_to_warn_of(tiny: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", "-c", HYGIENE, str(tiny)],
        capture_output=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr.decode()) == (0, "")


def test_no_descriptor_is_kept_by_the_dead(tiny: Path) -> None:
    before = psutil.Process().num_fds()
    for _ in range(3):
        with ProcessEngine(options(tiny)) as engine:
            run(engine, n=2)
    assert psutil.Process().num_fds() == before
