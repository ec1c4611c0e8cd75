"""Ctrl+C a second time leaves at once, and nothing of the build stays on the disk."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

BUSY = """
import sys, threading
from pathlib import Path
from llamachat.build.output_file import OutputFile
from llamachat.build.plan import make_plan
from llamachat.build.recipe import make_recipe
from llamachat.cli import build
from llamachat.cli.build.progress_line import BuildLine
from tests.unit.build.models import make_model

class Job:
    def run(self, line, cancel):
        OutputFile(plan.outputs[0])
        print("ready", flush=True)
        cancel.wait(10)
        print("cancelled", flush=True)
        threading.Event().wait(10)  # a block that takes long

folder = Path(sys.argv[1])
plan = make_plan(make_model(folder), make_recipe("q4_0"), [folder / "out" / "model.gguf"])
build._carried_out(Job(), BuildLine(as_json=False, say=print))
"""


def test_a_second_interrupt_leaves_at_once_and_nothing_behind(tmp_path: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", BUSY, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    with child:
        assert child.stdout is not None
        for word in ("ready", "cancelled"):
            assert child.stdout.readline() == f"{word}\n"
            assert list((tmp_path / "out").iterdir()) != []
            sent = time.monotonic()
            child.send_signal(signal.SIGINT)
        assert child.wait(5) == 128 + signal.SIGINT
    assert time.monotonic() - sent < 5
    assert list((tmp_path / "out").iterdir()) == []
