"""The settings file is read with types, and every fault is one sentence with its place."""

from pathlib import Path

import pytest

from llamachat.config.reading import MAX_BYTES, config_path, load_config
from llamachat.config.values import Config
from llamachat.errors import ExitCode, UsageError


def written(text: str | bytes) -> Path:
    path = config_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def refusal(text: str | bytes) -> UsageError:
    written(text)
    with pytest.raises(UsageError) as refused:
        load_config({})
    assert refused.value.exit_code == ExitCode.USAGE
    assert refused.value.hint
    return refused.value


def test_without_a_file_nothing_is_said() -> None:
    assert load_config({}) == Config()
    written("")
    assert load_config({}) == Config()


def test_everything_that_is_written_is_read() -> None:
    path = written("""
        model = "/models/a.gguf"
        prompt_template = "coder"
        n_predict = -2
        theme = "nord"
        panel = "line"
        markdown = false
        print_on_exit = true
        line_endings = true
        [engine]
        n_ctx = 4096
        deterministic = true
        [sampling]
        temp = 1
        samplers = ["top_k", "temperature"]
        [keys]
        "chat.stop" = "escape, ctrl+c"
        composer.submit = "ctrl+s"
    """)
    config = load_config({})
    assert config == Config(
        model="/models/a.gguf", prompt_template="coder", n_predict=-2, theme="nord", panel="line",
        markdown=False, print_on_exit=True, line_endings=True,
        keys={"chat.stop": "escape,ctrl+c", "composer.submit": "ctrl+s"},
        engine={"n_ctx": 4096, "deterministic": True},
        sampling={"temp": 1.0, "samplers": ("top_k", "temperature")},
    )  # fmt: skip
    assert type(config.sampling["temp"]) is float
    assert config.origins["engine.n_ctx"] == f"{path}, line 11, column 9"
    assert config.origins["keys.composer.submit"] == f"{path}, line 18, column 9"


@pytest.mark.parametrize(
    ("name", "full"),
    [
        ("~/a.gguf", "{home}/a.gguf"),
        ("/a.gguf", "/a.gguf"),
        ("a.gguf", "{folder}/a.gguf"),
        ("llama-2", "llama-2"),
    ],
)
def test_model_file_is_found_from_every_folder(name: str, full: str) -> None:
    path = written(f'model = "{name}"')
    assert load_config({}).model == full.format(home=Path.home(), folder=path.parent)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("theme = ", "line 1, column 9: this is not TOML: Invalid value at the end of the file."),
        ("\ntheme = 3", 'line 2, column 1: theme must be text in quotes, as in "…".'),
        ("[sampling]\ntemp = 'hot'", "line 2, column 1: temp must be a number."),
        ("[sampling]\ntop_k = 1.5", "line 2, column 1: top_k must be a whole number."),
        ("[sampling]\ntemp = inf", "line 2, column 1: temp must be a number."),
        (f"[sampling]\ntemp = 1{'0' * 400}", "line 2, column 1: temp must be a number."),
        ("[engine]\ndeterministic = 1", "line 2, column 1: deterministic must be true or false."),
        ("sampling = 1", "line 1, column 1: sampling must be a table, written as [sampling]."),
        ('panel = "big"', "line 1, column 1: panel must be one of full, line, off."),
        ("n_predict = -3", "line 1, column 1: n_predict must be at least -2."),
        ('theme = ""', "line 1, column 1: theme must not be empty."),
        ("\ntemp = 1", "line 2, column 1: temp belongs under [sampling]."),
        ('[keys]\n"a.b" = ""', 'line 2, column 1: a.b takes names of keys, as in "escape,ctrl+c".'),
        ('[keys]\na.b = "x y"', 'line 2, column 1: b takes names of keys, as in "escape,ctrl+c".'),
    ],
)
def test_fault_is_one_sentence_with_its_place(text: str, told: str) -> None:
    assert refusal(text).message == f"{config_path()}, {told}"


@pytest.mark.parametrize(
    ("text", "told", "hint"),
    [
        ("modle = 'a'", "there is no key 'modle'", "Did you mean model?"),
        ("[samplng]\ntemp = 1", "there is no key 'samplng'", "Did you mean sampling?"),
        ("[engine]\nthread = 1", "there is no key 'thread' in [engine]", "Did you mean threads?"),
        ("[sampling]\ngrammar = 'x'", "there is no key 'grammar' in [sampling]", "Known here:"),
    ],
)
def test_unknown_key_names_the_nearest(text: str, told: str, hint: str) -> None:
    error = refusal(text)
    assert error.message.endswith(f"column 1: {told}.")
    assert error.hint.startswith(hint)


def test_file_that_is_no_text_is_refused() -> None:
    assert refusal(b"theme = '\xff'").message.endswith("is not UTF-8 text: byte 0xff at offset 9.")
    assert refusal(b"#" * (MAX_BYTES + 1)).message.endswith(
        "larger than 1 MB: no settings file is."
    )
    config_path().unlink()
    config_path().mkdir()
    with pytest.raises(UsageError, match="cannot be read"):
        load_config({})


def test_variables_win_over_the_file() -> None:
    written('theme = "nord"\npanel = "line"')
    environ = {"LLAMACHAT_THEME": "gruvbox", "LLAMACHAT_MARKDOWN": "off", "LLAMACHAT_PANEL": ""}
    config = load_config(environ)
    assert (config.theme, config.markdown, config.panel) == ("gruvbox", False, "line")
    assert config.origins["theme"] == "LLAMACHAT_THEME"


def test_bad_variable_is_named() -> None:
    with pytest.raises(UsageError) as refused:
        load_config({"LLAMACHAT_PANEL": "big"})
    told = "The variable LLAMACHAT_PANEL takes one of full, line, off, not 'big'."
    assert refused.value.message == told
    assert refused.value.hint == "Run `unset LLAMACHAT_PANEL` to be rid of it."
