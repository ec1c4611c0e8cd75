"""The plain dialog with lines from a pipe: answers on stdout, the story on stderr."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from llamachat.chat.chat import Chat
from llamachat.chat.prompt_library import load_prompt_template
from llamachat.engine.base import Chunk
from llamachat.engine.open import open_engine
from llamachat.engine.params import EngineOptions, GenerateParams, SamplingParams
from tests.e2e.conftest import PROGRAM, Finished, Run, needs_bob

PLAIN = ("--plain", "--temp", "0", "-n", "12")
Dialog = Callable[[bytes], Finished]


@pytest.fixture(scope="module")
def dialog(environment: dict[str, str], tiny: Path) -> Dialog:
    """A run with these lines and nothing special; the same lines give the same answers."""

    @cache
    def dialog(lines: bytes) -> Finished:
        return subprocess.run(
            [*PROGRAM, "-m", str(tiny), *PLAIN],
            input=lines, capture_output=True, env=environment, timeout=60, check=False,
        )  # fmt: skip

    return dialog


def test_answers_come_out_line_by_line(
    run: Run, tiny: Path, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    done = run("-m", tiny, *PLAIN, "-r", "\n", stdin=b"Hello\nAnd you?\n")
    monkeypatch.setenv("LLAMACHAT_HOME", environment["LLAMACHAT_HOME"])
    params = GenerateParams(12, stop=("\n",), sampling=SamplingParams(temp=0.0))
    with open_engine(tiny, options=EngineOptions(tiny, threads=1)) as engine:
        chat = Chat(engine, load_prompt_template("bob").fill())
        said = [
            "".join(e.text for e in chat.reply(text, params) if isinstance(e, Chunk)).lstrip()
            for text in ("Hello", "And you?")
        ]
    assert done.returncode == 0
    assert done.stdout.decode() == "".join(f"{text}\n" for text in said)


@needs_bob
def test_bob_holds_a_dialog_in_character(run: Run) -> None:
    lines = b"Hello, Bob.\nWhat is the capital of France?\nAnd of Italy?\n"
    said = run("--plain", "--temp", "0", stdin=lines).stdout.decode().splitlines()
    assert len(said) == 3
    assert "help" in said[0]
    assert "Paris" in said[1]
    assert "Rome" in said[2]


def test_facts_are_told_in_the_classic_layout(run: Run, tiny: Path) -> None:
    told = run("-m", tiny, *PLAIN, "-r", "###", "--keep", "9", stdin=b"").stderr.decode()
    for fact in (
        "model: ftype           = Q8_0", "model: n_vocab         = 512",
        "model: n_ctx           = 2048", "model: n_embd          = 256",
        "model: n_head          = 4", "model: n_layer         = 2",
        "model: n_rot           = 64", "model: n_ff            = 512",
        "model: model size      = ", "model: memory required = ", "model: KV size         = ",
        "system_info: n_threads = 1", "seed: random", "Reverse prompt: 'User:'",
        "Reverse prompt: '###'", "sampling: temp = 0.000000, top_k = 40, top_p = 0.950000, "
        "repeat_last_n = 64, repeat_penalty = 1.000000",
        "generate: n_ctx = 2048, n_batch = 2048, n_predict = 12, n_keep = 9",
        "== Running in interactive mode. ==", "Press Ctrl+C to interject",
    ):  # fmt: skip
        assert fact in told


def test_commands_leave_no_trace_on_stdout(run: Run, tiny: Path) -> None:
    done = run("-m", tiny, *PLAIN, stdin=b"/help\n/stats\n/prompt\n/reset\n/exit\nnever said\n")
    told = done.stderr.decode()
    assert done.returncode == 0
    assert done.stdout == b""
    for words in ("/help ", "  context  ", "Transcript of a dialog", "is forgotten"):
        assert words in told
    assert "never said" not in told


def test_reset_forgets_what_was_said(dialog: Dialog) -> None:
    twice = dialog(b"Hello\n/reset\nHello\n").stdout
    assert twice == dialog(b"Hello\n").stdout * 2


def test_prompt_shows_what_the_model_is_given(run: Run, tiny: Path) -> None:
    done = run("-m", tiny, *PLAIN, stdin=b"one\\\ntwo\n/prompt\n")
    answer = done.stdout.decode().rstrip("\n").strip()
    assert f"\nUser: one\ntwo\nBob: {answer}\nUser:\n" in done.stderr.decode()


def test_slash_at_the_end_lets_the_answer_go_on_in_the_line(run: Run, tiny: Path) -> None:
    done = run("-m", tiny, *PLAIN, stdin=b"The capital of France is/\n/prompt\n")
    told = done.stderr.decode()
    assert "\nUser: The capital of France is" in told
    assert "The capital of France is\nBob:" not in told


def test_path_is_a_message_and_a_slip_is_asked_about(run: Run, tiny: Path) -> None:
    done = run("-m", tiny, *PLAIN, stdin=b"/etc/hosts\n/stat\n/prompt\n")
    told = done.stderr.decode()
    assert "User: /etc/hosts" in told
    assert "There is no command /stat. Did you mean /stats?" in told


def test_timings_come_after_each_answer_unless_told_not_to(
    run: Run, dialog: Dialog, tiny: Path
) -> None:
    stdin = b"Hello\nAgain\n"
    assert dialog(stdin).stderr.count(b"[ Prompt: ") == 2
    assert b"[ Prompt" not in run("-m", tiny, *PLAIN, "--no-show-timings", stdin=stdin).stderr


def test_cached_tokens_are_told(dialog: Dialog) -> None:
    told = dialog(b"Hello\nAgain\n").stderr.decode()
    second = told.split("[ Prompt: ")[2]
    assert " new + " in second
    assert " new + 0 cached" not in second


def test_full_context_drops_whole_turns_and_says_so(run: Run, tiny: Path) -> None:
    lines = b"".join(b"message number %d, quite long\n" % number for number in range(12))
    done = run("-m", tiny, *PLAIN, "-c", "512", stdin=lines)
    told = done.stderr.decode()
    assert done.returncode == 0
    assert "context is full: turn" in told
    assert "the preamble stays" in told
    assert len(done.stdout.splitlines()) >= 12


def test_message_that_does_not_fit_is_refused_and_the_next_one_works(run: Run, tiny: Path) -> None:
    done = run("-m", tiny, *PLAIN, "-c", "512", stdin=b"word " * 900 + b"\nHello\n")
    assert done.returncode == 2
    assert b"context" in done.stderr
    assert done.stdout == run("-m", tiny, *PLAIN, "-c", "512", stdin=b"Hello\n").stdout


def test_single_turn_ends_after_one_answer(run: Run, dialog: Dialog, tiny: Path) -> None:
    one = run("-m", tiny, *PLAIN, "-st", stdin=b"Hello\nAgain\n").stdout
    assert one == dialog(b"Hello\n").stdout


def test_first_message_comes_from_p(run: Run, dialog: Dialog, tiny: Path) -> None:
    said = run("-m", tiny, *PLAIN, "-p", "Hello", stdin=b"Again\n").stdout
    assert said == dialog(b"Hello\nAgain\n").stdout


def test_classic_interactive_prompt_is_the_opening_of_a_transcript(run: Run, tiny: Path) -> None:
    opening = "A dialog between Anna and Max.\n\nMax: Hi.\nAnna:"
    affixes = ("-r", "Anna:", "--in-prefix", " ", "--in-suffix", "\\nMax:")
    done = run("-m", tiny, *PLAIN, "-i", *affixes, "-p", opening, stdin=b"Hello\n/prompt\n")
    assert opening + " Hello\nMax:" in done.stderr.decode()


def test_line_that_is_no_text_is_named(run: Run, tiny: Path) -> None:
    done = run("-m", tiny, *PLAIN, stdin=b"Hello\ncaf\xe9\n")
    assert done.returncode == 2
    assert b"Line 2 of standard input is not UTF-8" in done.stderr


def test_terminate_ends_it_with_143(environment: dict[str, str], tiny: Path) -> None:
    with subprocess.Popen(
        [*PROGRAM, "-m", str(tiny), "--plain", "--ignore-eos", "-c", "512"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        env=environment, bufsize=0,
    ) as process:  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b"Hello\n")
        assert process.stdout.read(1)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=10)
    assert process.returncode == 143
