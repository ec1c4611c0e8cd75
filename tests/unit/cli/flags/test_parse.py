"""The command line is read as llama.cpp reads it."""

import hypothesis
import pytest
from hypothesis import strategies as st

from llamachat.cli.flags.given import Given
from llamachat.cli.flags.parse import parse
from llamachat.cli.flags.table import BY_NAME
from llamachat.engine.params import SAMPLER_ORDER
from llamachat.errors import UsageError


def refusal(*argv: str, **environ: str) -> UsageError:
    with pytest.raises(UsageError) as caught:
        parse(argv, environ)
    assert "\n" not in caught.value.message
    return caught.value


def test_nothing_given_gives_nothing() -> None:
    assert parse([], {}) == Given({})


def test_value_may_begin_with_a_dash() -> None:
    assert parse(["-p", "- a list\n- of two"], {}).text("prompt") == "- a list\n- of two"


def test_value_that_is_a_flag_is_questioned() -> None:
    error = refusal("-r", "-e")
    assert error.message == "-r needs a value, but the flag -e follows."
    assert parse(["-r=-e"], {}).many("reverse_prompt", str) == ("-e",)


def test_last_one_wins() -> None:
    assert parse(["-n", "1", "--n-predict", "2"], {}).whole("n_predict") == 2
    assert parse(["--context-shift", "--no-context-shift"], {}).switch("context_shift") is False


@pytest.mark.parametrize(
    ("words", "number"),
    [
        (["--resume"], 0),
        (["--resume", "--plain"], 0),
        (["--resume", "latest"], 0),
        (["--resume", "7"], 7),
        (["--resume=7"], 7),
        (["--resume", "7", "-p", "x"], 7),
    ],
)
def test_chat_to_resume_is_the_latest_or_a_number(words: list[str], number: int) -> None:
    assert parse(words, {}).whole("resume") == number


@pytest.mark.parametrize("word", ["abc", "0", "1.5", "99999999999999999999"])
def test_chat_to_resume_that_is_no_number_says_where_to_look(word: str) -> None:
    assert "llamachat chats list" in refusal("--resume", word).message


def test_environment_gives_way_to_the_command_line() -> None:
    environ = {"LLAMA_ARG_N_PREDICT": "5", "LLAMA_ARG_CTX_SIZE": "256", "LLAMA_ARG_TOP_K": "3"}
    given = parse(["-n", "9"], environ)
    assert given.values == {"n_predict": 9, "n_ctx": 256, "top_k": 3}


def test_environment_switches_take_llama_cpps_spellings() -> None:
    assert parse([], {"LLAMA_ARG_CONTEXT_SHIFT": "enabled"}).switch("context_shift") is True
    assert parse([], {"LLAMA_ARG_NO_CONTEXT_SHIFT": "1"}).switch("context_shift") is False


def test_bad_variable_is_named() -> None:
    error = refusal(LLAMA_ARG_CTX_SIZE="big")
    assert error.message == "The variable LLAMA_ARG_CTX_SIZE takes a whole number, not 'big'."


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["-n"], "-n needs a value."),
        (["-n", "x"], "-n takes a whole number, not 'x'."),
        (["-n", "-3"], "-n takes a whole number of at least -2, not '-3'."),
        (["--temp", "hot"], "--temp takes a number, not 'hot'."),
        (["--temp", "nan"], "--temp takes a finite number, not 'nan'."),
        (["--repeat-penalty", "0"], "--repeat-penalty takes a number above 0, not '0'."),
        (["-fa", "maybe"], "'maybe' is neither a flag nor a command."),
        (["-ctk", "q9"], "-ctk takes one of f32, f16, bf16, q8_0, q4_0, q4_1, iq4_nl, q5_0, q5_1, "
                         "auto, not 'q9'."),
        (["--samplers", "top_k;magic"], "--samplers takes sampler names separated by ';' "
         f"({';'.join(SAMPLER_ORDER)}), not 'top_k;magic'."),
        (["-l", "hello+1"], "-l takes a token id and a bias, like 15043+1 or 15043-1, "
                            "not 'hello+1'."),
        (["--set", "user"], "--set takes NAME=VALUE, not 'user'."),
        (["--mlock=1"], "--mlock takes no value."),
        (["--lora-scaled", "a.gguf"], "--lora-scaled takes FNAME:SCALE, several separated by "
                                      "commas, not 'a.gguf'."),
    ],
)  # fmt: skip
def test_bad_value_is_one_sentence(argv: list[str], message: str) -> None:
    assert refusal(*argv).message == message


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("--tmep", "There is no flag --tmep; the nearest is --temp."),
        ("-md", "llama.cpp's -md is not in llamachat; the nearest flag is -m/--model."),
        ("--numa", "llama.cpp's --numa is not in llamachat; the nearest flag is -t/--threads."),
        ("--n_gpu_layer", "There is no flag --n-gpu-layer; the nearest is --n-gpu-layers."),
        ("-n128", "There is no flag -n128; the nearest is -n."),
        ("hello", "'hello' is neither a flag nor a command."),
        ("modles", "'modles' is neither a flag nor a command; the nearest is `llamachat models`."),
        ("chat", "'chat' is neither a flag nor a command; the nearest is `llamachat`."),
        ("pull", "'pull' is neither a flag nor a command; the nearest is `llamachat models pull`."),
    ],
)
def test_unknown_flag_names_the_nearest(word: str, message: str) -> None:
    assert refusal(word).message == message


def test_every_name_belongs_to_one_flag() -> None:
    names = [name for flag in set(BY_NAME.values()) for name in flag.all_names]
    assert len(names) == len(set(names))


def test_every_nearest_flag_exists() -> None:
    from llamachat.cli.flags.foreign import _NEAREST

    for nearest, names in _NEAREST.items():
        assert set(nearest.split("/")) <= BY_NAME.keys()
        assert not set(names.split()) & BY_NAME.keys()


WORDS = st.sampled_from([*BY_NAME, "--top_k", "-x", "--", "-", "", "=", "1", "-1", "on", "a;b"])


@hypothesis.given(st.lists(WORDS | st.text(max_size=8) | st.builds("{}={}".format, WORDS, WORDS)))
def test_any_command_line_is_read_or_refused_in_a_sentence(argv: list[str]) -> None:
    try:
        given = parse(argv, {})
    except UsageError as error:
        assert error.message.endswith(".")
    else:
        assert given.values.keys() <= {flag.key for flag in BY_NAME.values()}
