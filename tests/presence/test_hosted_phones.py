"""Who is in a call of a hosted PBX is busy for the questions, the pages and the callbacks, and free again after it."""

import asyncio
import time
from uuid import UUID

import pytest
from redis.asyncio import Redis

from router import presence_feed
from router.presence_feed import DeviceFeed
from tests.fakes.waiting import eventually
from trunkline.db.types import Pool
from trunkline.pbx.devices import PROVED_AT, DeviceState, device_key, plain
from trunkline.presence.hosted_phones import HostedPhones, SeatedLeg, busy
from trunkline.presence.telephones import telephones

NOW = 1_800_000_000.0


@pytest.mark.parametrize(
    ("legs", "expected"),
    [
        ([], None),
        ([("talking", 60)], DeviceState.INUSE),
        ([("ringing", 10)], DeviceState.RINGING),
        ([("calling", 10)], DeviceState.INUSE),
        ([("ringing", 1), ("talking", 60)], DeviceState.INUSE),
        # The end of each was lost: it is believed no longer than it can be.
        ([("talking", 3601)], None),
        ([("ringing", 121)], None),
        ([("calling", 301)], None),
        ([("talking", 3601), ("ringing", 5)], DeviceState.RINGING),
        ([("a state of another version", 1)], None),
    ],
)
def test_what_legs_make_of_a_telephone(legs: list[tuple[str, float]], expected: DeviceState | None) -> None:
    assert busy([SeatedLeg("101", state, NOW - ago) for state, ago in legs], NOW).get("101") is expected


@pytest.fixture
async def cloud(pool: Pool) -> None:
    await pool.execute(
        "insert into pbxs (id, name, kind, active) values ('cloud', 'Cloud', 'zadarma', true), "
        "('desk', 'Desk', 'asterisk', true), ('old', 'Old', 'zadarma', false)"
    )


async def joins(pool: Pool, extension: str, pbx: str = "cloud", state: str = "talking") -> None:
    await pool.execute(
        "insert into agent_calls (pbx, extension, call_id, state, leg, since, other, other_name, line, queue) "
        "values ($1, $2, $3, $4, 'x', now(), '', '', '', '')",
        pbx,
        extension,
        UUID(int=int(extension)),
        state,
    )


async def shown(redis: Redis, pbx: str = "cloud") -> dict[str, str]:
    return {name: value for name, value in plain(await redis.hgetall(device_key(pbx))).items() if name != PROVED_AT}


async def test_it_is_where_pages_and_callbacks_read_and_says_nothing_of_who_is_in_no_call(
    pool: Pool, redis: Redis, cloud: None
) -> None:
    phones, now = HostedPhones(pool, redis, "one"), time.time()
    await redis.hset(device_key("desk"), mapping={"101": "not_inuse", "102": "not_inuse", PROVED_AT: now})
    await joins(pool, "101")
    await joins(pool, "103", pbx="old")
    await joins(pool, "104", pbx="desk")
    await phones.publish(now)
    during, silent = await telephones(redis, ["desk", "cloud"], now)
    await pool.execute("delete from agent_calls")
    await phones.publish(now + 1)
    after, _ = await telephones(redis, ["desk", "cloud"], now + 1)

    assert (await shown(redis), silent) == ({}, ())
    assert during == {"101": DeviceState.INUSE, "102": DeviceState.NOT_INUSE}
    # Who is in no call of the cloud is what his telephone at the desk says, though the cloud is named last.
    assert after == {"101": DeviceState.NOT_INUSE, "102": DeviceState.NOT_INUSE}


async def test_the_question_hears_of_a_call_and_of_its_end_at_once(
    pool: Pool, redis: Redis, cloud: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presence_feed, "_REREAD_SECONDS", 3600)
    feed, phones = DeviceFeed(), HostedPhones(pool, redis, "one")
    following = asyncio.create_task(feed.follow(redis))
    try:
        await eventually(lambda: feed.connected)
        await joins(pool, "101", state="ringing")
        await phones.publish(time.time())
        await eventually(lambda: feed.state("cloud", "101") is DeviceState.RINGING)
        await pool.execute("delete from agent_calls")
        await phones.publish(time.time())
        await eventually(lambda: feed.state("cloud", "101") is DeviceState.UNKNOWN)
        assert feed.trusted("cloud")
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)


async def test_one_node_publishes_until_it_is_gone(pool: Pool, redis: Redis, cloud: None) -> None:
    one, two = HostedPhones(pool, redis, "one"), HostedPhones(pool, redis, "two")
    now = time.time()
    await one.publish(now)
    await joins(pool, "101")
    await two.publish(now)
    assert await shown(redis) == {}

    await pool.execute("update pbx_acting set until = now() - interval '1 s'")
    await two.publish(now)
    assert await shown(redis) == {"101": "inuse"}


async def test_it_is_proved_again_and_a_lost_hash_is_written_anew(pool: Pool, redis: Redis, cloud: None) -> None:
    phones, now = HostedPhones(pool, redis, "one"), time.time()
    await joins(pool, "101")
    await phones.publish(now)
    await redis.delete(device_key("cloud"))
    await phones.publish(now + 1)
    assert await shown(redis) == {}

    await phones.publish(now + 6)
    assert await shown(redis) == {"101": "inuse"}
