"""The dialer against a PBX that loses links, says nothing, and refuses: whatever happens, one order a dial."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
import pytest
from redis.asyncio import Redis

from tests.fakes.ami_server import COMMANDS, AmiServer
from tests.fakes.waiting import eventually
from trunkline.alarms.alarm import AlarmBell, open_alarms
from trunkline.background import end
from trunkline.crypto import SecretBox
from trunkline.db.types import Pool
from trunkline.dialing import store
from trunkline.dialing.dial import STALE_SECONDS, channel_of
from trunkline.dialing.store import Wish
from trunkline.dialing.wake import DIALS_WAKE
from trunkline.outbox.wake import wake
from trunkline.pbx.asterisk.dialer import Dialer, DialerTiming
from trunkline.pbx.asterisk.keeper import Keeping
from trunkline.pbx.asterisk.terms import Address
from trunkline.uptime import uptime

QUICK = DialerTiming(poll=0.05, follow=0.05, answer=0.2, again=0.05, refused=0.2)
CLIENT = "+79161234567"


@pytest.fixture
async def server() -> AsyncIterator[AmiServer]:
    async with AmiServer({"trunkline-members": "s3cret"}) as server:
        server.commands = (*COMMANDS, "Originate")
        yield server


@asynccontextmanager
async def dialling(
    server: AmiServer,
    pool: Pool,
    redis: Redis,
    *,
    acting: bool = True,
    living: frozenset[str] | None = None,
    timing: DialerTiming = QUICK,
    clock: Callable[[], float] = uptime,
) -> AsyncIterator[None]:
    """A dialer at work, at a PBX whose channels are `living`."""

    async def lives() -> frozenset[str] | None:
        return living

    keeping = Keeping(Address("127.0.0.1", server.port, "trunkline-members", "s3cret"), dials=True)
    bell = AlarmBell(pool, redis)
    dialer = Dialer("office", keeping, lambda: acting, lives, pool, redis, bell, timing, clock)
    running = asyncio.create_task(dialer.run())
    try:
        yield
        assert not running.done(), running.result()
    finally:
        await end([running])


async def accepted(pool: Pool, to: str = CLIENT) -> UUID:
    async with pool.acquire() as connection, connection.transaction():
        found = await store.accept(
            connection, Wish(to, "office", "101", line="+74951234567"), datetime.now(UTC), SecretBox(bytes(32))
        )
    assert found.dial is not None
    return found.dial


async def until_dial(pool: asyncpg.Pool, dial: UUID, *states: str) -> None:
    async def fits() -> bool:
        row = await pool.fetchrow("select state, outcome from dials where id = $1", dial)
        return row is not None and (row["outcome"] or row["state"]) in states

    await eventually(fits)


async def test_the_order(server: AmiServer, pool: asyncpg.Pool, redis: Redis, office: None) -> None:
    dial = await accepted(pool)
    async with dialling(server, pool, redis):
        await server.until(lambda: server.asked("Originate") != [])

    (order,) = server.asked("Originate")
    assert order["ChannelId"] == channel_of(dial)
    assert (order["Channel"], order["Context"], order["Exten"]) == ("PJSIP/101", "trunkline-dial", CLIENT)
    assert (order["Async"], order["Timeout"], order["CallerID"]) == ("true", "30000", f"{CLIENT} <{CLIENT}>")
    assert f"TRUNKLINE_DIAL={dial},TRUNKLINE_AGENT=101,TRUNKLINE_SHOW=+74951234567" in order["Variable"]


async def test_the_order_of_who_works_on_his_mobile(
    server: AmiServer, pool: asyncpg.Pool, redis: Redis, office: None
) -> None:
    """His number is on no wire of ours: the dialplan asks for it by his extension. He has longer, to press a 1."""
    await pool.execute(
        "insert into people (id, name, extension, mobile, works_on) values ($1, 'Rover', '105', $2, 'forwarded')",
        UUID(int=0x105),
        "+79265550101",
    )
    async with pool.acquire() as connection, connection.transaction():
        found = await store.accept(connection, Wish(CLIENT, "office", "105"), datetime.now(UTC), SecretBox(bytes(32)))
    async with dialling(server, pool, redis):
        await server.until(lambda: server.asked("Originate") != [])

    (order,) = server.asked("Originate")
    assert order["ChannelId"] == channel_of(found.dial or UUID(int=0))
    assert (order["Channel"], order["Context"], order["Exten"]) == (
        "Local/105@trunkline-mobile/n",
        "trunkline-dial",
        CLIENT,
    )
    assert (order["Timeout"], order["CallerID"]) == ("45000", "105 <105>")
    assert "+79265550101" not in str(order)
    assert await pool.fetchval("select legs from dials") == 2, "both legs count"


async def test_a_wake_is_quicker_than_any_poll(
    server: AmiServer, pool: asyncpg.Pool, redis: Redis, office: None
) -> None:
    async with dialling(server, pool, redis, timing=DialerTiming(poll=30.0)):
        await server.until(lambda: server.asked("Login") != [])
        dial = await accepted(pool)

        async def woken() -> bool:
            await wake(redis, DIALS_WAKE)
            return bool(await pool.fetchval("select state = 'sent' from dials where id = $1", dial))

        await eventually(woken)


async def test_an_order_without_an_answer_is_never_repeated(
    server: AmiServer, pool: asyncpg.Pool, redis: Redis, office: None
) -> None:
    server.deaf_to = {"Originate"}
    first = await accepted(pool)
    async with dialling(server, pool, redis):
        await server.until(lambda: len(server.asked("Originate")) == 1)
        server.deaf_to = set()
        second = await accepted(pool, "+79161234568")
        await server.until(lambda: len(server.asked("Originate")) == 2)
    async with dialling(server, pool, redis):
        await server.until(lambda: len(server.asked("Login")) >= 2)
        third = await accepted(pool, "+79161234569")
        await server.until(lambda: len(server.asked("Originate")) == 3)

    assert [one["ChannelId"] for one in server.asked("Originate")] == [
        channel_of(one) for one in (first, second, third)
    ]


async def test_who_was_held_up_after_the_claim_says_nothing(
    server: AmiServer, pool: asyncpg.Pool, redis: Redis, office: None
) -> None:
    """The machine sleeps between the claim and the order: nobody's telephone rings half a minute after the click."""
    looks = iter((0.0, STALE_SECONDS + 1))
    dial = await accepted(pool)
    async with dialling(server, pool, redis, clock=lambda: next(looks, 1000.0)):
        await until_dial(pool, dial, "expired")
        again = await accepted(pool, "+79161234568")
        await until_dial(pool, again, "sent")
        await server.until(lambda: bool(server.asked("Originate")))  # it is claimed before it is said

    assert [one["ChannelId"] for one in server.asked("Originate")] == [channel_of(again)]


