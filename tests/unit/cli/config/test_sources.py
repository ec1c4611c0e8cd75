"""Each setting is shown with the value that counts and where it comes from."""

import pytest

from llamachat.cli.config.sources import Setting, defaults, settings, variable_of
from llamachat.config.keys import KEYS
from llamachat.config.reading import config_path, load_config

TOML = """
theme = "nord"
[engine]
n_ctx = 512
threads = 3
[sampling]
samplers = ["top_k"]
[keys]
"chat.stop" = "f9"
"""


def rows(toml: str = "", **environ: str) -> dict[str, Setting]:
    config_path().parent.mkdir(parents=True, exist_ok=True)
    config_path().write_text(toml)
    return {row.key: row for row in settings(load_config(environ), environ)}


def test_every_setting_has_a_row() -> None:
    found = rows()
    assert list(found) == list(KEYS)
    assert {row.source for row in found.values()} == {"default"}
    assert all(row.words for row in found.values() if row.value is None)


def test_file_is_named_with_its_line() -> None:
    found = rows(TOML)
    assert found["theme"] == Setting("theme", "nord", f"{config_path()}, line 2, column 1")
    assert found["sampling.samplers"].value == ["top_k"]
    assert found["keys.chat.stop"] == Setting(
        "keys.chat.stop", "f9", f"{config_path()}, line 9, column 1"
    )


def test_variable_wins_and_is_named() -> None:
    found = rows(TOML, LLAMA_ARG_CTX_SIZE="64", LLAMACHAT_THEME="dracula", LLAMA_ARG_MODEL="a")
    assert found["engine.n_ctx"] == Setting("engine.n_ctx", 64, "LLAMA_ARG_CTX_SIZE")
    assert found["theme"] == Setting("theme", "dracula", "LLAMACHAT_THEME")
    assert found["model"] == Setting("model", "a", "LLAMA_ARG_MODEL")
    assert found["engine.threads"].value == 3


@pytest.mark.parametrize(
    ("key", "environ", "variable"),
    [
        ("engine.extra_buffers", {"LLAMA_ARG_NO_REPACK": "1"}, "LLAMA_ARG_NO_REPACK"),
        ("engine.n_ctx", {"LLAMA_ARG_CTX_SIZE": "1"}, "LLAMA_ARG_CTX_SIZE"),
        ("panel", {"LLAMACHAT_PANEL": "off"}, "LLAMACHAT_PANEL"),
        ("panel", {"LLAMACHAT_PANEL": ""}, ""),
        ("keys.chat.stop", {"": "x"}, ""),
        ("sampling.seed", {}, ""),
    ],
)
def test_variable_that_decides_is_found(key: str, environ: dict[str, str], variable: str) -> None:
    assert variable_of(key, environ) == variable


def test_defaults_are_written_as_people_write_them() -> None:
    found = defaults()
    assert (found["engine.threads"], found["sampling.seed"], found["n_predict"]) == (-1, -1, -1)
    assert found["sampling.samplers"][0] == "penalties"
    assert found["engine.extra_buffers"] is True
    assert "model" not in found
