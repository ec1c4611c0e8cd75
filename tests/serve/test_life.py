"""How a server begins and ends, and where it will not listen."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from llamachat.cli.flags.parse import parse
from llamachat.cli.flags.server import SERVE_FLAGS
from llamachat.cli.main import main
from llamachat.gguf.generated import LlamaShape, write_generated_llama
from llamachat.serve.binding import bind, is_local, url_of
from tests.serve.conftest import Running, serving

Captured = pytest.CaptureFixture[str]

PAGE = "https://page.example"
EXPOSED = "retry-after, x-should-retry"


def test_a_public_address_needs_a_key(capsys: Captured) -> None:
    assert main(["serve", "--host", "0.0.0.0", "--port", "0"]) == 2
    assert "a key is needed" in capsys.readouterr().err


def test_a_key_that_no_request_could_carry_is_refused(capsys: Captured, tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    keys.write_text("\n")
    for argv in (["--api-key", ""], ["--api-key-file", str(keys)], ["--api-key", "ä"]):
        assert main(["serve", "--port", "0", *argv]) == 2
        assert "holds no key" in capsys.readouterr().err


def test_a_taken_port_is_said(capsys: Captured) -> None:
    with bind("127.0.0.1", 0, exposed=None) as taken:
        assert is_local(taken)
        assert main(["serve", "--port", url_of(taken).rsplit(":", 1)[1]]) == 2
    assert "Nothing can listen" in capsys.readouterr().err


def test_a_model_that_is_none_ends_with_its_code(capsys: Captured, tmp_path: Path) -> None:
    path = tmp_path / "none.gguf"
    path.write_bytes(b"no model at all")
    assert main(["serve", "--port", "0", "-m", str(path)]) == 3
    assert "Traceback" not in capsys.readouterr().err


def test_a_flag_of_the_chat_that_a_server_has_not_is_refused(capsys: Captured) -> None:
    assert main(["serve", "--plain"]) == 2
    assert "There is no flag '--plain' here" in capsys.readouterr().err


def test_an_origin_is_what_a_browser_sends_or_is_refused(capsys: Captured) -> None:
    taken = parse(["--allow-origin", "https://Page.example/"], {}, flags=SERVE_FLAGS)
    assert taken.many("allow_origin", str) == (PAGE,)
    for origin in ("*", "page.example", "https://page.example/chat"):
        assert main(["serve", "--port", "0", "--allow-origin", origin]) == 2
        assert "takes an origin" in capsys.readouterr().err


def test_a_proxy_is_an_address_or_a_network(capsys: Captured) -> None:
    flags = ["--forwarded-allow-ips", "10.0.0.2", "--forwarded-allow-ips", "fd00::/8"]
    taken = parse(flags, {}, flags=SERVE_FLAGS)
    assert taken.many("forwarded_allow_ips", str) == ("10.0.0.2", "fd00::/8")
    for address in ("*", "proxy.example", "10.0.0.1/8"):
        assert main(["serve", "--port", "0", "--forwarded-allow-ips", address]) == 2
        assert "takes an address" in capsys.readouterr().err


def test_without_the_extra_one_sentence_says_how_to_get_it() -> None:
    without = "import sys; sys.modules['uvicorn'] = None; "
    serve = "from llamachat.cli.main import main; sys.exit(main(['serve']))"
    argv = [sys.executable, "-c", without + serve]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    told = done.stderr
    assert "-m pip install 'starlette>=1.0' 'uvicorn>=0.40' 'prometheus-client>=0.22'" in told
    assert "Traceback" not in told


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_it_and_cancels_what_runs(
    environment: dict[str, str], slow_model: Path, number: signal.Signals, code: int
) -> None:
    """The model is slow: its answer would take minutes."""
    with (
        serving(environment, "-m", str(slow_model), "-c", "2048") as running,
        closing(running.connection) as connection,
    ):
        body = {"prompt": "Once", "max_tokens": -1, "ignore_eos": True, "stream": True}
        key = {"authorization": f"Bearer {environment['LLAMACHAT_API_KEY']}"}
        connection.request("POST", "/v1/completions", json.dumps(body), key)
        answer = connection.getresponse()
        answer.read(1)
        assert running.stop(number) == code
        assert b'"code":"shutting_down"' in answer.read()
        assert not any("Traceback" in line for line in running.log)


def test_keys_of_a_file_open_it_and_ctrl_c_ends_it(
    environment: dict[str, str], tmp_path: Path, bob: Path
) -> None:
    import openai

    keys = tmp_path / "keys"
    keys.write_text("first\nsecond\n")
    keyless = {k: v for k, v in environment.items() if k != "LLAMACHAT_API_KEY"}
    proxy = ("--forwarded-allow-ips", "127.0.0.1")
    flags = ("--api-key-file", str(keys), "--alias", "butler", "--allow-origin", PAGE, *proxy)
    with serving(keyless, *flags) as running:
        asking = {
            "origin": PAGE,
            "access-control-request-method": "POST",
            "access-control-request-headers": "authorization,content-type,x-stainless-lang",
        }
        status, headers, _ = running.ask("OPTIONS", "/v1/completions", **asking)
        assert (status, headers["access-control-allow-origin"]) == (200, PAGE)
        status, headers, _ = running.ask("GET", "/health", origin=PAGE)
        assert (status, headers["access-control-expose-headers"]) == (200, EXPOSED)
        assert running.ask("GET", "/health", origin="https://other.example")[0] == 403
        running.ask("GET", "/v1/models", **{"x-forwarded-for": "192.0.2.7"})
        assert running.wait_for("GET /v1/models").startswith("192.0.2.7 ")
        for key in ("first", "second"):
            models = running.client.with_options(api_key=key).models.list()
            assert [model.id for model in models] == ["butler"]
        with pytest.raises(openai.AuthenticationError):
            running.client.models.list()
        began = time.monotonic()
        assert running.stop() == 130
        assert time.monotonic() - began < 2
        assert not any("Traceback" in line for line in running.log)


def test_a_log_that_nobody_reads_any_more_stops_nothing(
    environment: dict[str, str], bob: Path
) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "llamachat", "serve", "--port", "0", "-m", str(bob)],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        env=environment, text=True,
    ) as process:  # fmt: skip
        assert process.stderr is not None
        ready = next(line for line in process.stderr if "answers at" in line)
        process.stderr.close()
        running = Running(process, ready.split("answers at ")[1].split("/v1")[0])
        with closing(running.connection) as connection:
            for _ in range(2):
                key = {"authorization": f"Bearer {environment['LLAMACHAT_API_KEY']}"}
                connection.request("GET", "/v1/models", headers=key)
                response = connection.getresponse()
                assert (response.status, bool(response.read())) == (200, True)
        process.kill()


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that takes a moment to load: 64 MB of weights that are rearranged."""
    path = tmp_path_factory.mktemp("models") / "large.gguf"
    write_generated_llama(path, LlamaShape(4, 2048, 16, 16, 5632, 512, 2048), "q4_0", seed=7)
    return path


