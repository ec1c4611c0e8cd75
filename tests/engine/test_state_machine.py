"""A real worker, driven at random: after each step its cache is what a fresh prefill gives."""

from pathlib import Path
from typing import Any

import psutil
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from llamachat.engine import supervisor
from llamachat.engine.llama.engine import LlamaEngine
from llamachat.engine.params import EngineOptions
from tests.engine.dialog_machine import N_CTX, Dialog


def drive(model: Path, monkeypatch: pytest.MonkeyPatch, **bounds: Any) -> None:
    monkeypatch.setattr(supervisor, "BACKOFF", (0.0, 0.0, 0.0))
    Dialog.options = EngineOptions(model, n_ctx=N_CTX, n_ubatch=32, threads=1)
    before = psutil.Process().children(recursive=True)
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large]
    with LlamaEngine(Dialog.options) as Dialog.fresh:
        run_state_machine_as_test(
            Dialog, settings=settings(deadline=None, suppress_health_check=checks, **bounds)
        )
    assert set(psutil.Process().children(recursive=True)) <= set(before)
    print(f"largest difference of a logit: {Dialog.largest:.2g}")


def test_a_worker_driven_at_random_keeps_its_books(
    one_layer: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bounds = {"max_examples": 3, "stateful_step_count": 20, "derandomize": True}
    drive(one_layer, monkeypatch, **bounds, phases=[Phase.generate])


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_it_keeps_them_for_long(one_layer: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drive(one_layer, monkeypatch, max_examples=250, stateful_step_count=60)
