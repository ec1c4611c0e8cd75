"""Whatever happens to a build, a name never stands for half a file, and no room is lost."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from llamachat.build import output_file
from llamachat.build.build_pass import run
from llamachat.build.output_file import OutputFile, abandon, check_space, collect_leftovers
from llamachat.build.plan import Output, make_plan
from llamachat.build.recipe import make_recipe
from llamachat.errors import LlamaChatError
from llamachat.hardware.disk import DiskSpace
from llamachat.models.copying import SPARE
from tests.unit.build.models import GROUPED, make_model

SLOW_BUILD = """
import sys
from pathlib import Path
from llamachat.build.build_pass import run
from llamachat.build.plan import make_plan
from llamachat.build.recipe import make_recipe
from tests.unit.build.models import WHOLE, make_model

folder = Path(sys.argv[1])
model = make_model(folder, WHOLE)
plan = make_plan(model, make_recipe("iq4_nl"), [folder / "out" / "model.gguf"])
print("ready", flush=True)
run(plan, on_progress=lambda step: print(step.done, flush=True))
"""
LIMITED_BUILD = SLOW_BUILD.replace(
    "run(",
    "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 30))\nrun(",
    1,
)


@pytest.fixture
def output(tmp_path: Path) -> Output:
    """A file of 1.8 MB that waits to be written."""
    model = make_model(tmp_path)
    return make_plan(model, make_recipe("q4_0"), [tmp_path / "out" / "model.gguf"]).outputs[0]


def start(program: str, folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", program, str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )


def test_a_killed_build_leaves_no_name_and_the_next_takes_its_room_back(tmp_path: Path) -> None:
    out = tmp_path / "out"
    child = start(SLOW_BUILD, tmp_path)
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    assert child.stdout.readline() != ""
    collect_leftovers(out)
    (part,) = out.iterdir()  # a living build keeps what is its own
    assert part.name.startswith(".model.gguf.")
    child.send_signal(signal.SIGKILL)
    child.communicate(timeout=10)
    assert list(out.iterdir()) == [part]
    model = make_model(tmp_path, replace(GROUPED, n_layer=1))
    run(make_plan(model, make_recipe("q4_0"), [out / "other.gguf"]))
    assert [file.name for file in out.iterdir()] == ["other.gguf"]


def test_an_interrupted_build_leaves_nothing(tmp_path: Path) -> None:
    child = start(SLOW_BUILD, tmp_path)
    assert child.stdout is not None
    assert [child.stdout.readline() != "" for _ in range(3)] == [True] * 3
    child.send_signal(signal.SIGINT)
    _, errors = child.communicate(timeout=10)
    assert errors.strip().endswith("KeyboardInterrupt")
    assert list((tmp_path / "out").iterdir()) == []


def test_a_disk_that_fills_up_is_told_in_words(tmp_path: Path) -> None:
    """The limit on the size of a file stands in for a full disk: both refuse the reservation."""
    child = start(LIMITED_BUILD, tmp_path)
    _, errors = child.communicate(timeout=20)
    assert f"{tmp_path}/out/model.gguf could not be written: File too large." in errors
    assert "It needs 3.5 MB. Free some space" in errors
    assert list((tmp_path / "out").iterdir()) == []


def test_too_little_room_is_told_before_anything_is_written(
    output: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = DiskSpace(total=1 << 40, free=SPARE + 2 * output.size - 1, device=1)
    monkeypatch.setattr(output_file, "read_disk", lambda folder: disk)
    check_space([output])
    with pytest.raises(LlamaChatError, match=r"has 70.6 MB left, and 70.6 MB are needed") as caught:
        check_space([output, output])
    assert "another disk" in caught.value.hint
    assert not output.path.parent.exists()


def test_whoever_leaves_at_once_takes_his_files_along(output: Output) -> None:
    file, other = OutputFile(output), OutputFile(output)
    other.verify()
    other.publish()
    abandon()
    file.write(b"a thread that knows nothing of it", 0)
    assert [left.name for left in output.path.parent.iterdir()] == ["model.gguf"]
    file.discard()


def test_the_room_is_taken_at_once(output: Output) -> None:
    file = OutputFile(output)
    (part,) = output.path.parent.iterdir()
    assert part.stat().st_size == output.size
    assert part.stat().st_blocks * 512 >= output.size
    file.discard()
    file.discard()
    assert list(output.path.parent.iterdir()) == []


def test_the_old_file_stays_until_the_new_one_is_whole(output: Output) -> None:
    output.path.parent.mkdir()
    output.path.write_bytes(b"the old model")
    file = OutputFile(output)
    file.write(b"weights", len(output.head))
    assert output.path.read_bytes() == b"the old model"
    file.verify()
    file.publish()
    file.discard()
    assert output.path.stat().st_size == output.size
    assert [other.name for other in output.path.parent.iterdir()] == ["model.gguf"]


def test_a_file_that_is_not_what_was_written_gets_no_name(output: Output) -> None:
    file = OutputFile(output)
    name = output.head.index(b"blk.0.ffn_up.weight")
    file.write(b"B", name)
    with pytest.raises(LlamaChatError, match="is not what was written"):
        file.verify()
    file.discard()
    assert not output.path.exists()


def test_a_folder_that_can_not_be_made_is_told(output: Output, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file, no folder")
    with pytest.raises(LlamaChatError, match=r"could not be written: File exists"):
        OutputFile(output)


def test_only_what_builds_left_is_collected(tmp_path: Path) -> None:
    for name in (".a.gguf.12345678.building", "b.building", ".c.gguf.part", "d.gguf"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / ".link.building").symlink_to(tmp_path / "d.gguf")
    collect_leftovers(tmp_path)
    left = sorted(file.name for file in tmp_path.iterdir())
    assert left == [".c.gguf.part", ".link.building", "b.building", "d.gguf"]


@pytest.mark.slow
def test_a_build_killed_at_any_moment_leaves_no_half_file(tmp_path: Path) -> None:
    out = tmp_path / "out"
    for milliseconds in range(0, 1000, 50):
        child = start(SLOW_BUILD, tmp_path)
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(milliseconds / 1000)
        child.kill()
        child.communicate(timeout=10)
        assert all(file.name.startswith(".") for file in out.glob("*"))
        collect_leftovers(out)
        assert list(out.glob("*")) == []
