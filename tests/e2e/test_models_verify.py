"""Models verified, imported and shown by the program itself, and told of when they changed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from llamachat.bundled import BOB
from tests.conftest import know_processor
from tests.e2e.conftest import PROGRAM, Finished, Run
from tests.e2e.terminal import Terminal
from tests.unit.models.files import llamafile, md5_of, sha, write

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "verify-checksum-models.py"


@pytest.fixture
def environment(environment: dict[str, str], tmp_path: Path, survey: bytes) -> dict[str, str]:
    """A library of its own, in which the processor is known."""
    home = tmp_path / "home of models"
    know_processor(home, survey)
    return environment | {"LLAMACHAT_HOME": str(home)}


@pytest.fixture
def model(tiny: Path, tmp_path: Path) -> Path:
    """A model that may be damaged."""
    return write(tmp_path / "models" / "tiny.gguf", tiny.read_bytes())


def script(*arguments: Path) -> Finished:
    return subprocess.run(
        [sys.executable, "-S", str(SCRIPT), *map(str, arguments)],
        capture_output=True,
        timeout=60,
    )


def test_model_is_imported_verified_and_told_of_when_it_changes(run: Run, model: Path) -> None:
    imported = run("models", "import", model, "--name", "mine")
    assert imported.stdout.decode() == f"{model}\n"
    assert "Talk to it: llamachat -m mine" in imported.stderr.decode()
    verified = run("models", "verify", "mine")
    assert (verified.returncode, verified.stderr) == (0, b"")
    assert verified.stdout.decode() == f"ok       {model}  by its manifest\n"

    content = bytearray(model.read_bytes())
    content[-100] ^= 0xFF
    model.write_bytes(content)
    told = run("-m", model, "-p", "Hello", "-n", "2")
    assert told.returncode == 0
    assert "[ tiny.gguf is not as it was verified on 20" in told.stderr.decode()
    bad = run("models", "verify", "--all")
    text = bad.stdout.decode()
    assert bad.returncode == 4
    assert text.startswith(f"WRONG    {model}\n         It has the right size, ")
    assert not BOB.is_file() or f"\nok       {BOB}  by SHA256SUMS\n" in text
    assert f"SHA-256 found     {sha(bytes(content))}" in text
    assert f"If you changed it on purpose: llamachat models import {model}" in text
    run("models", "import", model, "--name", "mine")
    assert run("models", "verify", "--all").returncode == 0
    assert b"not as it was verified" not in run("-m", model, "-p", "Hi", "-n", "2").stderr


def test_model_of_a_llamafile_answers(run: Run, tiny: Path, tmp_path: Path) -> None:
    program = llamafile(tmp_path / "tiny.llamafile", {"tiny.gguf": tiny.read_bytes()})
    refused = run("-m", program, "-p", "Hello")
    assert refused.returncode == 3
    assert f"llamachat models import {program}" in refused.stderr.decode()
    imported = json.loads(run("models", "import", program, "--json").stdout)
    assert imported["sha256"] == sha(tiny.read_bytes())
    assert imported["source"] == f"tiny.gguf in {program}"
    answered = run("-m", imported["path"], "-p", "Hello", "-n", "4", "--temp", "0")
    assert answered.returncode == 0
    assert answered.stdout == run("-m", tiny, "-p", "Hello", "-n", "4", "--temp", "0").stdout


def test_folder_of_original_weights_is_verified(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "llama"
    weights = write(folder / "consolidated.00.pth", b"weights" * 999)
    checklist = f"{md5_of(weights.read_bytes())}  {weights.name}\n{md5_of(b'{}')}  params.json\n"
    write(folder / "checklist.chk", checklist.encode())
    write(folder / "params.json", b"{}")
    good = run("models", "verify", folder, "--json")
    assert good.returncode == 0
    assert [file["state"] for file in json.loads(good.stdout)] == ["right", "right"]
    assert script(folder).returncode == 0
    assert f"{weights}: OK (checklist.chk)" in script(folder).stdout.decode()

    write(folder / "params.json", b"<html>no such file</html>")
    weights.unlink()
    bad = run("models", "verify", folder)
    assert bad.returncode == 4
    assert f"MISSING  {weights}\n" in bad.stdout.decode()
    assert "It is a web page, not the file" in bad.stdout.decode()
    plain = script(folder)
    assert (plain.returncode, plain.stderr) == (1, b"")
    text = plain.stdout.decode()
    assert f"{weights}: MISSING (checklist.chk)\n" in text
    assert f"{folder / 'params.json'}: FAILED (checklist.chk)\n" in text
    assert f"MD5 expected {md5_of(b'{}')}" in text


def test_what_can_not_be_verified_is_one_sentence(run: Run, tmp_path: Path) -> None:
    for argv, words in (
        ((), "Say what to verify"),
        (("--all", "x"), "Say what to verify"),
        (("no-such-model",), "There is no model 'no-such-model'."),
        ((tmp_path,), "neither weights nor a list of checksums"),
    ):
        done = run("models", "verify", *argv)
        assert done.returncode in (2, 3)
        assert words in done.stderr.decode()
        assert b"Traceback" not in done.stderr
    assert run("models", "verify", "--all").returncode == 0
    assert script(tmp_path / "none").returncode == 1


def test_model_is_shown_with_its_origin(run: Run, model: Path) -> None:
    run("models", "import", model, "--name", "mine")
    shown = run("models", "show", "mine").stdout.decode()
    for words in (
        "generated llama, random weights, Q8_0",
        "llama, 2 layers, 256 wide, 4 heads, 2 KV heads",
        f"SHA-256       {sha(model.read_bytes())}",
        "tokenizer.ggml.tokens                   [512 × string] '<unk>', '<s>', '</s>'",
        "blk.{0-1}.attn_q.weight",
        "Chat template",
    ):
        assert words in shown
    told = json.loads(run("models", "show", model, "--json").stdout)
    assert told["provenance"]["name"] == "mine"
    names = [tensor["name"] for tensor in told["tensors"]]
    assert len(names) == 21
    assert f"\n  {names[-1]}" in run("models", "show", model, "--tensors").stdout.decode()
    assert run("models", "show", model.parent).returncode == 3


def test_narrow_terminal_gets_whole_checksums_and_no_escapes_of_the_file(
    environment: dict[str, str], tmp_path: Path
) -> None:
    path = write(tmp_path / "a\x1b[31mb.gguf", b"Entry not found\n")
    with Terminal([*PROGRAM, "models", "verify", str(path)], environment) as terminal:
        terminal.wait_for(sha(b"Entry not found\n"))
        assert terminal.exit_code() == 4
        assert "\x1b[31m" not in terminal.text
