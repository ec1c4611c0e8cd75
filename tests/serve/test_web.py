"""The chat in a browser: a page and a WebSocket for this machine only, an app for each tab."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from importlib.util import find_spec

import psutil
import pytest

from llamachat.cli.main import main

pytestmark = pytest.mark.skipif(find_spec("textual_serve") is None, reason="needs textual_serve")

PROGRAM = [sys.executable, "-m", "llamachat", "--web", "--port", "0", "--no-save"]


@pytest.fixture(scope="module")
def web(environment: dict[str, str]) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server and where it is, without a scheme."""
    with subprocess.Popen(
        PROGRAM, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        env=environment, text=True,
    ) as process:  # fmt: skip
        assert process.stderr is not None
        line = process.stderr.readline()
        assert "the chat is at http://" in line
        yield process, line.split("http://")[1].split()[0]
        process.kill()


def status(place: str, path: str, **headers: str) -> int:
    connection = HTTPConnection(place, timeout=20)
    connection.request("GET", path, headers=headers)
    response = connection.getresponse()
    response.read()
    connection.close()
    return response.status


@pytest.mark.slow
def test_the_page_is_for_this_machine_and_fetches_nothing_elsewhere(
    web: tuple[subprocess.Popen[str], str],
) -> None:
    _, place = web
    assert status(place, "/") == 200
    assert status(place, "/static/js/textual.js") == 200
    assert status(place, "/", host="evil.example") == 403
    assert status(place, "/ws", origin="https://evil.example") == 403
    connection = HTTPConnection(place, timeout=20)
    connection.request("GET", "/", headers={"host": "localhost:9"})
    response = connection.getresponse()
    assert "default-src 'self'" in response.headers["Content-Security-Policy"]
    page = response.read()
    assert b"ws://localhost:9/ws" in page
    assert b"googleapis" not in page
    assert b"<title>llamachat</title>" in page
    assert status(place, "/static/fonts/RobotoMono-VariableFont_wght.ttf") == 200
    connection.close()


@pytest.mark.slow
def test_a_tab_runs_an_app_that_answers_and_leaves_with_it(
    web: tuple[subprocess.Popen[str], str],
) -> None:
    process, place = web

    async def talk() -> bytes:
        import aiohttp

        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(f"ws://{place}/ws?width=100&height=30") as tab,
        ):
            seen = b""
            while b"Bob" not in seen:
                seen += (await tab.receive(timeout=30)).data
            await asyncio.sleep(1.0)
            await tab.send_json(["stdin", "Who are you?"])
            await asyncio.sleep(0.3)
            await tab.send_json(["stdin", "\r"])
            seen = b""
            while b"llamachat" not in seen:
                seen += (await tab.receive(timeout=30)).data
            return seen

    assert b"llamachat" in asyncio.run(talk())
    end = time.monotonic() + 15
    children = psutil.Process(process.pid)
    while children.children(recursive=True) and time.monotonic() < end:
        time.sleep(0.1)
    assert not children.children(recursive=True)


@pytest.mark.slow
def test_ctrl_c_ends_the_server_and_its_tabs(environment: dict[str, str]) -> None:
    with subprocess.Popen(
        PROGRAM, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        env=environment, text=True,
    ) as process:  # fmt: skip
        assert process.stderr is not None
        place = process.stderr.readline().split("http://")[1].split()[0]

        async def open_and_stop() -> None:
            import aiohttp

            async with (
                aiohttp.ClientSession() as session,
                session.ws_connect(f"ws://{place}/ws?width=100&height=30") as tab,
            ):
                await tab.receive(timeout=30)
                process.send_signal(signal.SIGINT)
                while (await tab.receive(timeout=30)).type != aiohttp.WSMsgType.CLOSED:
                    pass

        asyncio.run(open_and_stop())
        assert process.wait(timeout=15) == 130
        assert "Traceback" not in process.stderr.read()


@pytest.mark.slow
def test_tabs_leave_with_a_server_that_was_killed(environment: dict[str, str]) -> None:
    with subprocess.Popen(
        PROGRAM, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        env=environment, text=True,
    ) as process:  # fmt: skip
        assert process.stderr is not None
        place = process.stderr.readline().split("http://")[1].split()[0]

        async def open_and_kill() -> list[psutil.Process]:
            import aiohttp

            async with (
                aiohttp.ClientSession() as session,
                session.ws_connect(f"ws://{place}/ws?width=100&height=30") as tab,
            ):
                seen = b""
                while b"Bob" not in seen:
                    seen += (await tab.receive(timeout=30)).data
                children = psutil.Process(process.pid).children(recursive=True)
                process.kill()
                return children

        left = asyncio.run(open_and_kill())
    assert left
    end = time.monotonic() + 15
    while any(map(_runs, left)) and time.monotonic() < end:
        time.sleep(0.1)
    assert not any(map(_runs, left))


def _runs(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_a_public_address_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--web", "--host", "0.0.0.0", "--port", "0"]) == 2
    assert "has no password" in capsys.readouterr().err
