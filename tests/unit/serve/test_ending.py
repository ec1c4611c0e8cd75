"""How a request ended is counted and told, also where its client left first."""

from __future__ import annotations

import asyncio

import pytest

pytest.importorskip("starlette")

from starlette.types import Message, Receive, Scope, Send

from llamachat.engine.base import Done, Usage
from llamachat.errors import EngineDied, EngineHung, PromptTooLong
from llamachat.serve.answering import notes_of
from llamachat.serve.ending import Ending
from llamachat.serve.intake import Intake
from llamachat.serve.metrics import Metrics
from llamachat.serve.request_log import RequestLog
from llamachat.serve.sending import refused
from llamachat.serve.service import Notes

HUNG = EngineHung("The engine hung.", "See its log.")


def counts(metrics: Metrics) -> dict[str, float]:
    lines = [line for line in metrics.text().decode().splitlines() if not line.startswith("#")]
    return {line.split()[0].removeprefix("llamachat_"): float(line.split()[1]) for line in lines}


def test_what_a_client_that_left_has_cost_is_counted() -> None:
    metrics, notes = Metrics(), Notes()
    Ending(notes, metrics)(Done("cancelled", Usage(prompt=5, generated=3)), None)
    found = counts(metrics)
    assert (found["prompt_tokens_total"], found["generated_tokens_total"]) == (5, 3)
    assert found["engine_deaths_total"] == 0
    assert not notes.remark


@pytest.mark.parametrize("raised", [False, True])
def test_deaths_are_counted_and_hangs_among_them(raised: bool) -> None:
    metrics = Metrics()
    for death in (HUNG, EngineDied("It was killed.")):
        last = None if raised else Done("died", fault=death)
        Ending(Notes(), metrics)(last, death if raised else None)
    found = counts(metrics)
    assert (found["engine_deaths_total"], found["engine_hangs_total"]) == (2, 1)


def test_a_refusal_is_no_death() -> None:
    metrics, notes = Metrics(), Notes()
    Ending(notes, metrics)(None, PromptTooLong("Too long."))
    assert counts(metrics)["engine_deaths_total"] == 0
    assert not notes.remark


async def logged(request: list[Message], death: EngineDied | None = None) -> list[str]:
    """The log of a request whose client does this; the engine dies later."""
    lines: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.Event().wait()

    async def receive() -> Message:
        return request.pop(0)

    async def send(message: Message) -> None:
        raise AssertionError(message)

    metrics = Metrics()
    intake = Intake(app, refuse=refused)
    log = RequestLog(intake, say=lines.append, metrics=metrics, paths=["/v1/x"])
    scope: Scope = {"type": "http", "method": "POST", "path": "/v1/x", "headers": []}
    await log(scope, receive, send)
    last = Done("died", fault=death) if death else Done("cancelled")
    Ending(notes_of(scope), metrics)(last, None)
    assert counts(metrics)["requests_cancelled_total"] == 1
    return lines


def body(*, more: bool) -> Message:
    return {"type": "http.request", "body": b"{}", "more_body": more}


GONE: Message = {"type": "http.disconnect"}


async def test_a_client_that_leaves_while_it_still_speaks_is_no_fault_of_the_server() -> None:
    (line,) = await logged([body(more=True), GONE])
    assert line.startswith("? POST /v1/x 499, the client left")


async def test_an_engine_that_is_killed_after_its_client_left_has_a_line_of_its_own() -> None:
    left, later = await logged([body(more=False), GONE], HUNG)
    assert "hung" not in left
    assert later.startswith("? POST /v1/x 499, the client left, The engine hung. See its log, ")


async def test_a_client_that_left_has_one_line() -> None:
    assert len(await logged([body(more=False), GONE])) == 1
