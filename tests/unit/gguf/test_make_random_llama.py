"""The script that makes random Llamas: refuses to replace, checks the disk, leaves nothing half."""

import subprocess
import sys
from pathlib import Path

from llamachat.gguf.reader import read_header

SCRIPT = Path(__file__).resolve().parents[3] / "scripts" / "make_random_llama.py"


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPT), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def test_prints_the_path_of_a_complete_model(tmp_path: Path) -> None:
    out = tmp_path / "tiny.gguf"
    done = run("--size", "tiny", "--type", "q4_k_m", "--out", out, "--seed", "3")
    assert (done.returncode, done.stdout) == (0, f"{out}\n"), done.stderr
    assert "bytes in" in done.stderr
    assert read_header(out).ftype == "Q4_K - Medium"


def test_replaces_a_file_only_when_forced(tmp_path: Path) -> None:
    out = tmp_path / "tiny.gguf"
    out.write_bytes(b"mine")
    refused = run("--size", "tiny", "--out", out)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "--force" in refused.stderr
    assert out.read_bytes() == b"mine"
    assert run("--size", "tiny", "--out", out, "--force").returncode == 0
    assert read_header(out).architecture == "llama"


def test_unknown_type_is_one_plain_error(tmp_path: Path) -> None:
    done = run("--size", "tiny", "--type", "q4_9", "--out", tmp_path / "tiny.gguf")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "q4_9" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_what_the_disk_can_not_hold_is_not_begun(tmp_path: Path) -> None:
    code = (
        "import shutil, sys, runpy\n"
        "usage = shutil.disk_usage('/')\n"
        "shutil.disk_usage = lambda path: usage._replace(free=1 << 20)\n"
        "runpy.run_path(sys.argv[0], run_name='__main__')\n"
    )
    arguments = ["--size", "7b", "--out", str(tmp_path / "7b.gguf")]
    setup = f"import sys; sys.argv = {[str(SCRIPT), *arguments]!r}\n"
    done = subprocess.run(
        [sys.executable, "-c", setup + code], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1
    assert "needs 3.8 GB" in done.stderr
    assert list(tmp_path.iterdir()) == []
