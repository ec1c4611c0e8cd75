"""A path that begins with the home of nobody is that of a file which is not there."""

import os
import sys
from pathlib import Path

import pytest

from llamachat.chat.prompt_library import load_prompt_template
from llamachat.cli.flags.given import Given
from llamachat.cli.flags.values import adapters
from llamachat.cli.form import asked_system
from llamachat.cli.main import main
from llamachat.cli.prompt_text import compose
from llamachat.config.reading import load_config
from llamachat.errors import ModelError, UsageError
from llamachat.install.wheels import cache_folder
from llamachat.models.importing import import_model
from llamachat.paths import cache_dir

NOBODY = "~nobody-lives-here/x"


def test_whoever_reads_a_file_says_that_it_is_not_there() -> None:
    with pytest.raises(UsageError, match=NOBODY):
        load_prompt_template(f"{NOBODY}.toml")
    with pytest.raises(UsageError, match=NOBODY):
        asked_system(Given({"system_prompt_file": NOBODY}))
    with pytest.raises(UsageError, match=NOBODY):
        compose(None, [NOBODY], piped=False, say=print, unescape=str)
    with pytest.raises(ModelError, match=NOBODY):
        import_model(Path(f"{NOBODY}.gguf"))
    assert [str(adapter.path) for adapter in adapters(NOBODY)] == [NOBODY]


@pytest.mark.parametrize(
    "argv",
    [
        ["chats", "import", NOBODY],
        ["models", "import", f"{NOBODY}.gguf"],
        ["prompts", "check", f"{NOBODY}.toml"],
        ["-p", "Hello", "--grammar-file", NOBODY],
        ["-p", "Hello", "--log-file", NOBODY],
        ["-p", "Hello", "-m", NOBODY],
    ],
    ids=lambda argv: argv[-2],
)
def test_a_command_says_so_in_a_sentence(
    argv: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with Path(os.devnull).open() as nothing, monkeypatch.context() as patch:
        patch.setattr(sys, "stdin", nothing)
        code = main(argv)
    told = capsys.readouterr()
    said = told.out + told.err
    assert 0 < code < 70
    assert NOBODY in said
    assert "Traceback" not in said


def test_settings_and_variables_may_name_it(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "config").mkdir(parents=True)
    (home / "config" / "config.toml").write_text(f'model = "{NOBODY}.gguf"\n')
    assert str(load_config().model).endswith(f"{NOBODY}.gguf")
    monkeypatch.setenv("LLAMACHAT_HOME", NOBODY)
    assert cache_dir() == cache_folder(os.environ) == Path(NOBODY) / "cache"
