"""Interrupted at any byte, in any way, the result is verified or absent."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from llamachat.errors import DownloadError
from llamachat.models.fetch import Patience
from llamachat.models.hub.cache import INCOMPLETE
from llamachat.models.manifest import find
from tests.hub_server import Cut, Fault, Garbled, HubServer, NoRanges, OtherEtag, Page, Replaced
from tests.unit.models.fetch.conftest import DATA, NAME, REPO, Person

FEW = 30
ROUNDS = 100
CHECKOUT = Path(__file__).parents[4]


def mishaps(chance: random.Random) -> list[Fault]:
    """One to four things that go wrong, cuts above all."""
    size = len(DATA)

    def one() -> Fault:
        match chance.randrange(12):
            case 0:
                return Garbled(chance.randrange(size))
            case 1:
                return Replaced(b"GGUF" + chance.randbytes(size))
            case 2:
                return OtherEtag()
            case 3:
                return NoRanges()
            case 4:
                return Page()
            case _:
                return Cut(chance.randrange(size + 1))

    return [one() for _ in range(chance.randint(1, 4))]


def damage(chance: random.Random, partial: Path) -> None:
    """What a power cut does to the end of a file that was being written."""
    if chance.random() < 0.2 and partial.is_file():
        data = bytearray(partial.read_bytes())
        tail = chance.randrange(len(data) + 1)
        data[tail:] = bytes(len(data) - tail) if chance.random() < 0.5 else b""
        partial.write_bytes(data)


@pytest.mark.parametrize("rounds", [FEW, pytest.param(ROUNDS, marks=pytest.mark.slow)])
def test_random_cuts_leave_the_right_file_or_none(person: Person, rounds: int) -> None:
    chance = random.Random(1729)
    person.patience = Patience(tries=2, first=0.0, stall=5.0)
    complete = 0
    for round_ in range(rounds):
        data = DATA + round_.to_bytes(4)
        person.server.repositories.clear()
        person.server.add(REPO, {NAME: data})
        person.server.faults.extend(mishaps(chance))
        files = person.files()
        path = person.folder.snapshot(files[0].revision, NAME)
        for _ in range(2):
            try:
                person.fetch(files)
            except DownloadError:
                damage(chance, person.partial)
            assert not path.exists() or path.read_bytes() == data
            assert path.exists() == (find(path) is not None)
        person.server.faults.clear()
        complete += path.exists()
        assert person.fetch(files).read_bytes() == data
        assert not list(person.folder.blobs.glob(f"*{INCOMPLETE}*"))
    assert rounds / 10 < complete < rounds


PULL = "from llamachat.cli.main import main; main(['models', 'pull', 'hf:user/repo'])"


def environment(server: HubServer, home: Path) -> dict[str, str]:
    return dict(os.environ) | server.environment(home / "hf") | {"LLAMACHAT_HOME": str(home)}


def start(env: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", PULL], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def finish(process: subprocess.Popen[bytes]) -> Path:
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err.decode()
    return Path(out.decode().strip())


def test_killed_again_and_again_it_goes_on_where_it_was(server: HubServer, tmp_path: Path) -> None:
    """kill -9 at random moments of a slow transfer; each byte is sent about once."""
    data = DATA * 8
    server.add(REPO, {NAME: data})
    server.rate = 2_000_000
    env, chance = environment(server, tmp_path), random.Random(3)
    sizes = [0]
    for _ in range(3):
        process, before = start(env), server.sent
        wanted = before + chance.randrange(50_000, 250_000)
        deadline = time.monotonic() + 30
        while server.sent < wanted and time.monotonic() < deadline:
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        blobs = tmp_path / "hf" / "hub" / "models--user--repo" / "blobs"
        (partial,) = blobs.glob(f"*{INCOMPLETE}")
        assert data.startswith(partial.read_bytes())
        sizes.append(partial.stat().st_size)
        assert not list(tmp_path.glob("hf/hub/*/snapshots/*/*"))
    assert sizes == sorted(sizes)
    assert sizes[-1] > 0
    server.rate = None
    assert finish(start(env)).read_bytes() == data
    assert server.asked("cdn")[-1].headers["range"] == f"bytes={sizes[-1]}-"


def test_two_processes_that_pull_the_same_file_fetch_it_once(
    server: HubServer, tmp_path: Path
) -> None:
    data = DATA * 5
    server.add(REPO, {NAME: data})
    server.rate = 1_500_000
    env = environment(server, tmp_path)
    processes = [start(env), start(env)]
    first, second = map(finish, processes)
    assert first == second
    assert first.read_bytes() == data
    assert server.sent == len(data)
    assert len(server.asked("cdn")) == 1


def test_the_real_client_waits_for_the_same_lock(person: Person) -> None:
    from huggingface_hub.utils import WeakFileLock

    (file,) = person.files()
    lock = person.folder.lock(file.blob)
    lock.parent.mkdir(parents=True)

    def release_soon() -> None:
        holder.__exit__(None, None, None)

    holder = WeakFileLock(lock)
    holder.__enter__()
    person.on_progress = lambda p: release_soon() if p.state == "waiting" else None
    assert person.fetch((file,)).read_bytes() == DATA
    assert person.states[0] == "waiting"
    assert person.told[0].note == "another program is fetching it"


FULL = """
import resource, sys
from llamachat.cli.main import main
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
sys.exit(main(["models", "pull", "hf:user/repo"]))
"""

TMPFS = """
import ctypes, os, sys
from pathlib import Path
libc, disk = ctypes.CDLL(None, use_errno=True), sys.argv[1].encode()
os.chdir("/")
if libc.unshare(0x00020000) or libc.mount(b"", b"/", b"", 0x40000 | 0x4000, b"") or \\
        libc.mount(b"tmpfs", disk, b"tmpfs", 0, b"size=1m"):
    sys.exit(77)
