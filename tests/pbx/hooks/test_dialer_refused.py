"""What ends a dial over a hosted PBX at once: refusals, requests that never left, what the settings lack."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

import msgspec
import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs

from tests.fakes.diallers import KEY, SECRETS, UNKEYED, Diallers, diallers
from tests.pbx.hooks.company import CLIENT
from tests.pbx.hooks.dials import (
    accept,
    open_account,
    send,
    standing,
)
from tests.pbx.hooks.doomed import BOX, LOOPBACK
from trunkline.crypto import SecretBox
from trunkline.db.types import Pool
from trunkline.pbx.hooks.dialer import HostedDialer, dialling_api
from trunkline.pbx.hooks.diallings import DIALLINGS

each_provider = pytest.mark.parametrize("name", DIALLINGS)


@pytest.fixture
async def fake() -> AsyncIterator[Diallers]:
    async with diallers() as fake:
        yield fake


@each_provider
async def test_a_refusal_ends_it_in_the_providers_words(pool: Pool, redis: Redis, fake: Diallers, name: str) -> None:
    fake.mood = "refuses"
    await open_account(pool, fake, name)
    dial = await accept(pool)
    await send(pool, redis)

    assert await standing(pool, dial) == ("ended", "refused", "Wrong from")
    assert (len(fake.heard), fake.dialled) == (1, [])


@each_provider
async def test_a_refused_key_is_one_alarm_until_a_dial_is_taken(
    pool: Pool, redis: Redis, fake: Diallers, name: str
) -> None:
    """Another refusal says nothing of the key."""
    await open_account(pool, fake, name)
    seen = []
    for turn, fake.mood in enumerate(("refuses", "unkeyed", "unkeyed", "refuses", "fails", "takes")):
        await accept(pool, number=f"+7916000000{turn}")
        await send(pool, redis)
        rows = await pool.fetch("select key, count, cleared_at is null as open, facts->>'reason' as why from alarms")
        seen.append([(row["count"], row["open"]) for row in rows])
        assert {row["key"] for row in rows} <= {"pbx.dialing:cloud"}
        assert all("Wrong from" not in row["why"] and row["why"] for row in rows)

    assert seen == [[], [(1, True)], [(2, True)], [(2, True)], [(2, True)], [(2, False)]]


@each_provider
async def test_one_that_asks_for_a_rest_gets_it(pool: Pool, redis: Redis, fake: Diallers, name: str) -> None:
    fake.mood = "rests"
    await open_account(pool, fake, name)
    first = await accept(pool)
    at = 1000.0
    async with dialling_api(LOOPBACK) as api:
        dialer = HostedDialer(pool, redis, BOX, api, clock=lambda: at)
        async with asyncio.TaskGroup() as group:
            await dialer.send_accepted(group)
        second = await accept(pool, number="+79160000005")
        fake.mood = "takes"
        for at in (1000.0, 1006.9, 1007.0):
            async with asyncio.TaskGroup() as group:
                await dialer.send_accepted(group)
            waits = await standing(pool, second) == ("accepted", "", "")
            assert waits is (at < 1007)

    assert await standing(pool, first) == ("ended", "refused", "HTTP 429")
    assert fake.dialled == [("101", "79160000005")]


async def test_a_provider_that_locks_the_account_for_a_wrong_key_is_left_alone(
    pool: Pool, redis: Redis, fake: Diallers
) -> None:
    """Mango locks it for two minutes, its commands of routing too: each dial would begin them anew."""
    fake.mood = "unkeyed"
    await open_account(pool, fake, "mango")
    await accept(pool)
    at = 1000.0
    async with dialling_api(LOOPBACK) as api:
        dialer = HostedDialer(pool, redis, BOX, api, clock=lambda: at)
        for at, number in ((1000.0, "+79160000001"), (1119.9, "+79160000002"), (1120.0, "+79160000003")):
            await accept(pool, number=number)
            async with asyncio.TaskGroup() as group:
                await dialer.send_accepted(group)
            assert len(fake.heard) == (1 if at < 1120 else 2)


async def test_a_503_that_asks_for_a_rest_leaves_it_open(pool: Pool, redis: Redis, fake: Diallers) -> None:
    """What stood before it may have begun the call: a dial that ended as refused could be followed by a second one."""
    fake.mood = "pauses"
    await open_account(pool, fake, "sipuni")
    dial = await accept(pool)
    at = 1000.0
    async with dialling_api(LOOPBACK) as api:
        dialer = HostedDialer(pool, redis, BOX, api, clock=lambda: at)
        async with asyncio.TaskGroup() as group:
            await dialer.send_accepted(group)
        assert await standing(pool, dial) == ("sent", "", "")
        second = await accept(pool, number="+79160000005")
        for at in (1006.9, 1007.0):
            async with asyncio.TaskGroup() as group:
                await dialer.send_accepted(group)
            assert (await standing(pool, second))[0] == ("accepted" if at < 1007 else "sent")


async def test_nobody_at_the_other_end(pool: Pool, redis: Redis, fake: Diallers) -> None:
    """Nothing was sent, so nobody rings: it ends at once. A private address needs to be named in the settings."""
    await open_account(pool, fake, "uis", api_url="http://127.0.0.1:1")
    gone = await accept(pool)
    await send(pool, redis)
    await pool.execute('update pbxs set settings = settings || \'{"api_url": "http://10.0.0.1"}\'')
    private = await accept(pool)
    await send(pool, redis)

    assert (await standing(pool, gone))[:2] == ("ended", "not_dialled")
    state, outcome, why = await standing(pool, private)
    assert (state, outcome) == ("ended", "not_dialled")
    assert "10.0.0.1" in why


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"employee_ids": {}}, "The settings of the PBX do not say who works there at extension 101."),
        ({"virtual_number": ""}, "The settings of the PBX lack: virtual_number"),
    ],
)
async def test_what_the_settings_lack_is_said(
    pool: Pool, redis: Redis, fake: Diallers, settings: dict[str, object], why: str
) -> None:
    await open_account(pool, fake, "uis", **settings)
    dial = await accept(pool)
    await send(pool, redis)

    assert await standing(pool, dial) == ("ended", "not_dialled", why)
    assert fake.heard == []


async def test_who_works_on_a_mobile_is_not_rung_at_a_desk(pool: Pool, redis: Redis, fake: Diallers) -> None:
    await open_account(pool, fake, "sipuni")
    await pool.execute(
        "insert into people (id, name, extension, mobile, works_on)"
        " values (gen_random_uuid(), 'Anna', '101', '+79031234567', 'forwarded')"
    )
    dial = await accept(pool)
    await send(pool, redis)

    why = "Who works at extension 101 works on a mobile, which a PBX in the cloud does not ring."
    assert await standing(pool, dial) == ("ended", "not_dialled", why)
    assert fake.heard == []


async def test_secrets_sealed_with_another_key(pool: Pool, redis: Redis, fake: Diallers) -> None:
    await open_account(pool, fake, "uis")
    await pool.execute("update pbxs set secrets = $1", SecretBox(b"x" * 32).seal(b"{}"))
    dial = await accept(pool)
    await send(pool, redis)

    assert (await standing(pool, dial))[:2] == ("ended", "not_dialled")
    assert fake.heard == []


async def test_a_key_that_is_good_no_more_is_made_anew(pool: Pool, redis: Redis, fake: Diallers) -> None:
    """onlinePBX's sign-in is kept; a refusal of the key did nothing, so it is asked with a new one, once."""
    await open_account(pool, fake, "onlinepbx")
    async with dialling_api(LOOPBACK) as api:
        dialer = HostedDialer(pool, redis, BOX, api)
        for number in ("+79160000001", "+79160000002", "+79160000003"):
            await accept(pool, number=number)
            async with asyncio.TaskGroup() as group:
                await dialer.send_accepted(group)
            if number.endswith("2"):
                assert len(fake.keys) == 1
                fake.keys.append("somebody:else")  # another client signed in
        assert len(fake.keys) == 3
    assert [number for _, number in fake.dialled] == ["79160000001", "79160000002", "79160000003"]


