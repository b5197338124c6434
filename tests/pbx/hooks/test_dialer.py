"""Dials over hosted PBXs: asked once, followed by what webhooks tell, given up clearly; never dialled twice."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from tests.fakes.diallers import Diallers, diallers
from tests.fakes.mango import called_back
from tests.fakes.waiting import eventually
from tests.pbx.hooks.company import CLIENT
from tests.pbx.hooks.dials import (
    IN_VAIN,
    TALK,
    accept,
    hooks,
    look,
    mango_hooks,
    move_to_the_call,
    open_account,
    send,
    standing,
    tell,
)
from tests.pbx.hooks.doomed import BOX, LOOPBACK
from trunkline.db.types import Pool
from trunkline.dialing import store
from trunkline.dialing.wake import DIALS_WAKE
from trunkline.outbox.wake import wake
from trunkline.pbx.hooks.dialer import HostedDialer, HostedTiming, dialling_api
from trunkline.pbx.hooks.diallings import DIALLINGS

each_provider = pytest.mark.parametrize("name", DIALLINGS)
RINGS = [("101", CLIENT[1:])]


@pytest.fixture
async def fake() -> AsyncIterator[Diallers]:
    async with diallers() as fake:
        yield fake


@each_provider
async def test_a_dial_is_asked_once_and_followed_to_its_end(
    pool: Pool, redis: Redis, fake: Diallers, name: str
) -> None:
    await open_account(pool, fake, name)
    dial = await accept(pool)
    for _ in range(3):
        await send(pool, redis)
    assert fake.dialled == RINGS
    assert await standing(pool, dial) == ("sent", "", "")

    await move_to_the_call(pool)
    told, states = hooks(name, TALK), []
    for record in told:
        await tell(pool, [record])
        await look(pool, redis)
        states.append((await standing(pool, dial))[0])

    order = [*(["ringing"] if name == "mango" else []), "dialling", "talking", "ended"]  # it tells the agent's leg too
    assert [state for state in order if state in states] == order
    assert sorted(states, key=order.index) == states
    row = await pool.fetchrow("select outcome, talk_seconds, call_id, answered_at from dials where id = $1", dial)
    assert row is not None
    assert (row["outcome"], row["answered_at"] is not None) == ("answered", True)
    assert row["talk_seconds"] == pytest.approx(90, abs=1)
    assert row["call_id"] == await pool.fetchval("select id from calls")
    assert fake.dialled == RINGS


@each_provider
async def test_who_does_not_answer(pool: Pool, redis: Redis, fake: Diallers, name: str) -> None:
    await open_account(pool, fake, name)
    dial = await accept(pool)
    await send(pool, redis)
    await move_to_the_call(pool)
    await tell(pool, hooks(name, IN_VAIN))
    await look(pool, redis)

    assert await standing(pool, dial) == ("ended", "no_answer", "")


@each_provider
@pytest.mark.parametrize("mood", ["loses", "fails"])
@pytest.mark.parametrize("backwards", [False, True], ids=["in order", "backwards"])
async def test_a_lost_answer_is_found_in_the_story(
    pool: Pool, redis: Redis, fake: Diallers, name: str, mood: str, backwards: bool
) -> None:
    """Nobody knows the id of its call: agent, number and time say which it is."""
    fake.mood = mood
    await open_account(pool, fake, name)
    dial = await accept(pool)
    for _ in range(3):
        await send(pool, redis)
        await look(pool, redis)
    assert await standing(pool, dial) == ("sent", "", "")

    await move_to_the_call(pool)
    told = hooks(name, TALK)
    await tell(pool, [*(reversed(told) if backwards else told), *told])
    await look(pool, redis)

    assert (await standing(pool, dial))[:2] == ("ended", "answered")
    assert fake.dialled == RINGS


async def test_workers_at_once_ask_each_once(pool: Pool, redis: Redis, fake: Diallers) -> None:
    await pool.execute("update dial_rules set day_calls = 1000")
    await open_account(pool, fake, "sipuni")
    numbers = [f"+7916000{place:04}" for place in range(30)]
    for number in numbers:
        await accept(pool, number=number)
    while await pool.fetchval("select count(*) from dials where state = 'accepted'"):
        await asyncio.gather(*(send(pool, redis) for _ in range(4)))

    assert sorted(number for _, number in fake.dialled) == sorted(number[1:] for number in numbers)


async def test_two_dials_alike_have_a_call_each(pool: Pool, redis: Redis, fake: Diallers) -> None:
    """One call is told: it is the first one's; the other one is not ended by it."""
    await open_account(pool, fake, "sipuni")
    first, second = await accept(pool), await accept(pool)
    await send(pool, redis)
    await move_to_the_call(pool)
    await tell(pool, hooks("sipuni", TALK))
    await asyncio.gather(*(look(pool, redis) for _ in range(3)))

    ended = {await standing(pool, first), await standing(pool, second)}
    assert ("ended", "answered", "") in ended
    assert len(ended) == 2


