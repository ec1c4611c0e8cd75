"""`llamachat -p`: what comes out, byte for byte, and with which exit code."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from llamachat.bundled import DEMO_NOTICE, notice_of
from llamachat.engine.base import Chunk
from llamachat.engine.open import open_engine
from llamachat.engine.params import EngineOptions, GenerateParams, SamplingParams
from llamachat.engine.prompt import raw_prompt
from tests.e2e.conftest import Run, needs_bob
from tests.shared import SHARED, needs_shared

GREEDY = ("--temp", "0")
EngineSays = Callable[[Path, str, GenerateParams], bytes]


@pytest.fixture
def engine_says(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> Callable[[Path, str, GenerateParams], bytes]:
    """What the engine itself answers, as bytes."""
    monkeypatch.setenv("LLAMACHAT_HOME", environment["LLAMACHAT_HOME"])

    def answer(model: Path, prompt: str, params: GenerateParams) -> bytes:
        with open_engine(model, options=EngineOptions(model, threads=1)) as engine:
            events = list(engine.generate(raw_prompt(prompt), params))
        text = "".join(event.text for event in events if isinstance(event, Chunk))
        return text.encode("utf-8", "surrogateescape")

    return answer


def test_stdout_is_the_models_text_and_nothing_else(
    run: Run, speaker: Path, engine_says: EngineSays
) -> None:
    done = run("-m", speaker, "-no-cnv", "-p", "Once upon a time", "-n", "40", *GREEDY)
    params = GenerateParams(40, sampling=SamplingParams(temp=0.0))
    assert done.returncode == 0
    assert done.stdout == engine_says(speaker, "Once upon a time", params)
    assert done.stderr.decode().strip() == notice_of(speaker)


@needs_bob
def test_without_a_model_bob_answers_the_sample_questions(run: Run) -> None:
    hello = run("-p", "Hello, Bob.", *GREEDY)
    assert b"help" in hello.stdout
    assert b"User:" not in hello.stdout
    largest = run("-p", "Please tell me the largest city in Europe.", *GREEDY)
    assert b"Moscow" in largest.stdout
    assert hello.stderr.decode().strip() == largest.stderr.decode().strip() == DEMO_NOTICE
    assert DEMO_NOTICE in run("-m", "bob", "-p", "Hello.", "-n", "1").stderr.decode()


@needs_shared
def test_published_story_comes_out(run: Run) -> None:
    folder = SHARED / "stories260K"
    done = run("-m", folder / "stories260K.gguf", "-p", "", "-f", "-", "-n", "20", *GREEDY,
               stdin=b"Once upon a time")  # fmt: skip
    assert done.stdout.startswith(b", there was a little girl named Lily.")


def test_bytes_that_are_no_text_come_out_as_they_are(
    run: Run, tiny: Path, engine_says: EngineSays
) -> None:
    """A bias forces a byte token that begins a character, and nothing follows."""
    done = run("-m", tiny, "-p", "x", "-n", "1", "-l", "231+1000", *GREEDY)
    sampling = SamplingParams(temp=0.0, logit_bias=((231, 1000.0),))
    assert done.stdout == engine_says(tiny, "x", GenerateParams(1, sampling=sampling))
    assert not done.stdout.isascii()
    with pytest.raises(UnicodeDecodeError):
        done.stdout.decode()


@pytest.mark.parametrize("n", [0, 17])
def test_n_counts_generated_tokens(run: Run, tiny: Path, n: int) -> None:
    done = run("-m", tiny, "-p", "Hello", "-n", str(n), "--ignore-eos", "--json")
    assert json.loads(done.stdout)["tokens"]["generated"] == n


def test_json_is_one_object_with_everything(run: Run, tiny: Path) -> None:
    done = run("-m", tiny, "-p", "Hello", "-n", "5", "-s", "7", "--ignore-eos", "--json")
    answer = json.loads(done.stdout)
    assert answer["finish_reason"] == "length"
    assert answer["seed"] == 7
    assert answer["tokens"]["new"] == answer["tokens"]["prompt"] > 0
    assert answer["timings"]["prompt_n"] == answer["tokens"]["new"]
    assert answer["timings"]["predicted_n"] == answer["tokens"]["generated"] == 5
    assert answer["model"]["path"] == str(tiny)
    assert answer["model"]["n_ctx"] == 2048
    assert answer["memory"]["resident"] > answer["memory"]["model"] > 0
    assert answer["time_to_first_token_ms"] > 0


def test_told_seed_gives_the_answer_again(run: Run, tiny: Path) -> None:
    first = json.loads(run("-m", tiny, "-p", "Hello", "-n", "12", "--json").stdout)
    again = run("-m", tiny, "-p", "Hello", "-n", "12", "-s", str(first["seed"]))
    assert again.stdout.decode() == first["text"]


def test_reverse_prompt_ends_the_answer_and_is_not_shown(run: Run, speaker: Path) -> None:
    argv = ("-m", speaker, "-no-cnv", "-p", "Once upon a time", "-n", "30", *GREEDY)
    whole = run(*argv).stdout.decode()
    stop = whole[10:14]
    cut = json.loads(run(*argv, "-r", "no such text", "-r", stop, "--json").stdout)
    assert cut["finish_reason"] == "stop"
    assert cut["stop"] == stop
    assert cut["text"] == whole[: whole.index(stop)]


def test_stdin_is_the_prompt(run: Run, tiny: Path) -> None:
    argv = ("-m", tiny, "-n", "8", *GREEDY)
    assert run(*argv, stdin=b"Hello there\n").stdout == run(*argv, "-p", "Hello there").stdout


def test_stdin_and_files_are_appended_to_p(run: Run, tiny: Path, tmp_path: Path) -> None:
    file = tmp_path / "middle.txt"
    file.write_text("middle\n")
    argv = ("-m", tiny, "-n", "8", *GREEDY)
    joined = run(*argv, "-p", "first", "-f", file, stdin=b"last\n").stdout
    assert joined == run(*argv, "-p", "first\nmiddle\nlast").stdout


def test_escapes_are_for_flags_and_not_for_pipes(run: Run, tiny: Path) -> None:
    argv = ("-m", tiny, "-n", "1", "--json")
    tokens = [
        json.loads(done.stdout)["tokens"]["prompt"]
        for done in (
            run(*argv, "-p", r"\n\n\n"),
            run(*argv, "-p", r"\n\n\n", "--no-escape"),
            run(*argv, stdin=rb"\n\n\n"),
        )
    ]
    assert tokens[0] < tokens[1] == tokens[2]


def test_display_prompt_puts_it_before_the_answer(run: Run, tiny: Path) -> None:
    argv = ("-m", tiny, "-p", "Hello", "-n", "4", *GREEDY)
    assert run(*argv, "--display-prompt").stdout == b"Hello" + run(*argv).stdout


def test_story_goes_to_stderr(run: Run, tiny: Path) -> None:
    argv = ("-m", tiny, "-p", "Hello", "-n", "4", *GREEDY)
    done = run(*argv, "--show-timings", "--verbose-prompt", "--perf")
    assert done.stdout == run(*argv).stdout
    told = done.stderr.decode()
    assert "\n[ Prompt: " in told
    assert "number of tokens in prompt = " in told
    assert "prompt eval time =" in told
    assert "\x1b" not in told


def test_log_file_holds_the_story_and_log_disable_silences_it(
    run: Run, tiny: Path, tmp_path: Path
) -> None:
    log = tmp_path / "story.log"
    argv = ("-m", tiny, "-p", "Hello", "-n", "2", "--show-timings")
    done = run(*argv, "--log-file", log, "--log-disable")
    assert done.stderr == b""
    assert "[ Prompt: " in log.read_text()


def test_verbose_prints_what_llama_cpp_logs(run: Run, tiny: Path) -> None:
    done = run("-m", tiny, "-p", "Hello", "-n", "2", "-v")
    assert b"llama_model_loader" in done.stderr


def test_without_a_model_a_stand_in_is_announced(run: Run) -> None:
    done = run("-p", "Hello", "-n", "3", "--ignore-eos")
    assert done.returncode == 0
    assert done.stdout
    assert b"llamachat models pull llama-2-7b-chat" in done.stderr


def test_context_that_fills_up_is_said(run: Run, tiny: Path) -> None:
    argv = ("-m", tiny, "-p", "Hello", "-c", "256", "-n", "400", "--ignore-eos")
    full = run(*argv)
    assert b"context of " in full.stderr
    assert full.returncode == 0
    shifted = json.loads(run(*argv, "--context-shift", "--json").stdout)
    assert shifted["finish_reason"] == "length"
    assert shifted["tokens"]["dropped"] > 0


def test_special_tokens_are_shown_when_asked_for(run: Run, tiny: Path) -> None:
    """A bias makes the end-of-text token the first one."""
    argv = ("-m", tiny, "-p", "x", "-l", "2+1000", *GREEDY)
    assert run(*argv).stdout == b""
    assert run(*argv, "--special").stdout == b"</s>"
