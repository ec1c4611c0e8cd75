"""The worker by hand, in a shell: text in, text out, whatever is typed or printed by libraries."""

import json
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from llamachat.engine.params import EngineOptions
from llamachat.engine.process import ProcessEngine
from tests.engine.answers import run, text_of
from tests.engine.conftest import OpenModel

WORKER = [sys.executable, "-P", "-m", "llamachat.engine.worker"]
OPTIONS = ["--options", '{"n_ctx": 256, "threads": 1}']


def drive(model: Path, requests: Sequence[object], *, code: str = "") -> list[dict[str, Any]]:
    """What a worker answers to these lines; `code` is run in it before it starts."""
    lines = [r if isinstance(r, bytes) else json.dumps(r).encode() for r in requests]
    command = [*WORKER, "--model", str(model), *OPTIONS]
    if code:
        code += "\nfrom llamachat.engine.worker import main; import sys; sys.exit(main())"
        command = [sys.executable, "-P", "-c", code, *command[4:]]
    done = subprocess.run(command, input=b"\n".join(lines), capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    assert b"Traceback" not in done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def of_request(messages: Sequence[dict[str, Any]], number: object) -> list[dict[str, Any]]:
    return [m for m in messages if m.get("id") == number and m["event"] not in ("loading", "ready")]


def test_a_pipeline_in_a_shell_is_answered(tiny: Path) -> None:
    line = '{"op": "generate", "prompt": "Hello", "params": {"n_predict": 4}}'
    worker = shlex.join([*WORKER, "--model", str(tiny), *OPTIONS])
    done = subprocess.run(
        f"echo {shlex.quote(line)} | {worker}", shell=True, capture_output=True, text=True
    )
    events = [json.loads(line)["event"] for line in done.stdout.splitlines()]
    assert events[-1] == "done"
    assert {"loading", "ready", "prefilled", "chunk"} <= set(events)
    assert events.index("ready") < events.index("prefilled")


def test_it_answers_every_request_in_order_with_its_id(tiny: Path) -> None:
    ask = {"op": "generate", "prompt": "Hello", "params": {"n_predict": 3}}
    held = {"op": "inspect", "id": 4}
    messages = drive(tiny, [{**ask, "id": 1}, {"op": "count", "prompt": "x", "id": "b"}, held])
    assert [m["event"] for m in of_request(messages, 1)][-1] == "done"
    assert of_request(messages, "b")[0]["value"] > 1
    found = of_request(messages, 4)[0]["value"]
    assert (
        len(found["tokens"])
        == len(found["turns"])
        == of_request(messages, 1)[-1]["usage"]["prompt"] + 2
    )
    assert len(found["logits"]) == 512


MALFORMED: list[object] = [
    b"nonsense",
    b"[1, 2, 3]",
    b"\xff\xfe\x00",
    b"[" * 50_000,
    {},
    {"op": 7},
    {"op": None},
    {"op": "dance"},
    {"op": "generate"},
    {"op": "generate", "prompt": 7},
    {"op": "generate", "prompt": [["content", 1, 2]]},
    {"op": "generate", "prompt": "x", "params": {"n_predict": "8"}},
    {"op": "generate", "prompt": "x", "params": {"stop": [""]}},
    {"op": "generate", "prompt": "x", "params": {"sampling": {"grammar": "root ::="}}, "id": [1]},
    {"op": "generate", "prompt": "word " * 3000},
    {"op": "prefill", "prompt": {"a": 1}},
    {"op": "snapshot", "path": 7, "key": "k"},
    {"op": "snapshot", "path": "/proc/nowhere/kv", "key": "k"},
    {"op": "restore"},
    {"op": "count", "prompt": None, "id": {"an": "object"}},
]


def test_malformed_lines_are_answered_with_an_error_and_do_not_end_it(tiny: Path) -> None:
    ask = {"op": "generate", "prompt": "Hello", "params": {"n_predict": 3}, "id": "last"}
    messages = drive(tiny, [*MALFORMED, b"", b"   ", ask])
    errors = [m for m in messages if m["event"] == "error"]
    assert len(errors) == len(MALFORMED) - 1  # "root ::=" is a grammar: it allows nothing
    assert {m["kind"] for m in errors} == {"UsageError", "PromptTooLong", "EngineError"}
    assert all(m["message"] for m in errors)
    assert of_request(messages, "last")[-1]["event"] == "done"


def test_a_cancel_for_nothing_harms_nothing(tiny: Path) -> None:
    ask = {"op": "generate", "prompt": "Hello", "params": {"n_predict": 3}}
    ids: list[object] = [None, 0, 99, "x", [1], {}]
    strays: list[object] = [{"op": "cancel", "id": number} for number in ids]
    messages = drive(tiny, [*strays, {**ask, "id": 1}, *strays, {**ask, "id": 2}])
    assert [of_request(messages, n)[-1]["reason"] for n in (1, 2)] == ["length", "length"]


def test_a_cancel_ends_the_request_it_names_and_no_other(tiny: Path) -> None:
    endless = {"op": "generate", "prompt": "Hi", "params": {"n_predict": 240}}
    asked: list[object] = [{**endless, "id": number} for number in (1, 2, 3)]
    messages = drive(tiny, [*asked, {"op": "cancel", "id": 2}])
    reasons = [of_request(messages, number)[-1]["reason"] for number in (1, 2, 3)]
    assert reasons[1] == "cancelled"
    assert "cancelled" not in (reasons[0], reasons[2])


def test_close_ends_it_after_what_came_before(tiny: Path) -> None:
    ask = {"op": "count", "prompt": "x"}
    messages = drive(tiny, [{**ask, "id": 1}, {"op": "close"}, {**ask, "id": 2}])
    assert of_request(messages, 1)
    assert not of_request(messages, 2)


NOISY = """
import ctypes, os, sys
from llamachat.engine.llama.engine import LlamaEngine
quiet = LlamaEngine.count
def noisy(self, prompt):
    libc = ctypes.CDLL(None)
    libc.puts(b'{"id": 1, "event": "result", "value": 666}')
    libc.fflush(None)
    os.write(1, b"torn by a library")
    print("and by Python", flush=True)
    os.system("echo and by a program")
    return quiet(self, prompt)
LlamaEngine.count = noisy
"""


def test_a_stray_print_does_not_tear_the_protocol(tiny: Path) -> None:
    ask = {"op": "count", "prompt": "Hello", "id": 1}
    quiet, noisy = (of_request(drive(tiny, [ask, ask], code=c), 1) for c in ("", NOISY))
    assert noisy == quiet
    assert len(noisy) == 2


HANGING = """
import sys, time
from llamachat.engine.llama.engine import LlamaEngine
def hang(self, prompt):
    print("hanging", file=sys.stderr, flush=True)
    time.sleep(60)
LlamaEngine.count = hang
"""


def test_a_child_leaves_at_once_when_its_stdin_ends_whatever_it_is_doing(tiny: Path) -> None:
    """As in the middle of a batch that takes ten seconds more."""
    code = HANGING + "from llamachat.engine.worker import main; sys.exit(main())"
    with subprocess.Popen(
        [sys.executable, "-P", "-c", code, "--child", "--model", str(tiny), *OPTIONS],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as worker:
        assert worker.stdin is not None
        assert worker.stderr is not None
        worker.stdin.write(b'{"op": "count", "prompt": "x"}\n')
        worker.stdin.flush()
        while b"hanging" not in worker.stderr.readline():
            pass
        worker.stdin.close()
        assert worker.wait(timeout=10) == 0


def test_llama_cpp_s_log_goes_to_stderr_and_only_events_to_stdout(tiny: Path) -> None:
    command = [*WORKER, "--model", str(tiny), *OPTIONS]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    assert b"llama_model_loader" in done.stderr
    assert all(b'"event"' in line for line in done.stdout.splitlines())


@pytest.mark.parametrize(
    ("arguments", "kind", "code"),
    [
        (["--model", "missing.gguf"], "ModelError", 3),
        (["--options", "nonsense"], "UsageError", 2),
        (["--options", "[]"], "UsageError", 2),
        (["--options", '{"threats": 2}'], "UsageError", 2),
        (["--options", '{"threads": "2"}'], "UsageError", 2),
        (["--options", '{"adapters": [{"path": "missing.gguf"}]}'], "ModelError", 3),
    ],
    ids=str,
)
def test_what_cannot_be_opened_is_one_error_event_and_an_exit_code(
    tiny: Path, arguments: list[str], kind: str, code: int
) -> None:
    command = [*WORKER, "--model", str(tiny), *arguments]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    last = json.loads(done.stdout.splitlines()[-1])
    assert (last["event"], last["kind"], done.returncode) == ("error", kind, code)
    assert b"Traceback" not in done.stderr


def test_it_says_by_hand_what_the_engines_say(tiny: Path, open_model: OpenModel) -> None:
    expected = text_of(run(open_model()))
    params = {"n_predict": 12, "sampling": {"temp": 0, "ignore_eos": True}}
    ask = {"op": "generate", "prompt": "Once upon a time there was a", "params": params, "id": 1}
    said = [m["text"] for m in of_request(drive(tiny, [ask]), 1) if m["event"] == "chunk"]
    assert "".join(said) == expected
    with ProcessEngine(EngineOptions(tiny, n_ctx=256, threads=1)) as engine:
        assert text_of(run(engine)) == expected


def test_a_reader_who_leaves_ends_it_quietly(tiny: Path) -> None:
    line = '{"op": "generate", "prompt": "Hi", "params": {"n_predict": 200}}'
    worker = shlex.join([*WORKER, "--model", str(tiny), *OPTIONS])
    done = subprocess.run(
        f"echo {shlex.quote(line)} | {worker} | head -n 30", shell=True, capture_output=True
    )
    assert b"Traceback" not in done.stderr
    assert b"Exception" not in done.stderr