async def test_the_providers_id_says_more_than_the_number(pool: Pool, redis: Redis, fake: Diallers) -> None:
    """The same agent calls the same client by hand: that is not the call which has an id of its own."""
    await open_account(pool, fake, "uis")
    await accept(pool)
    await send(pool, redis)
    byhand = await accept(pool)
    await pool.execute("update dials set state = 'sent', sent_at = now() where id = $1", byhand)
    await move_to_the_call(pool)
    await tell(pool, hooks("uis", TALK))
    await look(pool, redis)

    assert await pool.fetchval("select told_call from dials where outcome = 'answered'") == "237859081"
    assert (await standing(pool, byhand))[0] != "talking"


@pytest.mark.parametrize("seconds", [-30.0, 700.0], ids=["before it", "long after it"])
async def test_another_call_of_his_is_not_it(pool: Pool, redis: Redis, fake: Diallers, seconds: float) -> None:
    fake.mood = "loses"
    await open_account(pool, fake, "sipuni")
    dial = await accept(pool)
    await send(pool, redis)
    await move_to_the_call(pool, after=seconds)
    await tell(pool, hooks("sipuni", TALK))
    await pool.execute("update dials set at = now()")
    before = await pool.fetchval("select call_id from dials")
    await look(pool, redis)

    assert await pool.fetchval("select call_id from dials") == before
    assert (await standing(pool, dial))[1] == "unknown", "the story of then is long over"


@pytest.mark.parametrize(("seconds", "found"), [(4.0, False), (-4.0, True)], ids=["over before it", "over after it"])
async def test_a_call_that_was_over_is_not_it(
    pool: Pool, redis: Redis, fake: Diallers, seconds: float, found: bool
) -> None:
    """He called by hand and was not answered, and then clicked; a PBX's clock may be a little behind."""
    fake.mood = "loses"
    await open_account(pool, fake, "sipuni")
    dial = await accept(pool)
    await send(pool, redis)
    await move_to_the_call(pool)
    await tell(pool, hooks("sipuni", IN_VAIN))
    await pool.execute("update calls set ended_at = started_at + interval '1 second'")
    ended = await pool.fetchval("select ended_at from calls")
    await pool.execute("update dials set sent_at = $1", ended + timedelta(seconds=seconds))
    await look(pool, redis)

    assert (await standing(pool, dial))[1] == ("no_answer" if found else "unknown")


async def test_nothing_told_is_given_up_after_ten_minutes(pool: Pool, redis: Redis, fake: Diallers) -> None:
    fake.mood = "loses"
    await open_account(pool, fake, "zadarma")
    dial = await accept(pool)
    await send(pool, redis)
    await pool.execute("update dials set sent_at = now() - interval '590 seconds'")
    await look(pool, redis)
    assert (await standing(pool, dial))[0] == "sent"

    await pool.execute("update dials set sent_at = now() - interval '601 seconds'")
    await look(pool, redis)
    assert await standing(pool, dial) == ("ended", "unknown", "")


async def test_nobody_sends_what_waited_too_long_or_was_switched_off(pool: Pool, redis: Redis, fake: Diallers) -> None:
    await open_account(pool, fake, "zadarma")
    late = await accept(pool)
    await pool.execute("update dials set at = now() - interval '31 seconds'")
    await send(pool, redis)
    await look(pool, redis)
    assert await standing(pool, late) == ("ended", "expired", "")

    stopped = await accept(pool)
    await pool.execute("update dial_rules set active = false")
    await send(pool, redis)
    assert (await standing(pool, stopped))[0] == "accepted"
    await pool.execute("update dial_rules set active = true")
    await pool.execute("update pbxs set settings = settings || '{\"dials\": false}'")
    await send(pool, redis)
    assert (await standing(pool, stopped))[0] == "accepted"
    assert fake.heard == []