from llamachat.errors import DownloadError
from llamachat.models import fetch as room
from llamachat.models.hub import Hub, resolve
from llamachat.models.reference import hub_reference
def fill(progress):
    if progress.state == "fetching" and not Path(sys.argv[1], "filler").exists():
        left = os.statvfs(disk).f_bavail * os.statvfs(disk).f_bsize
        Path(sys.argv[1], "filler").write_bytes(bytes(max(left - 120_000, 0)))
try:
    room.fetch(resolve(hub_reference("user/repo")), on_progress=fill, control=room.Control())
except DownloadError as error:
    print(error.message)
    print(*(p.name for p in Path(sys.argv[1]).rglob("*") if p.is_file()), sep="\\n")
"""


def test_a_file_size_limit_leaves_a_sentence_and_nothing_else(
    server: HubServer, tmp_path: Path
) -> None:
    server.add(REPO, {NAME: DATA})
    done = subprocess.run(
        [sys.executable, "-c", FULL],
        env=environment(server, tmp_path), capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 4
    assert b"is full; what was received of the file was removed." in done.stderr
    assert not list(tmp_path.glob("hf/hub/models--*/**/*.*"))


def test_a_full_disk_leaves_a_sentence_and_nothing_else(server: HubServer, tmp_path: Path) -> None:
    """A tmpfs of 1 MB that somebody else fills while the file arrives."""
    server.add(REPO, {NAME: DATA})
    disk = tmp_path / "disk"
    disk.mkdir()
    env = environment(server, tmp_path) | {"HF_HOME": str(disk)}
    done = subprocess.run(
        [sys.executable, "-c", TMPFS, str(disk)],
        env=env, cwd=CHECKOUT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    if done.returncode == 77:
        pytest.skip("no tmpfs can be mounted here")
    message, *files = done.stdout.splitlines()
    assert "is full; what was received of the file was removed." in message
    assert [name for name in files if not name.endswith(".lock")] == ["filler"]
