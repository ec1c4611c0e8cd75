"""Turns go round between clients, in the order of each; nobody keeps a place they left."""

from __future__ import annotations

import asyncio

import pytest

pytest.importorskip("starlette")

from llamachat.serve.refusal import Refusal
from llamachat.serve.turns import Turns


async def standing(turns: Turns, names: str, order: list[str]) -> list[asyncio.Task[None]]:
    """A request of each named client, waiting in this order; each notes when its turn comes."""

    async def wait(name: str) -> None:
        await turns.take(name)
        order.append(name)

    tasks = [asyncio.create_task(wait(name)) for name in names]
    await asyncio.sleep(0)
    return tasks


async def serve_all(turns: Turns, count: int) -> None:
    for _ in range(count):
        turns.release()
        await asyncio.sleep(0)
        await asyncio.sleep(0)


async def test_clients_take_turns_whoever_asks_more() -> None:
    turns, order = Turns(8), list[str]()
    await turns.take("a")
    await standing(turns, "aaaabc", order)
    await serve_all(turns, 6)
    assert "".join(order) == "abcaaa"


async def test_who_leaves_loses_the_place_and_nobody_else_does() -> None:
    turns, order = Turns(8), list[str]()
    await turns.take("a")
    tasks = await standing(turns, "abc", order)
    tasks[0].cancel()
    await asyncio.sleep(0)
    assert turns.waiting == 2
    await serve_all(turns, 2)
    assert "".join(order) == "bc"


async def test_a_turn_that_comes_as_its_owner_leaves_goes_on() -> None:
    turns, order = Turns(8), list[str]()
    await turns.take("a")
    tasks = await standing(turns, "ab", order)
    turns.release()
    tasks[0].cancel()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert order == ["b"]


async def test_no_more_wait_than_may() -> None:
    turns = Turns(2)
    await turns.take("a")
    tasks = await standing(turns, "bc", [])
    with pytest.raises(Refusal) as refused:
        await turns.take("d")
    assert refused.value.status == 429
    assert 1 <= int(refused.value.headers["retry-after"]) <= 60
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert turns.waiting == 0
    turns.release()
    await turns.take("d")