async def test_a_key_is_not_kept_after_an_answer_that_leaves_it_open(pool: Pool, redis: Redis, fake: Diallers) -> None:
    """It may have been the key: that dial is not repeated, but the next one signs in."""
    fake.dead_key = {"status": "0", "errorCode": "INTERNAL"}
    await open_account(pool, fake, "onlinepbx")
    async with dialling_api(LOOPBACK) as api:
        dialer = HostedDialer(pool, redis, BOX, api)
        for number in ("+79160000001", "+79160000002", "+79160000003"):
            await accept(pool, number=number)
            async with asyncio.TaskGroup() as group:
                await dialer.send_accepted(group)
            if number.endswith("1"):
                fake.keys.append("somebody:else")
    assert [number for _, number in fake.dialled] == ["79160000001", "79160000003"]


async def test_dials_at_once_sign_in_once(pool: Pool, redis: Redis, fake: Diallers) -> None:
    """A new key ends the one before: whoever signs in beside another takes his key from him."""
    await open_account(pool, fake, "onlinepbx")
    await pool.execute("update dial_rules set day_calls = 1000")
    async with dialling_api(LOOPBACK) as api:
        dialer = HostedDialer(pool, redis, BOX, api)
        for tens in (10, 20):
            for place in range(tens, tens + 10):
                await accept(pool, number=f"+791600000{place}")
            async with asyncio.TaskGroup() as group:
                await dialer.send_accepted(group)
            assert len(fake.keys) == {10: 1, 20: 3}[tens]
            fake.keys.append("somebody:else")
    assert len(fake.dialled) == 20