async def test_the_task_sends_at_a_wake_while_another_is_held(pool: Pool, redis: Redis, fake: Diallers) -> None:
    """onlinePBX answers when the agent picks up: nobody else waits for that."""
    await open_account(pool, fake, "onlinepbx")
    fake.mood = "holds"
    async with dialling_api(LOOPBACK) as api:
        dialer = HostedDialer(pool, redis, BOX, api, timing=HostedTiming(poll=0.05, follow=0.05))
        running = asyncio.create_task(dialer.run())
        for number in ("+79160000001", "+79160000002"):
            await accept(pool, number=number)
            await wake(redis, DIALS_WAKE)
            await eventually(lambda number=number: number[1:] in dict(map(reversed, fake.dialled)))  # type: ignore[misc,arg-type]  # a default of a lambda
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
    states = await pool.fetch("select state from dials")

    assert [row["state"] for row in states] == ["sent", "sent"]
    await send(pool, redis)
    assert len(fake.dialled) == 2


async def test_no_dial_waits_unsent_behind_held_answers(pool: Pool, redis: Redis, fake: Diallers) -> None:
    """It would leave after the last look at the clock, and nobody would know whether it did."""
    await open_account(pool, fake, "sipuni")
    fake.mood = "holds"
    await pool.execute("update dial_rules set day_calls = 1000")
    for place in range(15):
        await accept(pool, number=f"+7916000{place:04}")
    sending = asyncio.create_task(send(pool, redis))
    await eventually(lambda: len(fake.dialled) == 15)
    fake.held.set()
    await sending


async def test_the_first_pbx_that_may_dials(pool: Pool, fake: Diallers) -> None:
    await open_account(pool, fake, "zadarma")
    assert await pool.fetchval(store.SQL["dialling_pbxs"]) == "cloud"
    await pool.execute("update pbxs set active = false")
    assert await pool.fetchval(store.SQL["dialling_pbxs"]) is None
    await pool.execute('update pbxs set active = true, settings = \'{"api_url": "x"}\'')
    assert await pool.fetchval(store.SQL["dialling_pbxs"]) is None


async def test_mangos_events_name_the_dial_and_its_result_refuses_it(pool: Pool, redis: Redis, fake: Diallers) -> None:
    """The answer was lost: the call whose events have our `command_id` is it, whatever its time."""
    await open_account(pool, fake, "mango")
    dial = await accept(pool)
    fake.mood = "loses"
    await send(pool, redis)
    await move_to_the_call(pool, after=-30.0)  # by agent, number and time it would not be found
    await tell(pool, mango_hooks(called_back(TALK, f"dial-{dial}")))
    await look(pool, redis)
    assert (await standing(pool, dial))[:2] == ("ended", "answered")

    fake.mood = "takes"
    refused, another = await accept(pool), await accept(pool, number="+79160000005")
    await send(pool, redis)
    await tell(pool, mango_hooks([(0.0, "result/callback", {"command_id": f"dial-{refused}", "result": "3330"})]))
    assert await standing(pool, refused) == ("ended", "refused", "result 3330")
    await tell(pool, mango_hooks([(1.0, "result/callback", {"command_id": f"dial-{dial}", "result": "3330"})]))
    assert (await standing(pool, dial))[1] == "answered", "what ended stays as it ended"
    assert (await standing(pool, another))[0] in {"accepted", "sent"}


async def test_between_two_dials_of_mango_lies_its_measure(pool: Pool, redis: Redis, fake: Diallers) -> None:
    """An account takes four a second, and two nodes may send."""
    await open_account(pool, fake, "mango")
    for number in ("+79160000001", "+79160000002"):
        await accept(pool, number=number)
    now, counts = [0.0], []
    async with dialling_api(LOOPBACK) as api:
        dialer = HostedDialer(pool, redis, BOX, api, clock=lambda: now[0])
        for now[0] in (1000.0, 1000.4, 1000.5):
            async with asyncio.TaskGroup() as group:
                await dialer.send_accepted(group)
            counts.append(len(fake.dialled))

    assert counts == [1, 1, 2]
