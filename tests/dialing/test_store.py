"""Dials in a real PostgreSQL: caps that hold whoever comes at once, one owner of each dial, the kill switch."""

import asyncio
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import Any

import msgspec
import pytest

from trunkline.alarms.alarm import open_alarms
from trunkline.calls.phone import Number
from trunkline.crypto import SecretBox
from trunkline.db.types import Pool
from trunkline.dialing import rules_store, store
from trunkline.dialing.dial import State, Turn, channel_of
from trunkline.dialing.guard import Limits
from trunkline.dialing.store import Accepted, Wish
from trunkline.errors import InvalidInput
from trunkline.people.audit import Actor

MOBILE = "+79161234567"
ACTOR = Actor(None, "test", "test")
WISH = Wish(MOBILE, "office", "101", ip=ip_address("192.0.2.7"))
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
async def _pbx(pool: Pool) -> None:
    await pool.execute("insert into pbxs (id, name, kind) values ('office', 'Office', 'asterisk')")


async def accept(pool: Pool, now: datetime = NOW, **change: Any) -> Accepted:
    async with pool.acquire() as connection, connection.transaction():
        return await store.accept(connection, WISH._replace(**change), now, SecretBox(bytes(32)))


async def rule(pool: Pool, now: datetime = NOW, **change: Any) -> str:
    verdict = (await accept(pool, now, **change)).verdict
    assert verdict is not None
    return verdict.rule


@pytest.mark.parametrize(
    ("cap", "refusal"), [("number_calls", "number_calls"), ("ip_calls", "ip_calls"), ("day_calls", "day_calls")]
)
async def test_of_200_forged_requests_at_once_exactly_the_cap_passes(pool: Pool, cap: str, refusal: str) -> None:
    await pool.execute(f"update dial_rules set number_minutes = 9999, {cap} = 7")
    same = cap == "number_calls"

    async def forged(place: int) -> str:
        return await rule(pool, to=MOBILE if same else f"+7916{place:07}", ip=ip_address("192.0.2.7"))

    told = await asyncio.gather(*(forged(place) for place in range(200)))

    assert told.count("passed") == 7
    assert set(told) == {"passed", refusal}
    assert await pool.fetchval("select count(*) from dials") == 7


async def test_minutes_are_reserved_until_the_call_is_over(pool: Pool) -> None:
    await pool.execute("update dial_rules set day_minutes = 100, longest_minutes = 60")
    first, second = await accept(pool), await accept(pool)
    assert (first.verdict and first.verdict.minutes, second.verdict and second.verdict.minutes) == (60, 40)
    assert await rule(pool) == "day_minutes"

    await pool.execute(
        "update dials set state = 'ended', outcome = 'answered', sent_at = at, talk_seconds = 61 where id = $1",
        first.dial,
    )

    third = await accept(pool)
    assert third.verdict
    assert (third.verdict.rule, third.verdict.minutes) == ("passed", 58)


async def test_a_call_that_outlasts_its_cut_counts_with_every_minute(pool: Pool) -> None:
    """Its agent handed the client on: nothing ends it but those who talk."""
    await pool.execute("update dial_rules set day_minutes = 200, longest_minutes = 60")
    first = await accept(pool)
    await pool.execute(
        "update dials set state = 'talking', sent_at = at, answered_at = now() - interval '170 minutes' where id = $1",
        first.dial,
    )

    second = await accept(pool)
    assert second.verdict
    assert (second.verdict.rule, second.verdict.minutes) == ("passed", 29)
    assert await rule(pool) == "day_minutes"


async def test_yesterday_does_not_count(pool: Pool) -> None:
    await pool.execute("update dial_rules set number_calls = 1")
    assert await rule(pool) == "passed"
    assert await rule(pool, NOW + timedelta(hours=23)) == "number_calls"
    assert await rule(pool, NOW + timedelta(hours=25)) == "passed"


async def test_the_same_key_is_the_same_dial(pool: Pool) -> None:
    first, again, other = [await accept(pool, key=key) for key in ("k1", "k1", "k2")]

    assert (first.dial, first.fresh) == (again.dial, True)
    assert not again.fresh
    assert other.dial not in (None, first.dial)


async def test_the_lists_are_asked(pool: Pool) -> None:
    await pool.execute("insert into spam_numbers (number, votes) values ('+79160000003', 9), ('+79160000004', 9)")
    await pool.execute("insert into spam_allow (number, why) values ('+79160000004', 'hand')")
    await pool.execute("insert into spam_personal (prefix, whole, treatment) values ('+791700', false, 'reject')")
    await pool.execute("insert into lines (id, number, name) values (gen_random_uuid(), '+74951234567', 'ours')")
    async with pool.acquire() as connection, connection.transaction():
        await rules_store.add_number(connection, "8 916 000-00-05", "asked us twice", ACTOR, NOW)

    asked = ("+79160000003", "+79160000004", "+79170011222", "+74951234567", "+79160000005")
    assert [await rule(pool, to=to) for to in asked] == ["spam", "passed", "spam", "own", "do_not_call"]


