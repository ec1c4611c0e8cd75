"""KV states on disk: private, whole or not there, written beside the work, the same afterwards."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from llamachat.engine.llama import block_checksums as block_checksums_module
from llamachat.engine.llama import snapshot
from llamachat.engine.llama.block_checksums import BLOCK, block_checksums
from llamachat.engine.llama.engine import LlamaEngine
from llamachat.engine.params import EngineOptions
from llamachat.engine.process import ProcessEngine
from llamachat.engine.prompt import raw_prompt
from tests.engine.answers import PROMPT, TOLERANCE, done_of, largest_difference, run, text_of
from tests.engine.conftest import OpenModel
from tests.engine.test_shift import N_CTX, ROUNDING, fresh_logits, up_to_the_shift

LONG = raw_prompt("It went on and on, and nobody knew why. " * 4)


@pytest.fixture(params=[LlamaEngine, ProcessEngine], scope="module")
def engine(
    request: pytest.FixtureRequest, generated: Callable[[str], Path]
) -> Iterator[LlamaEngine | ProcessEngine]:
    with request.param(EngineOptions(generated("q4_0"), n_ctx=256, threads=1)) as opened:
        yield opened


def appears(path: Path) -> bool:
    deadline = time.monotonic() + 20
    while not path.exists() and time.monotonic() < deadline:
        time.sleep(0.005)
    return path.exists()


def test_only_its_owner_may_read_it(engine: ProcessEngine, tmp_path: Path) -> None:
    run(engine)
    engine.snapshot(tmp_path / "kv" / "state", "key")
    assert stat.S_IMODE((tmp_path / "kv" / "state").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "kv").stat().st_mode) == 0o700


def test_the_engine_serves_on_while_it_is_written(engine: ProcessEngine, tmp_path: Path) -> None:
    expected = text_of(run(engine, n=40))
    held = engine.inspect().tokens
    saved = engine.snapshot(tmp_path / "kv" / "state", "key", wait=False)
    assert text_of(run(engine, LONG)) != expected
    assert appears(tmp_path / "kv" / "state")
    assert engine.restore(tmp_path / "kv" / "state", "key") == saved == len(held)
    assert engine.inspect().tokens == held
    assert [path.name for path in (tmp_path / "kv").iterdir()] == ["state"]


def test_it_is_finished_also_where_the_engine_ends_first(tiny: Path, tmp_path: Path) -> None:
    with ProcessEngine(EngineOptions(tiny, n_ctx=256, threads=1)) as engine:
        run(engine)
        saved = engine.snapshot(tmp_path / "kv", "key", wait=False)
    assert appears(tmp_path / "kv")
    with ProcessEngine(EngineOptions(tiny, n_ctx=256, threads=1)) as engine:
        assert engine.restore(tmp_path / "kv", "key") == saved


def test_a_copy_that_writes_keeps_no_pipe_of_the_worker(tiny: Path, tmp_path: Path) -> None:
    """Whoever waits for the end of a dead worker must not wait for the copy."""
    with ProcessEngine(EngineOptions(tiny, n_ctx=256, threads=1)) as engine:
        run(engine)
        for number in range(8):
            engine.snapshot(tmp_path / f"kv{number}", "key", wait=False)
        assert engine.pid is not None
        os.kill(engine.pid, signal.SIGKILL)
        began = time.monotonic()
        assert done_of(run(engine)).reason in ("died", "length")
        assert time.monotonic() - began < 5


WRITER = """
import sys
from pathlib import Path
from llamachat import EngineOptions
from llamachat.engine.llama.engine import LlamaEngine
from llamachat.engine.prompt import raw_prompt

with LlamaEngine(EngineOptions(Path(sys.argv[1]), n_ctx=4096, threads=1)) as engine:
    list(engine.prefill(raw_prompt("It went on and on, and nobody knew why. " * 20)))
    print("ready", flush=True)
    while True:
        engine.snapshot(Path(sys.argv[2]), "key")
