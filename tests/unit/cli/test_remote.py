"""`--endpoint`: the same commands on a server, and which flags go with it."""

from pathlib import Path

import pytest

from llamachat.cli.flags.parse import parse
from llamachat.cli.main import main
from llamachat.cli.remote import asked_endpoint
from llamachat.cli.standing import above
from llamachat.config.values import Config
from llamachat.engine.remote.address import Endpoint
from llamachat.errors import UsageError

HERE = "http://127.0.0.1:8080"


@pytest.fixture(autouse=True)
def no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LLAMACHAT_API_KEY", "OPENAI_API_KEY", "LLAMACHAT_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)


def asked(*argv: str, config: Config | None = None) -> Endpoint | None:
    return asked_endpoint(above(config or Config(), parse(argv, {})))


def test_the_flag_wins_over_the_settings_and_none_means_here() -> None:
    config = Config(endpoint=HERE, endpoint_model="big", model="~/bob.gguf")
    assert asked() is None
    assert asked(config=config) == Endpoint(HERE, "big")
    assert asked("--endpoint", "none", config=config) is None
    found = asked("--endpoint", "localhost:1", "-m", "small", "-c", "512", config=config)
    assert found == Endpoint("http://localhost:1", "small", n_ctx=512)


@pytest.mark.parametrize(
    "flags", [("-hf", "a/b"), ("-t", "4"), ("-ctk", "q8_0"), ("--prompt-cache", "x"), ("--mlock",)]
)
def test_flags_about_a_model_of_this_machine_are_refused(flags: tuple[str, ...]) -> None:
    with pytest.raises(UsageError, match="but a server computes"):
        asked("--endpoint", HERE, *flags)


def test_what_stands_in_settings_and_variables_is_no_reason_to_refuse(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LLAMA_ARG_THREADS", "4")
    given = parse(("--endpoint", HERE), {"LLAMA_ARG_THREADS": "4"})
    assert asked_endpoint(above(Config(engine={"n_ctx": 512}), given)) is not None


def test_the_key_comes_from_a_private_file_or_a_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "key"
    file.write_text("sk-file")
    file.chmod(0o644)
    with pytest.raises(UsageError, match="can be read by others"):
        asked("--endpoint", HERE, "--api-key-file", str(file))
    file.chmod(0o600)
    found = asked("--endpoint", HERE, config=Config(api_key_file=str(file)))
    assert found is not None
    assert found.key.header() == {"Authorization": "Bearer sk-file"}
    monkeypatch.setenv("LLAMACHAT_API_KEY", "sk-variable")
    with pytest.raises(UsageError, match="in the clear"):
        asked("--endpoint", "http://far.example")
    assert asked("--endpoint", "http://far.example", "--key-over-http") is not None


def test_settings_show_where_the_key_is_and_never_the_key(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LLAMACHAT_API_KEY", "sk-secret")
    monkeypatch.setenv("LLAMACHAT_ENDPOINT", HERE)
    assert main(["config", "show"]) == 0
    shown = capsys.readouterr().out
    assert HERE in shown
    assert "sk-secret" not in shown
