"""The command line is read as llama.cpp reads it."""

from pathlib import Path

import hypothesis
import pytest
from hypothesis import strategies as st

from llamachat.cli.flags.given import Given
from llamachat.cli.flags.parse import parse
from llamachat.cli.flags.table import BY_NAME
from llamachat.cli.settings import engine_options, generate_params
from llamachat.engine.params import (
    RANDOM_SEED,
    SAMPLER_ORDER,
    EngineOptions,
    GenerateParams,
    LoraAdapter,
    SamplingParams,
)
from llamachat.errors import UsageError

MODEL = Path("model.gguf")


def sampling(*argv: str) -> SamplingParams:
    return generate_params(parse(argv, {}), GenerateParams()).sampling


def options(*argv: str) -> EngineOptions:
    return engine_options(parse(argv, {}), MODEL)


def refusal(*argv: str, **environ: str) -> UsageError:
    with pytest.raises(UsageError) as caught:
        parse(argv, environ)
    assert "\n" not in caught.value.message
    return caught.value


def test_nothing_given_gives_nothing() -> None:
    assert parse([], {}) == Given({})


def test_defaults_are_those_of_llama_cpp() -> None:
    """`common_params_sampling` and `common_params` of the pinned llama.cpp."""
    assert sampling() == SamplingParams(
        temp=0.8, top_k=40, top_p=0.95, min_p=0.05, typical=1.0, top_n_sigma=-1.0,
        xtc_probability=0.0, xtc_threshold=0.1, dynatemp_range=0.0, dynatemp_exp=1.0,
        repeat_penalty=1.0, repeat_last_n=64, presence_penalty=0.0, frequency_penalty=0.0,
        dry_multiplier=0.0, dry_base=1.75, dry_allowed_length=2, dry_penalty_last_n=64,
        dry_sequence_breakers=("\n", ":", '"', "*"), mirostat=0, mirostat_ent=5.0,
        mirostat_lr=0.1, ignore_eos=False, seed=0xFFFFFFFF,
        samplers=("penalties", "dry", "top_n_sigma", "top_k", "typical", "top_p", "min_p", "xtc",
                  "temperature"),
    )  # fmt: skip
    assert options() == EngineOptions(
        MODEL, n_ctx=0, n_batch=2048, n_ubatch=512, cache_type_k="f16", cache_type_v="f16",
        flash_attention="auto", load_mode="auto", deterministic=False,
    )  # fmt: skip
    assert generate_params(Given({}), GenerateParams()) == GenerateParams(
        n_predict=-1, n_keep=0, context_shift=False
    )


@pytest.mark.parametrize(
    ("argv", "field", "value"),
    [
        (["--temp", "0"], "temp", 0.0),
        (["--temperature", "1.5"], "temp", 1.5),
        (["--top-k", "7"], "top_k", 7),
        (["--top_p", "0.5"], "top_p", 0.5),
        (["--min-p", "0.1"], "min_p", 0.1),
        (["--typical", "0.7"], "typical", 0.7),
        (["--typical-p", "0.7"], "typical", 0.7),
        (["--top-nsigma", "2"], "top_n_sigma", 2.0),
        (["--repeat-penalty", "1.1"], "repeat_penalty", 1.1),
        (["--repeat-last-n", "0"], "repeat_last_n", 0),
        (["--presence-penalty", "-1"], "presence_penalty", -1.0),
        (["--frequency-penalty", ".5"], "frequency_penalty", 0.5),
        (["--mirostat", "2"], "mirostat", 2),
        (["--mirostat-lr", "0.2"], "mirostat_lr", 0.2),
        (["--mirostat-ent", "4"], "mirostat_ent", 4.0),
        (["--dry-multiplier", "0.8"], "dry_multiplier", 0.8),
        (["--dry-base", "2"], "dry_base", 2.0),
        (["--dry-allowed-length", "3"], "dry_allowed_length", 3),
        (["--dry-penalty-last-n", "9"], "dry_penalty_last_n", 9),
        (["--dry-sequence-breaker", "\\n", "--dry-sequence-breaker", ";"],
         "dry_sequence_breakers", ("\n", ";")),
        (["--dry-sequence-breaker", "x", "--dry-sequence-breaker", "none"],
         "dry_sequence_breakers", ()),
        (["--xtc-probability", "0.5"], "xtc_probability", 0.5),
        (["--xtc-threshold", "0.2"], "xtc_threshold", 0.2),
        (["--dynatemp-range", "0.5"], "dynatemp_range", 0.5),
        (["--dynatemp-exp", "2"], "dynatemp_exp", 2.0),
        (["--samplers", "top-k;typ_p;nucleus;minp;temp"], "samplers",
         ("top_k", "typical", "top_p", "min_p", "temperature")),
        (["--sampling-seq", "edskypmxt"], "samplers", SAMPLER_ORDER),
        (["-s", "42"], "seed", 42),
        (["-s", "-1"], "seed", RANDOM_SEED),
        (["-l", "15043+1", "-l", "2-0.5"], "logit_bias", ((15043, 1.0), (2, -0.5))),
        (["-l", "5-inf"], "logit_bias", ((5, float("-inf")),)),
        (["--ignore-eos"], "ignore_eos", True),
        (["--grammar", 'root ::= "a"'], "grammar", 'root ::= "a"'),
        (["-j", '{"type": "object"}'], "json_schema", '{"type": "object"}'),
    ],
)  # fmt: skip
def test_sampling_flag_reaches_its_parameter(argv: list[str], field: str, value: object) -> None:
    assert getattr(sampling(*argv), field) == value


