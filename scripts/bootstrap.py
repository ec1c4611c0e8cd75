"""Makes this checkout's .venv and hands over to `llamachat.install` inside it.

Runs on any Python 3.6 or newer, to say in words what is missing: a newer Python, its venv
module, or, later and from `llamachat.install`, a compiler. Knows nothing of the engine.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

# No annotations or calls that only newer Pythons know: this file must start on old ones.
ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
OLDEST = (3, 11)
NAMES = ("python3.14", "python3.13", "python3.12", "python3.11")

CAN_MAKE_VENV = "import sys; print('%d.%d' % sys.version_info[:2]); import venv, ensurepip"
VENV_WORKS = f"import sys, pip; sys.exit(sys.version_info < {OLDEST})"


class Missing(Exception):
    """Something has to be installed first; the text says what and how."""


def main() -> int:
    """Makes or repairs the environment, then becomes `python -m llamachat.install prepare`."""
    try:
        if not venv_works():
            make_venv(find_python())
    except Missing as missing:
        sys.stderr.write(f"{missing}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted; run the same command again.\n")
        return 130
    command = [str(VENV_PYTHON), "-m", "llamachat.install", "prepare", str(ROOT)]
    source = dict(os.environ, PYTHONPATH=str(ROOT / "src"))
    return os.execve(command[0], command + sys.argv[1:], source)


def venv_works() -> bool:
    """Whether .venv has a Python that is new enough, and pip; an interrupted one has not."""
    return VENV_PYTHON.exists() and runs(str(VENV_PYTHON), VENV_WORKS)


def make_venv(python: str) -> None:
    """Makes .venv, from nothing where one is half made or its Python is gone."""
    say = "Python: repairing .venv" if VENV.exists() else "Python: making .venv"
    sys.stderr.write(f"{say} with {python}\n")
    status = subprocess.call([python, "-m", "venv", "--clear", str(VENV)])
    if status != 0 or not venv_works():
        raise Missing(f"{python} -m venv {VENV} failed; its own words are above.")


def find_python() -> str:
    """The Python that runs this file, or a newer one beside it on the PATH.

    Raises:
        Missing: none is new enough, or the one that is lacks the venv module.
    """
    lacking = ""
    for program in (sys.executable, *filter(None, map(shutil.which, NAMES))):
        version, can_make_venv = examine(program)
        if version >= OLDEST and can_make_venv:
            return program
        if version >= OLDEST and not lacking:
            lacking = f"{program} can not make virtual environments: it has no ensurepip. "
            lacking += venv_hint(program, version)
    if lacking:
        raise Missing(lacking)
    own = sys.version.split()[0]
    raise Missing(f"llamachat needs Python 3.11 or newer, this is {own}. {python_hint()}")


def examine(python: str) -> "tuple[tuple[int, ...], bool]":
    """The version of a Python, () where it does not start, and whether it can make a venv."""
    child = subprocess.Popen(
        [python, "-c", CAN_MAKE_VENV],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        universal_newlines=True,
    )
    printed = child.communicate()[0].strip()
    version = tuple(int(part) for part in printed.split(".") if part.isdigit())
    return version, child.returncode == 0


def runs(python: str, program: str) -> bool:
    """Whether a line of Python ends well."""
    return subprocess.call([python, "-c", program], stderr=subprocess.DEVNULL) == 0


def venv_hint(python: str, version: "tuple[int, ...]") -> str:
    """How to get the venv module."""
    if not shutil.which("apt-get"):
        return "Install Python with its venv module."
    # Debian has an unversioned package for its own Python.
    own = python == "/usr/bin/python3"
    return "Run: sudo apt install python3{}-venv".format("" if own else f".{version[1]}")


def python_hint() -> str:
    """How to get a newer Python."""
    commands = {
        "brew": "brew install python@3.13",
        "apt-get": "sudo apt install python3.11 python3.11-venv",
        "dnf": "sudo dnf install python3.12",
        "pacman": "sudo pacman -S python",
    }
    for manager, command in commands.items():
        if shutil.which(manager):
            return f"Run: {command} (or PYTHON=/path/to/newer/python3 make …)"
    return "See https://www.python.org/downloads/, then: PYTHON=/path/to/python3 make …"


if __name__ == "__main__":
    sys.exit(main())