async def test_the_time_to_say_it_is_the_databases(pool: asyncpg.Pool, office: None) -> None:
    dial = await accepted(pool)
    await pool.execute("update dials set at = now() - interval '10 seconds' where id = $1", dial)

    order = await store.claim_order(pool, "office", lambda: 500.0)

    assert order is not None
    assert 500 < order.until <= 500 + STALE_SECONDS - 10


async def test_the_link_that_is_lost_in_mid_order(
    server: AmiServer, pool: asyncpg.Pool, redis: Redis, office: None
) -> None:
    server.deaf_to = {"Originate"}
    dial = await accepted(pool)
    async with dialling(server, pool, redis):
        await server.until(lambda: len(server.asked("Originate")) == 1)
        server.drop()
        await server.until(lambda: len(server.asked("Login")) >= 2)
        await until_dial(pool, dial, "sent")
    assert len(server.asked("Originate")) == 1


async def test_what_the_pbx_never_had_is_told_once_the_story_is_stored(
    server: AmiServer, pool: asyncpg.Pool, redis: Redis, office: None
) -> None:
    server.deaf_to = {"Originate"}
    dial = await accepted(pool)
    async with dialling(server, pool, redis, living=frozenset()):
        await until_dial(pool, dial, "sent")
        await pool.execute("insert into pbx_marks (pbx, mark) values ('office', $1)", time.time() + 60)
        await until_dial(pool, dial, "not_dialled")


async def test_a_channel_that_lives_rings(server: AmiServer, pool: asyncpg.Pool, redis: Redis, office: None) -> None:
    dial = await accepted(pool)
    async with dialling(server, pool, redis, living=frozenset({channel_of(dial)})):
        await until_dial(pool, dial, "ringing")


async def test_a_missing_right_is_an_alarm(server: AmiServer, pool: asyncpg.Pool, redis: Redis, office: None) -> None:
    server.denied = {"Originate"}
    dial = await accepted(pool)
    async with dialling(server, pool, redis):
        await until_dial(pool, dial, "refused")
        assert await pool.fetchval("select why from dials") == "Permission denied"

        async def told() -> bool:
            async with pool.acquire() as connection:
                return [one.key for one in await open_alarms(connection)] == ["pbx.dialing:office"]

        await eventually(told)
        server.denied = set()
        await accepted(pool, "+79161234568")

        async def cleared() -> bool:
            async with pool.acquire() as connection:
                return await open_alarms(connection) == []

        await eventually(cleared)


async def test_a_node_that_does_not_act_dials_nothing(
    server: AmiServer, pool: asyncpg.Pool, redis: Redis, office: None
) -> None:
    dial = await accepted(pool)
    async with dialling(server, pool, redis, acting=False):
        await asyncio.sleep(0.2)
        await until_dial(pool, dial, "accepted")
    assert server.asked("Originate") == []