@pytest.mark.parametrize(
    ("argv", "field", "value"),
    [
        (["-c", "512"], "n_ctx", 512),
        (["--ctx-size", "512"], "n_ctx", 512),
        (["-b", "64"], "n_batch", 64),
        (["-ub", "32"], "n_ubatch", 32),
        (["-t", "3"], "threads", 3),
        (["-t", "-1"], "threads", None),
        (["-tb", "2"], "threads_batch", 2),
        (["-ctk", "q8_0"], "cache_type_k", "q8_0"),
        (["-ctv", "q4_0"], "cache_type_v", "q4_0"),
        (["-fa"], "flash_attention", "on"),
        (["-fa", "off"], "flash_attention", "off"),
        (["-fa", "1"], "flash_attention", "on"),
        (["-fa", "-c", "9"], "flash_attention", "on"),
        (["-lm", "dio"], "load_mode", "dio"),
        (["--mlock"], "load_mode", "mmap+mlock"),
        (["--no-mmap"], "load_mode", "none"),
        (["--no-mmap", "--mlock"], "load_mode", "mlock"),
        (["--mmap"], "load_mode", "mmap"),
        (["-ngl", "33"], "n_gpu_layers", 33),
        (["-ngl", "all"], "n_gpu_layers", -2),
        (["--deterministic"], "deterministic", True),
        (["--no-repack"], "extra_buffers", False),
    ],
)
def test_model_flag_reaches_its_option(argv: list[str], field: str, value: object) -> None:
    assert getattr(options(*argv), field) == value


def test_adapters_come_from_lists_and_repeats(tmp_path: Path) -> None:
    a, b, c = (tmp_path / name for name in ("a.gguf", "b.gguf", "c.gguf"))
    for path in (a, b, c):
        path.touch()
    found = options("--lora", f"{a},{b}", "--lora-scaled", f"{c}:0.5", "--lora", str(c)).adapters
    assert found == (LoraAdapter(a), LoraAdapter(b), LoraAdapter(c, 0.5), LoraAdapter(c))


def test_missing_adapter_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no adapter file"):
        options("--lora", str(tmp_path / "none.gguf"))


def test_value_may_begin_with_a_dash() -> None:
    assert parse(["-p", "- a list\n- of two"], {}).text("prompt") == "- a list\n- of two"


def test_value_that_is_a_flag_is_questioned() -> None:
    error = refusal("-r", "-e")
    assert error.message == "-r needs a value, but the flag -e follows."
    assert parse(["-r=-e"], {}).many("reverse_prompt", str) == ("-e",)


def test_reverse_prompts_accumulate_and_keep_their_escapes() -> None:
    given = parse(["-r", "User:", "-r", "\\n###", "-r", "User:"], {})
    assert generate_params(given, GenerateParams(stop=("Bob:",))).stop == ("Bob:", "User:", "\n###")
    raw = parse(["-r", "\\n", "--no-escape"], {})
    assert generate_params(raw, GenerateParams()).stop == ("\\n",)


def test_last_one_wins() -> None:
    assert parse(["-n", "1", "--n-predict", "2"], {}).whole("n_predict") == 2
    assert parse(["--context-shift", "--no-context-shift"], {}).switch("context_shift") is False


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
                         "not 'q9'."),
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
        ("-hf", "llama.cpp's -hf is not in llamachat; the nearest flag is -m/--model."),
        ("--numa", "llama.cpp's --numa is not in llamachat; the nearest flag is -t/--threads."),
        ("--n_gpu_layer", "There is no flag --n-gpu-layer; the nearest is --n-gpu-layers."),
        ("-n128", "There is no flag -n128; the nearest is -n."),
        ("hello", "'hello' is neither a flag nor a command."),
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
