"""--help and --version answer at once, because nothing heavy is imported for them."""

from __future__ import annotations

import resource
import subprocess
import sys

from llamachat import __version__
from tests.e2e.conftest import PROGRAM, Run


def test_help_and_version_answer_at_once(run: Run) -> None:
    assert run("--version").stdout.decode() == f"llamachat {__version__}\n"
    text = run("--help").stdout.decode()
    assert max(map(len, text.splitlines())) <= 80
    for words in ("--temp, --temperature N", "LLAMA_ARG_MODEL", "exit codes:", "doctor"):
        assert words in text


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from llamachat.cli.main import main; main(['--help']); "
        "heavy = {'numpy', 'llama_cpp', 'textual', 'jinja2', 'platformdirs', 'psutil', 'argparse'};"
        "sys.exit(' '.join(sorted(heavy & sys.modules.keys())) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()


def test_help_takes_less_than_150_ms() -> None:
    best = min(_seconds_of_help() for _ in range(5))
    assert best < 0.15


def _seconds_of_help() -> float:
    """Processor time of the child: other programs on the machine do not count."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([*PROGRAM, "--help"], stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