async def test_a_dial_is_claimed_once_by_whoever_comes(pool: Pool) -> None:
    accepted = [await accept(pool, datetime.now(UTC), to=f"+7916000000{place}") for place in range(8)]

    claimed = await asyncio.gather(*(store.claim_order(pool, "office") for _ in range(8)))

    orders = [order for order in claimed if order is not None]
    assert sorted(order.id for order in orders) == sorted(one.dial for one in accepted if one.dial)
    assert all(order.channel == channel_of(order.id) for order in orders)
    assert await store.claim_order(pool, "office") is None


async def test_the_kill_switch_stops_what_waits_and_rings_an_alarm(pool: Pool) -> None:
    waiting = await accept(pool, datetime.now(UTC))
    async with pool.acquire() as connection, connection.transaction():
        await rules_store.switch(connection, False, ACTOR, NOW)

    assert await store.claim_order(pool, "office") is None
    assert await pool.fetchval("select outcome from dials where id = $1", waiting.dial) == "stopped"
    assert await rule(pool) == "off"
    async with pool.acquire() as connection, connection.transaction():
        assert [alarm.key for alarm in await open_alarms(connection)] == ["dialing.off"]
        await rules_store.switch(connection, True, ACTOR, NOW)
        assert await open_alarms(connection) == []
    assert await rule(pool) == "passed"


async def test_who_waited_too_long_is_not_claimed(pool: Pool) -> None:
    await accept(pool, datetime.now(UTC) - timedelta(minutes=1))

    assert await store.claim_order(pool, "office") is None


async def test_who_asked_not_to_be_called_meanwhile_is_not_claimed(pool: Pool) -> None:
    now = datetime.now(UTC)
    await accept(pool, now, to="+79160000005")
    other = await accept(pool, now, to="+79160000006")
    async with pool.acquire() as connection, connection.transaction():
        await rules_store.add_number(connection, "+79160000005", "asked us", ACTOR, now)

    order = await store.claim_order(pool, "office")

    assert order is not None
    assert order.id == other.dial
    assert await store.claim_order(pool, "office") is None


async def test_what_ended_unknown_counts_as_the_longest(pool: Pool) -> None:
    await pool.execute("update dial_rules set number_minutes = 60, longest_minutes = 60")
    dial = (await accept(pool)).dial
    await pool.execute("update dials set state = 'ended', outcome = 'unknown', sent_at = at where id = $1", dial)

    assert await rule(pool) == "number_minutes"


async def test_a_turn_is_taken_once(pool: Pool) -> None:
    dial = (await accept(pool, datetime.now(UTC))).dial
    assert dial is not None
    await store.claim_order(pool, "office")
    ((_, known),) = await store.open_dials(pool, "office", frozenset())
    assert (known.state, known.told, known.lives) == (State.SENT, None, False)

    assert await store.turn_dial(pool, dial, State.SENT, Turn(State.TALKING))
    assert not await store.turn_dial(pool, dial, State.SENT, Turn(State.RINGING))
    assert await store.turn_dial(pool, dial, State.TALKING, Turn(State.ENDED, "answered", 5))
    row = await pool.fetchrow("select state, answered_at is not null, ended_at is not null from dials")
    assert tuple(row or ()) == ("ended", True, True)


async def test_settings_tell_every_mistake(pool: Pool) -> None:
    async with pool.acquire() as connection:
        sent = {name: str(value) for name, value in msgspec.structs.asdict(Limits()).items()}
        wrong = {"allowed": "RU RUS", "denied": "7809", "day_calls": "-1", "ring_seconds": "4"}
        with pytest.raises(InvalidInput) as caught:
            await rules_store.save_limits(connection, sent | wrong, ACTOR, NOW)
        assert [one.path for one in caught.value.mistakes] == ["allowed", "denied", "day_calls", "ring_seconds"]
        async with connection.transaction():
            right = {"allowed": "ru, kz;+7800", "denied": "", "day_calls": "5"}
            await rules_store.save_limits(connection, sent | right, ACTOR, NOW)
        limits = await store.read_limits(connection)
        assert (limits.allowed, limits.denied, limits.day_calls) == (("RU", "KZ", "+7800"), (), 5)
    assert await pool.fetchval("select count(*) from audit where action = 'dialing.changed'") == 1


async def test_the_list_is_paged_and_a_reason_may_change(pool: Pool) -> None:
    async with pool.acquire() as connection, connection.transaction():
        for place in range(3):
            at = NOW + timedelta(seconds=place)
            assert await rules_store.add_number(connection, f"+7916000000{place}", "asked", ACTOR, at) == (
                Number(f"+7916000000{place}"),
                True,
            )
        assert not (await rules_store.add_number(connection, "+79160000000", "a lawyer wrote", ACTOR, NOW))[1]
        first = await rules_store.list_blocked(connection, limit=2)
        rest = await rules_store.list_blocked(connection, after=(first[-1].added_at, first[-1].number), limit=2)
        assert [one.number[-1] for one in (*first, *rest)] == ["2", "1", "0"]
        assert rest[0].reason == "a lawyer wrote"
        assert await rules_store.drop_number(connection, "8 916 000 00 00", ACTOR, NOW, SecretBox(bytes(32)))
        assert not await rules_store.drop_number(connection, "8 916 000 00 00", ACTOR, NOW, SecretBox(bytes(32)))
