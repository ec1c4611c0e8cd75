"""Several clients, clients that leave, and an engine that dies."""

from __future__ import annotations

import json
import os
import random
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path

import psutil
import pytest

from tests.serve.conftest import KEY, QUEUE, Running, serving

ENDLESS = {"prompt": "Once upon a time", "max_tokens": -1, "ignore_eos": True, "stream": True}
"""until the context is full: a second of work and more"""

SOON = 1.0
"""seconds in which an engine that was told to stop answers somebody else"""


def begin(server: Running, *, read: bool = True) -> HTTPConnection:
    """An endless answer of which the first bytes have come."""
    connection = server.connection
    connection.request(
        "POST", "/v1/completions", json.dumps(ENDLESS), {"authorization": f"Bearer {KEY}"}
    )
    if read:
        connection.getresponse().read(1)
    return connection


def leave(connection: HTTPConnection) -> None:
    assert connection.sock is not None
    connection.sock.close()
    connection.close()


def short(server: Running) -> float:
    """Seconds of a short answer; to make a client of `openai` would take half a second more."""
    began = time.monotonic()
    status, _, _ = server.ask("POST", "/v1/completions", {"prompt": "Hello", "max_tokens": 2})
    assert status == 200
    return time.monotonic() - began


def test_four_clients_at_once_all_get_answers(server: Running) -> None:
    def ask(number: int) -> str:
        answer = server.client.completions.create(
            model="bob", prompt=f"{number} and 1 is", max_tokens=12, temperature=0
        )
        return answer.choices[0].text

    alone = [ask(number) for number in range(4)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(ask, range(4))) == alone


def test_a_client_that_leaves_ends_its_answer(server: Running) -> None:
    before = len(server.log)
    leave(begin(server))
    assert short(server) < SOON
    server.wait_for("the client left", since=before)


def test_a_client_that_leaves_loses_its_place(server: Running) -> None:
    running = begin(server)
    waiting = [begin(server, read=False) for _ in range(QUEUE)]
    time.sleep(0.2)
    for connection in waiting:
        leave(connection)
    time.sleep(0.2)
    leave(running)
    assert short(server) < SOON


def test_more_than_may_wait_are_told_to_come_again(server: Running) -> None:
    import openai

    held = [begin(server), *(begin(server, read=False) for _ in range(QUEUE))]
    time.sleep(0.2)
    with pytest.raises(openai.RateLimitError) as refused:
        server.client.completions.create(model="bob", prompt="Hello", max_tokens=2)
    assert int(refused.value.response.headers["retry-after"]) >= 1
    assert "x-should-retry" not in refused.value.response.headers
    assert refused.value.code == "queue_full"
    for connection in reversed(held):
        leave(connection)


def test_the_death_of_the_engine_is_told_and_the_next_request_works(server: Running) -> None:
    import openai

    stream = server.client.completions.create(
        model="bob", prompt="Once upon a time", max_tokens=-1, stream=True,
        extra_body={"ignore_eos": True},
    )  # fmt: skip
    next(iter(stream))
    (worker,) = psutil.Process(server.process.pid).children()
    os.kill(worker.pid, signal.SIGKILL)
    with pytest.raises(openai.APIError, match=r"SIGKILL|killed"):
        list(stream)
    assert short(server) < 20


def test_a_prompt_that_kills_the_engine_is_sent_once(server: Running) -> None:
    """OpenAI's client sends three times what gets a status of 500, unless it is told not to."""
    import openai

    before = len(server.log)
    (worker,) = psutil.Process(server.process.pid).children()
    worker.suspend()

    def kill() -> None:
        while b"llamachat_engine_busy 1.0" not in server.ask("GET", "/metrics")[2]:
            time.sleep(0.01)
        worker.kill()

    with ThreadPoolExecutor(1) as pool:
        killed = pool.submit(kill)
        with pytest.raises(openai.InternalServerError, match="SIGKILL") as refused:
            server.client.with_options(max_retries=2).completions.create(model="bob", prompt="x")
        killed.result()
    assert (refused.value.status_code, refused.value.code) == (500, "engine_failed")
    assert short(server) < 20
    asked = [line for line in server.log[before:] if "POST" in line]
    assert "SIGKILL" in asked[0]
    assert len(asked) <= 2, "the one that died, and the short one"


@pytest.mark.slow
def test_clients_that_leave_at_any_moment_leave_nothing_behind(server: Running) -> None:
    """Two hundred of them, a few at a time, each after some milliseconds of its own."""

    def come_and_go(number: int) -> None:
        connection = begin(server, read=False)
        time.sleep(random.Random(number).uniform(0, 0.08))
        leave(connection)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(come_and_go, range(200)))
    assert short(server) < SOON
    lines = server.ask("GET", "/metrics")[2].decode().splitlines()
    assert "llamachat_requests_waiting 0.0" in lines
    assert "llamachat_engine_busy 0.0" in lines
    assert not any("Traceback" in line for line in server.log)


@pytest.mark.slow
def test_a_client_that_leaves_ends_the_reading_of_its_prompt(
    environment: dict[str, str], slow_model: Path
) -> None:
    """Seconds of prefill, of which the next request waits for next to nothing."""
    with serving(environment, "-m", str(slow_model), "-c", "4096") as server:
        client = server.client
        began = time.monotonic()
        client.completions.create(model="slow", prompt="a b c " * 400, max_tokens=1)
        whole = time.monotonic() - began
        request = {"prompt": "d e f " * 400, "max_tokens": 1, "stream": True}
        connection = server.connection
        connection.request(
            "POST", "/v1/completions", json.dumps(request), {"authorization": f"Bearer {KEY}"}
        )
        connection.getresponse().read(1)
        leave(connection)
        began = time.monotonic()
        client.completions.create(model="slow", prompt="x", max_tokens=1)
        assert time.monotonic() - began < max(whole / 4, 0.5)
