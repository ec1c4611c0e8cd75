"""Brings a checkout's environment up to date: engine, app, and the developers' tools if asked.

Runs inside that environment, started by `scripts/bootstrap.py`. What is there and fits is left
alone; a stamp written last makes an interrupted run begin again where it has to.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tomllib
from pathlib import Path
from shlex import quote

from llamachat.install.engine_build import rebuild_engine
from llamachat.install.pip_commands import Say, run_pip
from llamachat.install.wheels import cache_folder


def prepare_checkout(root: Path, say: Say, *, dev: bool) -> None:
    """Installs what is missing or out of date; a second run takes a tenth of a second."""
    rebuild_engine(say, force=False)
    prefix = Path(sys.prefix)
    stamp = prefix / "llamachat-checkout.stamp"
    present = stamp.read_text(encoding="utf-8") if stamp.exists() else ""
    fits = present in (_fingerprint(root, dev=True), _fingerprint(root, dev=dev))
    if fits and (prefix / "bin" / "llamachat").exists():
        return
    say("App: installing llamachat" + (" and the developers' tools" if dev else ""))
    group = _dev_group(root) if dev else []
    log = cache_folder() / "app-install.log"
    run_pip(["install", "--editable", str(root), *group], log=log)
    part = stamp.with_name(f"{stamp.name}.{os.getpid()}.part")
    part.write_text(_fingerprint(root, dev=dev), encoding="utf-8")
    part.replace(stamp)
    if not present and not dev:
        program = quote(str(prefix / "bin" / "llamachat"))
        say(f"Done. To call it from anywhere: ln -s {program} ~/.local/bin/")


def _fingerprint(root: Path, *, dev: bool) -> str:
    """Changes when the app has to be installed again."""
    digest = hashlib.sha256((root / "pyproject.toml").read_bytes()).hexdigest()
    return f"{digest} {root}{' dev' if dev else ''}\n"


def _dev_group(root: Path) -> list[str]:
    """The dependency group `dev`, read here since pip below 25.1 has no --group."""
    pyproject = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    return list(pyproject["dependency-groups"]["dev"])