@contextmanager
def loading(environment: dict[str, str], model: Path) -> Iterator[Running]:
    """A server that listens and has no model yet."""
    with bind("127.0.0.1", 0, exposed=None) as free:
        port = url_of(free).rsplit(":", 1)[1]
    with serving(environment, "-m", str(model), "--port", port, ready=False) as running:
        running.url = f"http://127.0.0.1:{port}"
        status = 0
        while not status:
            with suppress(ConnectionError):
                status = running.ask("GET", "/health")[0]
        assert status == 503
        yield running


@pytest.mark.slow
def test_while_the_model_is_loaded_it_says_so(environment: dict[str, str], large: Path) -> None:
    import openai

    with loading(environment, large) as running:
        with pytest.raises(openai.InternalServerError) as refused:
            running.client.models.list()
        assert refused.value.code == "loading"
        running.wait_for("answers at")
        assert running.ask("GET", "/health")[0] == 200


@pytest.mark.slow
def test_ctrl_c_while_the_model_is_loaded_ends_it(environment: dict[str, str], large: Path) -> None:
    with loading(environment, large) as running:
        while not (workers := psutil.Process(running.process.pid).children()):
            time.sleep(0.005)
        began = time.monotonic()
        assert running.stop() == 130
        assert time.monotonic() - began < 3
        _, left = psutil.wait_procs(workers, timeout=5)
        assert not left
        assert not any("Traceback" in line for line in running.log)
