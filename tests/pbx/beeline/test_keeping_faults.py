"""Where Beeline refuses, is away, or we die: in the end there is one subscription, and it is the one we know."""

import asyncio
import itertools
from collections.abc import Callable
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from tests.fakes.beeline import FakeBeeline
from tests.fakes.waiting import eventually
from tests.faults.harness import kill_at_every_point
from tests.pbx.beeline.keeping import BASE, LOOPBACK, Clock, add_pbx, hears, keeper, standing, visits
from tests.pbx.hooks.test_store import BOX
from tests.router.conftest import settings, spool, spool_dir, write_directory
from trunkline.alarms.alarm import open_alarms
from trunkline.background import running
from trunkline.db.types import Pool
from trunkline.pbx.hooks.api import hosted_api
from trunkline.pbx.hooks.check import check_hosted
from trunkline.pbx.hooks.store import list_hosted
from trunkline.pbx.hooks.subscribing import Keeper
from trunkline.pbx.hooks.subscription_words import LEFT

__all__ = ["settings", "spool", "spool_dir", "write_directory"]


async def test_an_answer_that_is_lost_leaves_one_that_gives_itself_away(
    pool: Pool, fake: FakeBeeline, clock: Clock
) -> None:
    fake.faults = [("PUT", "lost"), ("PUT", "lost")]
    for _ in range(4):
        await visits(pool, clock)
        clock.goes_on(minutes=2)
    assert len(fake.live) == 3
    await hears(pool, fake, clock)
    clock.goes_on(seconds=30)
    await visits(pool, clock)

    assert fake.live == [(await standing(pool)).id]


async def test_a_stray_that_sends_elsewhere_lives_on(pool: Pool, fake: FakeBeeline, clock: Clock) -> None:
    await visits(pool, clock)
    fake.made["others"] = type(fake.made[fake.live[0]])("https://crm.example/", clock() + timedelta(days=1))
    await hears(pool, fake, clock)
    clock.goes_on(seconds=30)
    await visits(pool, clock)

    assert sorted(fake.live) == sorted(["others", (await standing(pool)).id])


async def test_a_refused_token_rings_at_once_and_a_new_one_is_tried_at_once(
    pool: Pool, fake: FakeBeeline, clock: Clock
) -> None:
    await add_pbx(pool, fake, "wrong")
    await visits(pool, clock)
    told = await standing(pool)
    async with pool.acquire() as connection:
        (rings,) = await open_alarms(connection)
    clock.goes_on(minutes=2)
    await visits(pool, clock)
    asked = len(fake.asked)

    assert (told.trouble, told.said) == ("refused", "HTTP 401 Unauthorized Токен не найден")
    assert rings.key == "pbx.subscription:cloud"
    assert asked == 1  # not again at once
    await add_pbx(pool, fake)
    await visits(pool, clock)
    async with pool.acquire() as connection:
        assert await open_alarms(connection) == []
    assert (len(fake.live), (await standing(pool)).trouble) == (1, "")


async def test_one_that_is_away_is_asked_less_and_less_and_rings_after_ten_minutes(
    pool: Pool, fake: FakeBeeline, clock: Clock
) -> None:
    fake.faults = [("PUT", "503")] * 100
    await visits(pool, clock)
    began, times, rang = clock(), [], timedelta()
    while clock() - began < timedelta(hours=1):
        before = len(fake.asked)
        await visits(pool, clock)
        times += [clock()] * (len(fake.asked) - before)
        async with pool.acquire() as connection:
            if not rang and await open_alarms(connection):
                rang = clock() - began
    gaps = [after - before for before, after in itertools.pairwise(times)]

    assert 5 <= len(times) <= 12
    assert gaps[-1] > gaps[0] * 10
    assert timedelta(minutes=10) <= rang <= timedelta(minutes=20)


async def test_one_that_cannot_be_ended_rings_nobody_and_ours_is_looked_at(
    pool: Pool, fake: FakeBeeline, clock: Clock
) -> None:
    await visits(pool, clock)
    await pool.execute("update pbx_subscriptions set ending = '{old,older}', stray = '{odd}'")
    fake.faults = [("DELETE", "503")] * 200
    fake.faults += [("GET", "503")]  # of the stray
    for _ in range(60):
        clock.goes_on(seconds=40)
        await visits(pool, clock)
    told = await standing(pool)
    async with pool.acquire() as connection:
        assert await open_alarms(connection) == []
    assert (told.trouble, told.ending) == ("", 2)
    assert told.looked_at is not None
    assert clock() - told.looked_at < timedelta(minutes=12)
    assert fake.asked.count("DELETE") < 10  # later each time
    fake.faults.clear()
    for _ in range(2):
        clock.goes_on(hours=1)
        await visits(pool, clock)
    assert (await standing(pool)).ending == 0


