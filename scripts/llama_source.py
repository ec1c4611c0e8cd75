"""The source of the pinned llama.cpp: what the source distribution of llama-cpp-python brings.

Fetched from the package index once and kept in the cache. Programs are built from it and the
converter is run from it. Knows neither what is built nor what is run.
"""

from __future__ import annotations

import subprocess
import sys
import tarfile
import tempfile
import venv
from collections.abc import Sequence
from pathlib import Path

from llamachat.install.plan import ENGINE, ENGINE_VERSION
from llamachat.paths import cache_dir


def source_archive() -> Path:
    """The source distribution, a .tar.gz of 77 MB; fetched where it is not there.

    Raises:
        subprocess.CalledProcessError: a step failed; its output was shown.
    """
    folder = cache_dir() / "llama.cpp"
    found = list(folder.glob(f"*-{ENGINE_VERSION}.tar.gz"))
    if found:
        return found[0]
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix="fetching-") as scratch:
        work = Path(scratch)
        # pip asks the build backend what a source is called, even if it only fetches it
        binaries = make_environment(work / "env", "scikit-build-core")
        say(f"fetching the source of {ENGINE} {ENGINE_VERSION} (77 MB)")
        run(
            [
                *(str(binaries / "pip"), "download", "-q", "--no-deps", "--no-build-isolation"),
                *("--no-binary", ENGINE, "-d", str(work), f"{ENGINE}=={ENGINE_VERSION}"),
            ]
        )
        archive = next(work.glob("*.tar.gz"))
        return archive.replace(folder / archive.name)


def unpack(archive: Path, target: Path, parts: Sequence[str] = ("",)) -> Path:
    """Unpack llama.cpp, or the files and folders of it that are named; returns its folder."""
    with tarfile.open(archive) as tar:
        top = tar.getnames()[0].split("/")[0]
        inside = f"{top}/vendor/llama.cpp"
        wanted = [f"{inside}/{part}".rstrip("/") for part in parts]
        members = [
            member
            for member in tar.getmembers()
            if any(f"{member.name}/".startswith(f"{start}/") for start in wanted)
        ]
        tar.extractall(target, members, filter="data")
    return target / inside


def make_environment(folder: Path, *packages: str) -> Path:
    """A virtual environment with these packages; returns the folder of its programs."""
    say(f"fetching {', '.join(packages)}")
    venv.create(folder, with_pip=True)
    run([str(folder / "bin" / "pip"), "install", "-q", *packages])
    return folder / "bin"


def run(command: list[str], environ: dict[str, str] | None = None) -> None:
    """Run a command; its output is shown where it fails.

    Raises:
        subprocess.CalledProcessError: it failed.
    """
    done = subprocess.run(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        sys.stderr.write(done.stdout.decode("utf-8", "replace")[-4000:])
        done.check_returncode()


def say(text: str) -> None:
    """A line of the story, to stderr."""
    print(text, file=sys.stderr, flush=True)
