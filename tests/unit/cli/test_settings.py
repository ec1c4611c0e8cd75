"""Flags reach the engine's parameters, and only what was given replaces a default."""

from pathlib import Path

import pytest

from llamachat.bundled import BOB
from llamachat.cli.flags.given import Given
from llamachat.cli.flags.parse import parse
from llamachat.cli.settings import drawn_seed, engine_options, generate_params, model_path
from llamachat.engine.params import (
    RANDOM_SEED,
    SAMPLER_ORDER,
    EngineOptions,
    GenerateParams,
    LoraAdapter,
    SamplingParams,
)
from llamachat.errors import ModelError, UsageError

MODEL = Path("model.gguf")


def sampling(*argv: str) -> SamplingParams:
    return generate_params(parse(argv, {}), GenerateParams()).sampling


def options(*argv: str) -> EngineOptions:
    return engine_options(parse(argv, {}), MODEL)


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
        MODEL, n_ctx=0, n_batch=2048, n_ubatch=None, cache_type_k="auto", cache_type_v="auto",
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
        (["--spec-type", "none"], "spec_type", "none"),
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


def test_reverse_prompts_accumulate_and_keep_their_escapes() -> None:
    given = parse(["-r", "User:", "-r", "\\n###", "-r", "User:"], {})
    assert generate_params(given, GenerateParams(stop=("Bob:",))).stop == ("Bob:", "User:", "\n###")
    raw = parse(["-r", "\\n", "--no-escape"], {})
    assert generate_params(raw, GenerateParams()).stop == ("\\n",)


def test_template_settings_stay_where_nothing_was_given() -> None:
    base = GenerateParams(n_keep=-1, context_shift=True, sampling=SamplingParams(temp=0.2))
    found = generate_params(parse(["--top-k", "5"], {}), base)
    assert found.sampling == SamplingParams(temp=0.2, top_k=5)
    assert (found.n_keep, found.context_shift) == (-1, True)


def test_grammar_and_schema_come_from_files(tmp_path: Path) -> None:
    (tmp_path / "g").write_text('root ::= "a"\n')
    (tmp_path / "s").write_text('{"type": "object"}\n')
    (tmp_path / "bad").write_text("{")
    assert sampling("--grammar-file", str(tmp_path / "g")).grammar == 'root ::= "a"'
    assert sampling("-jf", str(tmp_path / "s")).json_schema == '{"type": "object"}'
    with pytest.raises(UsageError, match="bad is not a JSON schema"):
        sampling("-jf", str(tmp_path / "bad"))


def test_random_seed_is_drawn_and_a_given_one_kept() -> None:
    assert drawn_seed(GenerateParams()).sampling.seed != RANDOM_SEED
    fixed = GenerateParams(sampling=SamplingParams(seed=3))
    assert drawn_seed(fixed) == fixed


def test_model_name_that_is_no_path_is_explained() -> None:
    with pytest.raises(ModelError, match="no model 'llama-7b'"):
        model_path(parse(["-m", "llama-7b"], {}))
    assert model_path(parse(["-m", "sub/llama"], {})) == Path("sub/llama")
    assert model_path(Given({})) is None


def test_a_folder_does_not_hide_a_model_of_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bob").mkdir()
    monkeypatch.chdir(tmp_path)
    assert model_path(parse(["-m", "bob"], {})) == BOB
    assert model_path(parse(["-m", "./bob"], {})) == Path("bob")
