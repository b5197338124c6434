"""Telephones reserved for one call at a time: who gets one, what is given back, and when it ends by itself."""

import asyncio

import pytest
from redis.asyncio import Redis

from trunkline.pbx.reservations import GRACE_SECONDS, Reservations


@pytest.fixture
def reservations(redis: Redis) -> Reservations:
    return Reservations(redis)


async def test_of_two_calls_one_gets_the_telephone(reservations: Reservations) -> None:
    assert await reservations.reserve("office", "1", ["101", "102"], [], 20) == frozenset()
    assert await reservations.reserve("office", "2", ["102", "103"], ["101", "104"], 20) == {"101", "102"}
    assert await reservations.reserve("office", "1", ["101"], ["103"], 20) == {"103"}
    assert await reservations.reserve("attic", "2", ["101"], [], 20) == frozenset()


async def test_only_what_is_wanted_is_held(reservations: Reservations) -> None:
    await reservations.reserve("office", "1", ["101", "101"], ["102", "101"], 20)

    assert await reservations.reserve("office", "2", [], ["101", "102"], 20) == {"101"}


async def test_the_next_turn_gives_back_what_it_does_not_want(reservations: Reservations) -> None:
    await reservations.reserve("office", "1", ["101", "102"], [], 20)
    await reservations.reserve("office", "1", ["102"], ["101"], 20)

    assert await reservations.reserve("office", "2", [], ["101", "102"], 20) == {"102"}


async def test_a_call_gives_back_its_own_and_no_other_s(reservations: Reservations, redis: Redis) -> None:
    await reservations.reserve("office", "1", ["101"], [], 20)
    await reservations.reserve("office", "2", ["102"], [], 20)
    await reservations.release("office", "1")
    await reservations.release("office", "unknown")

    assert await reservations.reserve("office", "3", [], ["101", "102"], 20) == {"102"}
    assert sorted(await redis.keys("*")) == [b"reserved:{office}:102", b"reserved:{office}:call:2"]


async def test_everything_ends_by_itself(reservations: Reservations, redis: Redis) -> None:
    await reservations.reserve("office", "1", ["101", "102"], [], 20)

    lives = [await redis.pttl(key) for key in await redis.keys("*")]
    assert len(lives) == 3
    assert all(0 < life <= (20 + GRACE_SECONDS) * 1000 for life in lives)


CALLS = range(40)


async def evaluations(redis: Redis) -> int:
    stats = await redis.info("commandstats")
    return sum(stats.get(f"cmdstat_{name}", {}).get("calls", 0) for name in ("eval", "evalsha"))


async def test_each_telephone_goes_to_one_of_the_calls_that_ask_at_once(
    reservations: Reservations, redis: Redis
) -> None:
    before = await evaluations(redis)
    found = await asyncio.gather(
        *(reservations.reserve("office", f"c{call}", [str(100 + call % 10)], ["199"], 20) for call in CALLS)
    )
    assert found[:10] == [frozenset()] * 10
    assert found[10:] == [frozenset((str(100 + call % 10),)) for call in CALLS[10:]]
    # The script is made known once, and then everything goes in one piece.
    assert await evaluations(redis) - before <= 2


async def test_who_gives_up_leaves_the_others_their_answer(reservations: Reservations) -> None:

    async def give_up() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await reservations.reserve("office", "hasty", ["101"], [], 20)

    _, taken = await asyncio.gather(give_up(), reservations.reserve("office", "patient", ["102"], ["101"], 20))
    assert taken == frozenset(("101",))
