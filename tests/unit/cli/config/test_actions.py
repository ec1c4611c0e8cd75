"""`llamachat config` shows, changes and checks the file of settings."""

import json
from pathlib import Path

import pytest

from llamachat.cli.main import main
from llamachat.config.reading import config_path, load_config

Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LLAMA_ARG_CTX_SIZE", "LLAMA_ARG_THREADS", "LLAMACHAT_THEME"):
        monkeypatch.delenv(name, raising=False)


def written(text: str) -> None:
    config_path().parent.mkdir(parents=True, exist_ok=True)
    config_path().write_text(text)


def test_path_is_printed(home: Path, capfd: Captured) -> None:
    assert main(["config", "path"]) == 0
    assert capfd.readouterr() == (f"{home / 'config' / 'config.toml'}\n", "")


def test_settings_are_shown_with_their_origin(capfd: Captured) -> None:
    written("[sampling]\ntemp = 0.5\n")
    assert main(["config"]) == 0
    lines = capfd.readouterr().out.splitlines()
    assert lines[0] == str(config_path())
    assert any(line.split() == ["sampling.temp", "0.5", "line", "2"] for line in lines)
    assert any(line.split() == ["sampling.top_k", "40", "default"] for line in lines)


def test_settings_are_one_json_object_for_scripts(
    capfd: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LLAMA_ARG_CTX_SIZE", "64")
    assert main(["config", "show", "--json"]) == 0
    shown = json.loads(capfd.readouterr().out)
    assert shown["path"] == str(config_path())
    assert shown["settings"]["engine.n_ctx"] == {"value": 64, "from": "LLAMA_ARG_CTX_SIZE"}
    assert shown["settings"]["model"] == {"value": None, "from": "default"}


def test_value_is_set_and_forgotten(capfd: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLAMA_ARG_THREADS", "1")
    assert main(["config", "set", "threads", "-1"]) == 0
    told = capfd.readouterr().err
    assert told.startswith(f"engine.threads = -1 is now in {config_path()}\n")
    assert "LLAMA_ARG_THREADS wins" in told
    assert load_config().engine == {"threads": -1}
    assert main(["config", "unset", "threads"]) == 0
    assert "engine.threads is no longer in" in capfd.readouterr().err
    assert load_config().engine == {}
    assert main(["config", "unset", "threads"]) == 0
    assert "threads is not in" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("cache_type_k", "q9", "The KV cache type cannot be 'q9'."),
        ("seed", "-2", "The seed must be between"),
        ("model", "none.gguf", "There is no model file"),
        ("prompt_template", "bobo", "There is no prompt template 'bobo'."),
        ("tmp", "1", "There is no setting 'tmp'."),
        ("keys.chat.neww", "f9", "There is nothing called 'chat.neww' that a key could do."),
    ],
)
def test_value_that_cannot_be_is_not_written(
    key: str, value: str, told: str, capfd: Captured
) -> None:
    assert main(["config", "set", key, value]) == 2
    assert told in capfd.readouterr().err
    assert not config_path().exists()


def test_model_is_kept_with_its_whole_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.gguf").touch()
    monkeypatch.chdir(tmp_path)
    assert main(["config", "set", "model", "a.gguf"]) == 0
    assert load_config().model == str(tmp_path / "a.gguf")


def test_faults_elsewhere_and_lost_comments_are_told(capfd: Captured) -> None:
    written("# mine\nengine = { n_ctx = -5 }\n")
    assert main(["config", "set", "n_batch", "7"]) == 0
    told = capfd.readouterr().err
    assert f"the former file is {config_path()}.bak" in told
    assert "line 2, column 1: The context must be between" in told


def test_new_file_is_full_of_comments_and_changes_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = load_config()
    monkeypatch.setenv("EDITOR", "true")
    monkeypatch.delenv("VISUAL", raising=False)
    assert main(["config", "edit"]) == 0
    assert "# temp = 0.8\n" in config_path().read_text()
    assert load_config() == before


def test_wrong_edit_is_told_and_kept(capfd: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISUAL", "sed -i 's/^# temp = 0.8/temp = warm/'")
    assert main(["config", "edit"]) == 2
    told = capfd.readouterr().err
    assert "this is not TOML" in told
    assert "What you wrote is kept; go on with: llamachat config edit" in told
    assert "temp = warm" in config_path().read_text()


def test_every_action_has_help(capfd: Captured) -> None:
    for action in ("show", "path", "edit", "set", "unset"):
        with pytest.raises(SystemExit, match=r"^0$"):
            main(["config", action, "--help"])
        assert f"usage: llamachat config {action}" in capfd.readouterr().out
    assert main(["config", "nonsense"]) == 2