async def test_one_that_is_never_ended_is_left_and_that_is_told_once(
    pool: Pool, fake: FakeBeeline, clock: Clock
) -> None:
    await visits(pool, clock)
    await pool.execute("update pbx_subscriptions set ending = '{old}'")
    fake.faults = [("DELETE", "503")] * 200
    with capture_logs() as logs:
        for _ in range(24):
            clock.goes_on(minutes=10)
            await visits(pool, clock)
    told, now = await standing(pool), clock()

    assert fake.asked.count("DELETE") == 10
    assert (told.ending, told.trouble, told.left_said) == (0, "", "HTTP 503 Unavailable Попробуйте позже")
    assert [one["log_level"] for one in logs if one["event"] == "subscription_left_to_end_by_itself"] == ["warning"]
    assert told.is_left(now)
    assert not told.is_left(now + timedelta(days=1))
    async with pool.acquire() as connection:
        assert await open_alarms(connection) == []
        (pbx,) = await list_hosted(connection)
        found = await check_hosted(connection, pbx, BOX, BASE, now)
    assert [one.text for one in found if "could not be ended" in one.text] == [f"{LEFT} {told.left_said}"]


async def test_the_pause_that_is_asked_for_is_kept(pool: Pool, fake: FakeBeeline, clock: Clock) -> None:
    fake.faults = [("PUT", "cut"), ("PUT", "429")]
    await visits(pool, clock)
    told = await standing(pool)

    assert told.trouble == "unreached"
    assert told.said
    clock.goes_on(minutes=1)
    await visits(pool, clock)
    clock.goes_on(minutes=16)
    await visits(pool, clock)
    assert len(fake.live) == 1


@pytest.mark.parametrize(
    "api", ["http://cloudpbx.beeline.ru/apis/portal", "cloudpbx.beeline.ru", "ftp://127.0.0.1/", "http://["]
)
async def test_a_token_is_not_sent_in_the_open(pool: Pool, fake: FakeBeeline, clock: Clock, api: str) -> None:
    fake.url = api
    await add_pbx(pool, fake)
    await visits(pool, clock)

    assert (await standing(pool)).trouble == "open"
    assert fake.asked == []


async def test_a_token_of_another_key_is_said_so(pool: Pool, fake: FakeBeeline, clock: Clock) -> None:
    await pool.execute("update pbxs set secrets = 'sealed with another key, or damaged'")
    await visits(pool, clock)

    assert (await standing(pool)).trouble == "sealed"
    assert fake.asked == []


async def test_a_worker_does_it_for_every_pbx_in_use(pool: Pool, fake: FakeBeeline, clock: Clock) -> None:
    await pool.execute("delete from pbx_subscriptions")
    async with (
        hosted_api(LOOPBACK) as api,
        running({"it": Keeper(pool, None, BOX, api, BASE, clock=clock, tick=0.01).run}),
    ):
        await eventually(lambda: _is_there(pool))
        clock.goes_on(seconds=30)
        await eventually(lambda: len(fake.live) == 1)


async def _is_there(pool: Pool) -> bool:
    return bool(await pool.fetchval("select count(*) from pbx_subscriptions where address is not null"))


async def test_two_workers_make_one(pool: Pool, fake: FakeBeeline, clock: Clock) -> None:
    await visits(pool, clock)
    fake.made.clear()
    clock.goes_on(minutes=11)
    async with keeper(pool, clock) as one, keeper(pool, clock) as other:
        await asyncio.gather(*(each.one_visit() for each in (one, other) * 3))

    assert len(fake.live) == 1


async def test_one_that_was_away_too_long_ends_what_it_made(pool: Pool, fake: FakeBeeline, clock: Clock) -> None:
    """Its lease ran out while Beeline thought; another worker has subscribed meanwhile."""
    await visits(pool, clock)
    clock.goes_on(hours=19)

    async def another_does_it() -> None:
        fake.meanwhile = None
        clock.goes_on(minutes=5)
        await visits(pool, clock)

    fake.meanwhile = another_does_it
    await visits(pool, clock)
    clock.goes_on(seconds=30)
    await visits(pool, clock)

    assert fake.live == [(await standing(pool)).id]


async def test_killed_anywhere(
    pool: Pool,
    fake: FakeBeeline,
    clock: Clock,
    database_url: str,
    record_property: Callable[[str, object], None],
) -> None:
    """It is due to be prolonged, and the worker dies: after the next, and one event of each, there is one."""
    await visits(pool, clock)
    most: list[int] = []

    for kind in ("sql", "socket"):

        async def prepare() -> None:
            await pool.execute("update pbx_subscriptions set renew_at = '2000-01-01', due_at = '-infinity'")

        async def check() -> None:
            clock.goes_on(minutes=5)
            await visits(pool, clock)
            most.append(len(fake.live))
            await hears(pool, fake, clock)
            clock.goes_on(seconds=30)
            await visits(pool, clock)
            assert fake.live == [(await standing(pool)).id]

        tried = await kill_at_every_point(
            kind,
            "tests.pbx.beeline.keeping:visit_all",
            [database_url, clock().isoformat()],
            tell=record_property,
            prepare=prepare,
            check=check,
        )
        assert tried.points >= 20
    assert (min(most), max(most)) == (1, 2)  # where it died before it heard the new one's id