"""


@pytest.mark.parametrize("rounds", [3, pytest.param(60, marks=pytest.mark.slow)])
def test_killed_at_any_moment_it_is_whole_or_not_there(
    slow_model: Path, tmp_path: Path, rounds: int
) -> None:
    """4 MB a state, written again and again; the writer is killed a little later each time."""
    path = tmp_path / "kv"
    with LlamaEngine(EngineOptions(slow_model, n_ctx=4096, threads=1)) as reader:
        for number in range(rounds):
            command = [sys.executable, "-c", WRITER, str(slow_model), str(path)]
            with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
                assert writer.stdout is not None
                assert writer.stdout.readline() == b"ready\n"
                time.sleep(0.013 * number)
                if number == rounds - 1:
                    assert appears(path)  # late on a busy machine
                writer.kill()
            whole = reader.restore(path, "key") if path.exists() else None
            assert whole is None or whole > 200
            for torn in tmp_path.glob(".*.part"):
                shutil.copy(torn, tmp_path / "torn")
                found = reader.restore(tmp_path / "torn", "key")
                assert found == 0 or found > 200  # whole, and killed before it had its name
                torn.unlink()


@pytest.mark.parametrize("block", [BLOCK, 1 << 14])
def test_cut_anywhere_or_with_any_byte_altered_it_is_not_used(
    open_model: OpenModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    """Also in blocks that are checked while they are being loaded."""
    for module in (snapshot, block_checksums_module):
        monkeypatch.setattr(module, "BLOCK", block)
    engine = open_model()
    run(engine)
    path, bad = tmp_path / "kv", tmp_path / "bad"
    saved = engine.snapshot(path, "key")
    data = path.read_bytes()
    for place in {*range(0, len(data), len(data) // 40), len(data) - 1, len(data) - 20}:
        bad.write_bytes(data[:place])
        assert engine.restore(bad, "key") == 0
        altered = bytearray(data)
        altered[place] ^= 0x10
        bad.write_bytes(altered)
        assert engine.restore(bad, "key") == 0
    bad.write_bytes(data + b"\0")
    assert engine.restore(bad, "key") == 0
    assert engine.restore(path, "key") == saved


@pytest.mark.parametrize("kv", ["f16", "q8_0"])
def test_a_dialog_goes_on_from_it_as_if_it_had_never_stopped(
    open_model: OpenModel, tmp_path: Path, kv: str
) -> None:
    kinds = {"cache_type_k": kv, "cache_type_v": kv, "flash_attention": "on"}
    engine = open_model(**kinds)
    run(engine, LONG, n=20)
    engine.snapshot(tmp_path / "kv", "key")
    more = (*LONG, *raw_prompt(" So they went home."))
    list(engine.prefill(more))
    options = EngineOptions(engine._options.model, n_ctx=256, threads=1, **kinds)  # type: ignore[arg-type]
    with ProcessEngine(options) as other:
        assert other.restore(tmp_path / "kv", "key") > 0
        list(other.prefill(more))
        largest = largest_difference(engine.inspect().logits, other.inspect().logits)
        assert engine.inspect().tokens == other.inspect().tokens
        print(f"largest difference of a logit after a restart: {largest:.2g} ({kv})")
        assert largest < TOLERANCE
        assert text_of(run(engine, more)) == text_of(run(other, more))


def test_a_cache_of_half_the_bits_makes_a_file_of_half_the_size(
    open_model: OpenModel, tmp_path: Path
) -> None:
    for kv in ("f16", "q8_0"):
        engine = open_model(cache_type_k=kv, cache_type_v=kv, flash_attention="on")
        run(engine, LONG)
        engine.snapshot(tmp_path / kv, "key")
    assert (tmp_path / "q8_0").stat().st_size < 0.6 * (tmp_path / "f16").stat().st_size


def test_a_state_longer_than_the_context_is_not_used(open_model: OpenModel, tmp_path: Path) -> None:
    large, small = open_model(n_ctx=512), open_model(n_ctx=256)
    run(large, LONG + LONG)
    large.snapshot(tmp_path / "kv", "key")
    assert small.restore(tmp_path / "kv", "key") == 0


def test_each_block_of_a_file_has_its_checksum(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"\x01" * (BLOCK + 5))
    first, second = block_checksums(path, BLOCK + 5)
    assert block_checksums(path, BLOCK) == [first]
    assert block_checksums(path, BLOCK + 6) == [first, -1]
    assert block_checksums(path, 0) == []
    with path.open("r+b") as file:
        file.seek(BLOCK + 1)
        file.write(b"\x02")
    assert block_checksums(path, BLOCK + 5)[0] == first
    assert block_checksums(path, BLOCK + 5)[1] != second


def test_an_answer_after_a_restore_costs_only_what_is_new(
    engine: ProcessEngine, tmp_path: Path
) -> None:
    run(engine, LONG)
    engine.snapshot(tmp_path / "kv", "key")
    list(engine.prefill(PROMPT))
    engine.restore(tmp_path / "kv", "key")
    usage = done_of(run(engine, LONG)).usage
    assert usage.cached >= usage.prompt - 1


def test_a_snapshot_with_a_shift_pending_comes_back_in_another_process(
    open_model: OpenModel, generated: Callable[[str], Path], tmp_path: Path
) -> None:
    model = generated("q4_K_M")
    engine = open_model(model, n_ctx=N_CTX)
    dialog, stream = up_to_the_shift(engine)
    stream.close()  # type: ignore[attr-defined]
    saved = engine.snapshot(tmp_path / "kv", "key")
    held = engine.inspect()
    assert saved == len(held.tokens)
    with ProcessEngine(EngineOptions(model, n_ctx=N_CTX, threads=2)) as other:
        assert other.restore(tmp_path / "kv", "key") == saved
        assert (other.inspect().tokens, other.inspect().turns) == (held.tokens, held.turns)
        list(other.prefill(dialog.prompt))
        list(engine.prefill(dialog.prompt))
        found, held = other.inspect(), engine.inspect()
        assert (found.tokens, found.turns) == (held.tokens, held.turns)
        largest = largest_difference(found.logits, held.logits)
        print(f"largest difference of a logit after shift, save and restore: {largest:.2g}")
        assert largest < TOLERANCE


def test_shifted_saved_and_restored_it_has_the_logits_of_a_fresh_cache(
    one_layer: Path, tmp_path: Path
) -> None:
    """Within rounding; only the order of the cells in memory is another one."""
    kinds = {"cache_type_k": "f32", "cache_type_v": "f32", "flash_attention": "off"}
    options = EngineOptions(one_layer, n_ctx=N_CTX, threads=1, **kinds)  # type: ignore[arg-type]
    with LlamaEngine(options) as engine:
        dialog, stream = up_to_the_shift(engine)
        stream.close()  # type: ignore[attr-defined]
        engine.snapshot(tmp_path / "kv", "key")
    with ProcessEngine(options) as other:
        other.restore(tmp_path / "kv", "key")
        list(other.prefill(dialog.prompt))
        held = other.inspect()
    largest = largest_difference(held.logits, fresh_logits(options, held.tokens))
    print(f"largest difference of a logit after shift, save and restore, f32: {largest:.2g}")
    assert largest < ROUNDING["f32", "off"]
