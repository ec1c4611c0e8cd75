"""Probes are compiled once (four seconds) and run by many tests, natively and emulated."""

from __future__ import annotations

import pytest

from llamachat.install.compiler import find_toolchain
from llamachat.install.probe import Bench


@pytest.fixture(scope="session")
def native_bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """A bench of this machine's compiler whose folder keeps the compiled probes."""
    return Bench(find_toolchain(), tmp_path_factory.mktemp("probes"))
