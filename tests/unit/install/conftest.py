"""Probes are compiled once (four seconds) and run by many tests, natively and emulated."""

from __future__ import annotations

import fcntl
import os

import pytest

from llamachat.install.compiler import find_toolchain
from llamachat.install.probe import Bench
from llamachat.install.survey import examine


@pytest.fixture(scope="session")
def native_bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """A bench of this machine's compiler whose folder keeps the compiled probes; the processes of
    a run that is spread over several share it."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return Bench(find_toolchain(), tmp_path_factory.mktemp("probes"))
    folder = tmp_path_factory.getbasetemp().parent / "probes"
    folder.mkdir(exist_ok=True)
    bench = Bench(find_toolchain(), folder)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        examine(bench, frozenset())
    return bench
