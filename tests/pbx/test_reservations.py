"""Many calls that want telephones in the same moment, over one way to Valkey."""

import asyncio

import pytest
from redis.asyncio import Redis

from trunkline.pbx.reservations import Reservations

CALLS = range(40)


async def evaluations(redis: Redis) -> int:
    stats = await redis.info("commandstats")
    return sum(stats.get(f"cmdstat_{name}", {}).get("calls", 0) for name in ("eval", "evalsha"))


async def test_each_telephone_goes_to_one_of_the_calls_that_ask_at_once(redis: Redis) -> None:
    reservations = Reservations(redis)
    before = await evaluations(redis)
    found = await asyncio.gather(
        *(reservations.reserve("office", f"c{call}", [str(100 + call % 10)], ["199"], 20) for call in CALLS)
    )
    assert found[:10] == [frozenset()] * 10
    assert found[10:] == [frozenset((str(100 + call % 10),)) for call in CALLS[10:]]
    # The script is made known once, and then everything goes in one piece.
    assert await evaluations(redis) - before <= 2


async def test_pbxs_do_not_share_telephones(redis: Redis) -> None:
    reservations = Reservations(redis)
    found = await asyncio.gather(
        reservations.reserve("office", "1", ["101"], [], 20), reservations.reserve("branch", "1", ["101"], [], 20)
    )
    assert not any(found)
    assert sorted(await redis.keys("reserved:*:101")) == [b"reserved:{branch}:101", b"reserved:{office}:101"]


async def test_who_gives_up_leaves_the_others_their_answer(redis: Redis) -> None:
    reservations = Reservations(redis)

    async def give_up() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await reservations.reserve("office", "hasty", ["101"], [], 20)

    _, taken = await asyncio.gather(give_up(), reservations.reserve("office", "patient", ["102"], ["101"], 20))
    assert taken == frozenset(("101",))
