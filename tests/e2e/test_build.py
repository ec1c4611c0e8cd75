"""From a fine-tuned checkpoint to a chat, as a person does it; and what a stopped build leaves."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from llamachat.gguf.generated import LlamaShape, write_generated_llama
from tests.conftest import know_processor
from tests.e2e.conftest import PROGRAM, Run
from tests.e2e.terminal import CTRL_C, Terminal
from tests.shared import SHARED, needs_shared
from tests.unit.build.adapters import ADAPTERS, write_adapter
from tests.unit.build.hf_folders import CASES, write_folder

CASE = next(case for case in CASES if case.name == "mha")
ADAPTER = next(case for case in ADAPTERS if case.name == "plain")
LARGE = LlamaShape(8, 512, 8, 8, 1536, 2048, 256)
"""a moment's work for IQ4_NL, which takes the most of all types"""


@pytest.fixture
def home(tmp_path: Path, survey: bytes) -> Path:
    know_processor(tmp_path / "home", survey)
    return tmp_path / "home"


@pytest.fixture
def env(environment: dict[str, str], home: Path) -> dict[str, str]:
    return environment | {"LLAMACHAT_HOME": str(home)}


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("large") / "large.gguf"
    write_generated_llama(path, LARGE, "f16")
    return path


def test_a_checkpoint_and_an_adapter_become_a_chat_in_two_commands(
    run: Run, tmp_path: Path, home: Path
) -> None:
    training = tmp_path / "mha"
    write_folder(training, replace(CASE, dtype="bf16", parts=2))
    (training / "optimizer.pt").write_bytes(b"never opened")
    write_adapter(tmp_path / "adapter", ADAPTER)
    given = {"LLAMACHAT_HOME": str(home)}
    built = run("build", training, "--type", "q4_0", "--adapter", tmp_path / "adapter", **given)
    assert built.returncode == 0, built.stderr
    last = built.stderr.decode().splitlines()[-1]
    assert last == "Chat with it: llamachat -m mha-adapter-Q4_0"
    said = run("-m", "mha-adapter-Q4_0", "-p", "Once", "-n", "8", "--temp", "0", **given)
    assert said.returncode == 0, said.stderr
    assert said.stdout
    listed = json.loads(run("models", "list", "--installed", "--json", **given).stdout)
    assert listed[0]["name"] == "mha-adapter-Q4_0"
    assert listed[0]["source"] == str(training)


@needs_shared
def test_a_real_checkpoint_of_llama2_c_tells_its_story(
    run: Run, tmp_path: Path, home: Path
) -> None:
    for name in ("stories260K.bin", "tok512.model"):
        shutil.copy(SHARED / "stories260K" / name, tmp_path)
    given = {"LLAMACHAT_HOME": str(home)}
    built = run("build", tmp_path / "stories260K.bin", "--type", "f32", "--name", "tale", **given)
    assert built.returncode == 0, built.stderr
    asked = ("-p", "Once upon a time", "-no-cnv", "-n", "16", "--temp", "0")
    said = run("-m", "tale", *asked, **given)
    assert b"there was a little" in said.stdout


@pytest.mark.parametrize("file", ["", "model.safetensors"])
def test_weights_are_no_model_and_the_way_is_told(run: Run, tmp_path: Path, file: str) -> None:
    write_folder(tmp_path / "mha", CASE)
    done = run("-m", tmp_path / "mha" / file, "-p", "Hello")
    assert done.returncode == 3
    assert f"llamachat build {tmp_path / 'mha'} --type q4_0".encode() in done.stderr
    assert done.stderr.count(b"\n") == 2


def building(large: Path, env: dict[str, str], *more: str) -> subprocess.Popen[bytes]:
    """A build that is under way."""
    argv = [*PROGRAM, "build", str(large), "--type", "iq4_nl", "-t", "1", "--progress-json", *more]
    child = subprocess.Popen(argv, env=env, stderr=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stderr is not None
    while not child.stderr.readline().startswith(b"{"):
        assert child.poll() is None
    return child


def test_a_killed_build_leaves_no_model_and_the_next_takes_its_room_back(
    large: Path, env: dict[str, str], home: Path, run: Run, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    child = building(large, env, "--out", f"{out}/")
    child.send_signal(signal.SIGKILL)
    child.communicate(timeout=10)
    (part,) = out.iterdir()
    assert part.name.startswith(".large-IQ4_NL.gguf.")
    write_folder(tmp_path / "mha", CASE)
    done = run("build", tmp_path / "mha", "--type", "q8_0", "--out", f"{out}/", **env)
    assert done.returncode == 0, done.stderr
    assert [file.name for file in out.iterdir()] == ["mha-Q8_0.gguf"]


@pytest.mark.parametrize(
    "number", [signal.SIGTERM, signal.SIGHUP, pytest.param(signal.SIGINT, marks=pytest.mark.slow)]
)
def test_a_signal_leaves_nothing(
    large: Path, env: dict[str, str], tmp_path: Path, number: signal.Signals
) -> None:
    child = building(large, env, "--out", f"{tmp_path / 'out'}/")
    child.send_signal(number)
    out, errors = child.communicate(timeout=10)
    assert child.returncode == 128 + number
    assert b"The build was cancelled; nothing was written." in errors
    assert not out
    assert list((tmp_path / "out").iterdir()) == []


def test_a_reader_that_goes_away_ends_the_build(
    large: Path, env: dict[str, str], tmp_path: Path
) -> None:
    child = building(large, env, "--out", f"{tmp_path / 'out'}/")
    assert child.stderr is not None
    assert child.stdout is not None
    child.stderr.close()
    assert child.stdout.read() == b""
    child.stdout.close()
    child.wait(timeout=10)
    assert child.returncode == 141
    assert list((tmp_path / "out").iterdir()) == []


def test_a_terminal_shows_how_far_it_is_and_ctrl_c_ends_it(
    large: Path, env: dict[str, str], tmp_path: Path
) -> None:
    argv = [*PROGRAM, "build", str(large), "--type", "iq4_nl", "-t", "1", "-o", f"{tmp_path}/out/"]
    with Terminal(argv, env) as terminal:
        terminal.wait_for("Building [#")
        terminal.wait_for(" MB/s, ")
        terminal.type(CTRL_C)
        assert terminal.exit_code() == 130
        assert "nothing was written" in terminal.text
    assert list((tmp_path / "out").iterdir()) == []


def test_a_full_disk_is_told_with_figures(env: dict[str, str], tmp_path: Path, large: Path) -> None:
    """A small file system of its own, where the system lets one make it."""
    mount = tmp_path / "disk"
    mount.mkdir()
    program = " ".join([*PROGRAM, "build", str(large), "--type", "q8_0", "-o", f"{mount}/m.gguf"])
    script = f"mount -t tmpfs -o size=1m tmpfs {mount} && {{ {program}; echo $?; ls -A {mount}; }}"
    inside = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script]
    if shutil.which("unshare") is None:
        pytest.skip("there is no unshare")
    done = subprocess.run(inside, env=env, capture_output=True, text=True, timeout=60, check=False)
    if "llamachat" not in done.stderr:
        pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")
    assert f"{mount} has 1.0 MB left, and " in done.stderr
    assert done.stdout.split() == ["1"], "an exit code, and no file"
