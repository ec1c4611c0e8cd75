"""Settings stand below the environment and the flags, in every mode."""

from pathlib import Path

import pytest

from llamachat.cli.flags.given import Given
from llamachat.cli.flags.parse import parse
from llamachat.cli.form import asked_dialog, standing_dialog
from llamachat.cli.loading import chosen_model
from llamachat.cli.plain.opening import open_dialog
from llamachat.cli.settings import engine_options, generate_params
from llamachat.cli.standing import above
from llamachat.cli.story import Story
from llamachat.config.reading import config_path, load_config
from llamachat.engine.params import RANDOM_SEED, GenerateParams, SamplingParams
from llamachat.engine.scripted import ScriptedEngine
from llamachat.errors import UsageError
from llamachat.hardware.terminal import read_terminal

TRANSLATOR = """
preamble = "Into ${language}."
[variables]
language = {}
"""


def given(toml: str, *argv: str, **environ: str) -> Given:
    config_path().parent.mkdir(parents=True, exist_ok=True)
    config_path().write_text(toml)
    return above(load_config(environ), parse(argv, environ))


def dialog_names(found: Given) -> tuple[str, str]:
    with ScriptedEngine([""]) as engine:
        opened = open_dialog(found, engine.info, text="").dialog
    return opened.form, opened.assistant


def test_file_gives_way_to_the_environment_and_that_to_flags() -> None:
    toml = "[engine]\nn_ctx = 1\nn_batch = 2\nthreads = 3\n"
    found = given(toml, "-b", "20", "-c", "10", LLAMA_ARG_CTX_SIZE="5", LLAMA_ARG_THREADS="30")
    options = engine_options(found, Path("m"))
    assert (options.n_ctx, options.n_batch, options.threads) == (10, 20, 30)


def test_settings_reach_every_room() -> None:
    toml = """
    model = "/models/a.gguf"
    n_predict = 7
    [engine]
    n_ctx = 512
    flash_attention = "off"
    [sampling]
    temp = 0
    samplers = ["top_k", "temperature"]
    dry_sequence_breakers = ['\\n', ";"]
    seed = -1
    """
    found = given(toml)
    assert chosen_model(found, Story(read_terminal(), found)).path == Path("/models/a.gguf")
    options = engine_options(found, Path("m"))
    assert (options.n_ctx, options.flash_attention) == (512, "off")
    params = generate_params(found, GenerateParams(sampling=SamplingParams(temp=0.2)))
    assert params.n_predict == 7
    assert params.sampling == SamplingParams(
        temp=0.0, samplers=("top_k", "temperature"), dry_sequence_breakers=("\\n", ";"),
        seed=RANDOM_SEED,
    )  # fmt: skip


def test_flag_replaces_a_list_of_the_settings() -> None:
    found = given('[sampling]\ndry_sequence_breakers = ["a"]', "--dry-sequence-breaker", "\\n")
    assert generate_params(found, GenerateParams()).sampling.dry_sequence_breakers == ("\n",)


@pytest.mark.parametrize(
    ("toml", "told"),
    [
        ('[engine]\n\ncache_type_k = "q9"', "line 3, column 1: The KV cache type cannot be 'q9'."),
        ("[sampling]\nrepeat_penalty = 0", "line 2, column 1: The repeat penalty must be above 0"),
        ("engine = { n_ctx = -1 }", "line 1, column 12: The context must be between"),
    ],
)
def test_value_that_the_engine_does_not_take_is_refused_with_its_line(toml: str, told: str) -> None:
    with pytest.raises(UsageError) as refused:
        given(toml)
    assert refused.value.message.startswith(f"{config_path()}, {told}")
    assert refused.value.hint


def test_prompt_template_of_the_settings_is_for_dialogs_not_for_single_answers() -> None:
    found = given('prompt_template = "assistant"')
    assert asked_dialog(found) is None
    assert dialog_names(found) == ("chat", "Assistant")
    assert dialog_names(given('prompt_template = "assistant"', "-T", "bob"))[1] == "Bob"
    assert asked_dialog(given('prompt_template = "assistant"', "-T", "bob")) is not None


def test_values_for_a_prompt_template_choose_that_of_the_settings(home: Path) -> None:
    prompts = home / "config" / "prompts"
    prompts.mkdir(parents=True)
    (prompts / "translator.toml").write_text(TRANSLATOR)
    toml = 'prompt_template = "translator"'
    chosen = asked_dialog(given(toml, "--set", "language=French"))
    assert chosen is not None
    assert [segment.text for segment in chosen.preamble if segment.text][1] == "French"
    with pytest.raises(UsageError, match="needs values for language") as refused:
        standing_dialog(given(toml))
    assert "--set language=" in refused.value.hint


def test_prompt_template_that_is_gone_is_said_to_be_in_the_settings() -> None:
    with pytest.raises(UsageError, match="no prompt template 'bobo'") as refused:
        standing_dialog(given('prompt_template = "bobo"'))
    assert refused.value.hint == "Did you mean bob? It is in your settings: llamachat config show"