async def test_a_refused_sign_in_dials_nobody(pool: Pool, redis: Redis, fake: Diallers) -> None:
    await open_account(pool, fake, "onlinepbx", domain="another.onpbx.ru")
    other = await accept(pool)
    await send(pool, redis)

    assert (await standing(pool, other))[:2] == ("ended", "refused")
    assert fake.dialled == []


async def test_who_was_held_up_says_nothing(pool: Pool, redis: Redis, fake: Diallers) -> None:
    """A process that stood still between the claim and the request: the agent has gone on."""
    await open_account(pool, fake, "sipuni")
    dial = await accept(pool)
    clock = iter([0.0, 0.0, *[31.0] * 10])
    await send(pool, redis, clock=lambda: next(clock))

    assert await standing(pool, dial) == ("ended", "expired", "")
    assert fake.heard == []


async def test_a_key_that_its_api_repeats_is_shown_nowhere(
    pool: Pool, redis: Redis, fake: Diallers, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, fake.mood = "a-long-key-of-the-api", "unkeyed"
    monkeypatch.setitem(UNKEYED, "sipuni", (403, {"success": False, "message": f"no key {key}"}))
    await open_account(pool, fake, "sipuni")
    sealed = BOX.seal(msgspec.json.encode({**SECRETS["sipuni"], "api_key_before": key}))
    await pool.execute("update pbxs set secrets = $1", sealed)
    dial = await accept(pool)
    with capture_logs() as logs:
        await send(pool, redis)

    assert await standing(pool, dial) == ("ended", "refused", "no key ***")
    assert await pool.fetchval("select facts->>'reason' from alarms") == "no key ***"
    assert logs
    assert key not in str(logs)


async def test_no_key_is_in_the_log(pool: Pool, redis: Redis, fake: Diallers) -> None:
    fake.mood = "loses"
    await open_account(pool, fake, "megafon")
    dial = await accept(pool)
    with capture_logs() as logs:
        await send(pool, redis)

    assert isinstance(dial, UUID)
    assert logs
    assert KEY not in str(logs)
    assert CLIENT[1:] not in str(logs)
