"""`llamachat --endpoint`: single answers and dialogs that a server computes."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from llamachat.engine.scripted import ScriptedEngine
from tests.chat_server import ChatServer, Cut
from tests.e2e.conftest import Run

ANSWER = b"One two three four five."


@pytest.fixture
def server() -> Iterator[ChatServer]:
    with ChatServer(ScriptedEngine([ANSWER.decode()]), kind="llamacpp") as server:
        yield server


def test_a_single_answer_comes_from_the_server(run: Run, server: ChatServer) -> None:
    done = run("--endpoint", server.url, "-p", "Once", "--json", "-n", "2")
    told = json.loads(done.stdout)
    assert told["finish_reason"] == "length"
    assert told["model"]["name"] == "bob"
    assert server.asked[0].path == "/v1/chat/completions"


def test_a_broken_line_prints_what_had_come_and_ends_with_6(run: Run, server: ChatServer) -> None:
    server.faults.append(Cut(3))
    done = run("-no-cnv", "-p", "Once", LLAMACHAT_ENDPOINT=server.url)
    assert done.returncode == 6
    assert done.stdout == b"One two three"
    assert b"broke off in mid answer" in done.stderr


@pytest.mark.slow
def test_where_nothing_listens_one_sentence_says_so(run: Run) -> None:
    with ChatServer(ScriptedEngine([""])) as server:
        url = server.url
    done = run("--endpoint", url, "-p", "Once")
    assert done.returncode == 6
    assert done.stdout == b""
    assert b"Nothing listens" in done.stderr


def test_a_plain_dialog_is_led_with_the_server_and_stored(run: Run, server: ChatServer) -> None:
    done = run("--endpoint", server.url, "--plain", stdin=b"Hello\nAnd now?\n")
    assert done.returncode == 0
    assert done.stdout.count(ANSWER) == 2
    assert f"server          = 127.0.0.1:{server.port}".encode() in done.stderr
    first, second = (one.body["prompt"] for one in server.asked)
    assert second.startswith(first)
    shown = run("chats", "show", "--json")
    assert b"One two three" in shown.stdout
    assert b'"model": "bob"' in shown.stdout
