"""Calls whose webhooks were lost are found in the history: once, late, and never told otherwise than was heard."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from tests.calls.doomed import writer
from tests.fakes.hosted_api import API_KEY, Cloud, cloud_at
from tests.faults.harness import kill_at_every_point
from tests.pbx.hooks.polling import LOOPBACK, poll
from tests.pbx.hooks.polling import read as read_once
from tests.pbx.hooks.test_histories import LATER, onlinepbx, zadarma
from tests.pbx.hooks.test_store import BOX, apply
from tests.pbx.zadarma.test_told import ANSWERED, MISSED, records
from trunkline.calls.applier import CallApplier
from trunkline.pbx.hooks import poll as poll_module
from trunkline.pbx.hooks.api import hosted_api
from trunkline.pbx.hooks.api_alarms import NO_HISTORY
from trunkline.pbx.hooks.check import check_hosted
from trunkline.pbx.hooks.histories import HISTORIES
from trunkline.pbx.hooks.history import Row, Trouble, record_of
from trunkline.pbx.hooks.history_store import Claim, history_of
from trunkline.pbx.hooks.poll import (
    DEEP,
    FURTHEST,
    LONGEST_WINDOW,
    OVERLAP,
    after_fault,
    after_good,
    records_of,
    window,
)
from trunkline.pbx.hooks.port import Account
from trunkline.pbx.hooks.record import HookRecord
from trunkline.pbx.hooks.store import HostedPbx, list_hosted, save_hosted

NOW = datetime.now(UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
async def cloud(pool: asyncpg.Pool) -> AsyncIterator[Cloud]:
    """An onlinePBX whose history was read until four hours ago."""
    async with cloud_at() as cloud:
        settings = {"domain": "company.onpbx.ru", "api_url": cloud.base}
        pbx = HostedPbx(id="cloud", name="Cloud", kind="onlinepbx", settings=settings)
        async with pool.acquire() as connection:
            assert await save_hosted(connection, BOX, pbx, {"api_key": API_KEY})
        await begin(pool, 4 * HOUR)
        yield cloud


async def begin(pool: asyncpg.Pool, ago: timedelta) -> None:
    await pool.execute(
        "insert into hosted_histories (pbx, begun_at, read_until, deep_at, claimed_until)"
        " values ('cloud', now() - interval '30 days', now() - $1::interval, now(), now() - interval '1 second')"
        " on conflict (pbx) do update set read_until = excluded.read_until, next_at = now(), claimed_until = now()",
        ago,
    )


def line(call: str, talked: int, ago: timedelta, **more: Any) -> Any:
    start = int((datetime.now(UTC) - ago).timestamp())
    return onlinepbx(call, talked, start_stamp=start, end_stamp=start + 8 + talked, **more)


async def read(pool: asyncpg.Pool, spool: Path) -> int:
    """As a worker that has just started does it."""
    async with hosted_api(LOOPBACK) as api:
        done = await poll(pool, api, spool).read_due()
    await writer(pool, spool).drain()
    return done


async def calls(pool: asyncpg.Pool) -> Sequence[Any]:
    return await pool.fetch("select * from calls order by started_at")


async def test_what_was_lost_for_hours_is_a_call_of_then(pool: asyncpg.Pool, cloud: Cloud, tmp_path: Path) -> None:
    cloud.calls = [line("u-1", 60, 3 * HOUR), line("u-2", 0, 2 * HOUR, caller_id_number="79160000007")]
    assert await read(pool, tmp_path) == 1

    answered, missed = await calls(pool)
    assert (answered["outcome"], answered["answered_by"], answered["talk_ms"]) == ("answered", "102", 60_000)
    assert (missed["outcome"], missed["client"], missed["direction"]) == ("missed", "+79160000007", "in")
    assert int(missed["started_at"].timestamp()) == cloud.calls[1]["start_stamp"]
    assert missed["ended_at"] - missed["started_at"] < timedelta(seconds=10)
    assert [row["number"] for row in await pool.fetch("select number from missed_clients")] == ["+79160000007"]
    assert await pool.fetchval("select learnt_at - missed_until > interval '1 hour' from missed_clients")
    for nobody in ("agent_calls", "queue_waits", "hooks_heard"):
        assert await pool.fetchval(f"select count(*) from {nobody}") == 0
    async with pool.acquire() as connection:
        state = await history_of(connection, "cloud")
    assert state is not None
    assert (state.told, state.fault) == (2, "")
    assert NOW - state.read_until < HOUR


async def test_it_is_told_once_however_often_it_is_read(pool: asyncpg.Pool, cloud: Cloud, tmp_path: Path) -> None:
    cloud.calls = [line("u-1", 60, 3 * HOUR), line("u-2", 0, 2 * HOUR)]
    await read(pool, tmp_path)
    before = await calls(pool), await pool.fetchval("select count(*) from steps")
    for _ in range(2):
        await begin(pool, 4 * HOUR)
        assert await read(pool, tmp_path) == 1

    assert (await calls(pool), await pool.fetchval("select count(*) from steps")) == before
    assert await pool.fetchval("select count(*) from missed_clients") == 1


async def test_one_process_spools_a_call_of_two_windows_once(pool: asyncpg.Pool, cloud: Cloud, tmp_path: Path) -> None:
    cloud.calls = [line("u-1", 60, timedelta(minutes=10))]
    async with hosted_api(LOOPBACK) as api:
        reader = poll(pool, api, tmp_path)
        for expected in (1, 0):
            await begin(pool, timedelta(minutes=15))
            assert await reader.read_due() == 1
            assert await pool.fetchval("select fresh from hosted_histories") == expected


async def test_a_call_is_left_to_its_webhooks_at_first(pool: asyncpg.Pool, cloud: Cloud, tmp_path: Path) -> None:
    cloud.calls = [line("u-1", 60, timedelta(seconds=100))]
    await read(pool, tmp_path)

    assert await calls(pool) == []


def test_a_call_of_another_time_than_was_asked_for_is_not_told() -> None:
    """A provider that does not heed the times: its old calls are no new ones, and one of no time stops nothing."""
    history, now = HISTORIES["onlinepbx"], int(datetime.now(UTC).timestamp()) * 1_000_000
    told = [
        Row("u-old", now - 5 * 3600 * 1_000_000, {}),
        Row("u-1", now - 3600 * 1_000_000, {}),
        Row("u-9", -1 << 60, {}),
    ]
    of = Account("cloud", {}, {})
    asked = Claim(NOW - DEEP, NOW - HOUR, NOW, NOW)

    assert [record.body for record in records_of(history, of, told, asked, NOW - 2 * HOUR)] == [b'{"call":"u-1"}']


async def test_calls_from_before_it_was_ours_are_not_looked_for(
    pool: asyncpg.Pool, cloud: Cloud, tmp_path: Path
) -> None:
    await pool.execute("delete from hosted_histories")
    cloud.calls = [line("u-1", 60, HOUR)]
    for _ in range(2):
        assert await read(pool, tmp_path) == 1
        await pool.execute("update hosted_histories set next_at = now()")

    assert await calls(pool) == []


async def test_it_is_asked_no_more_often_than_it_wants(pool: asyncpg.Pool, cloud: Cloud, tmp_path: Path) -> None:
    assert [await read(pool, tmp_path) for _ in range(3)] == [1, 0, 0]
    assert await pool.fetchval("select next_at - now() > interval '100 seconds' from hosted_histories")
    await begin(pool, HOUR)
    cloud.broken = [web.Response(status=429, headers={"Retry-After": "1800"})]
    assert [await read(pool, tmp_path) for _ in range(2)] == [1, 0]
    assert await pool.fetchval("select next_at - now() > interval '1700 seconds' from hosted_histories")


async def test_what_fails_is_asked_for_in_smaller_parts_and_later(
    pool: asyncpg.Pool, cloud: Cloud, tmp_path: Path
) -> None:
    for seconds in (100, 200, 400):
        await pool.execute("update hosted_histories set next_at = now(), claimed_until = now() - interval '1 second'")
        cloud.broken = [web.Response(status=500)]
        assert await read(pool, tmp_path) == 1
        wait = await pool.fetchval("select extract(epoch from next_at - now())::float8 from hosted_histories")
        assert seconds < wait <= seconds * 1.2
    assert await pool.fetchval("select faults from hosted_histories") == 3


async def test_one_that_cannot_be_claimed_holds_up_no_other(
    pool: asyncpg.Pool, cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(poll_module, "claim_history", broken)
    assert await read(pool, tmp_path) == 1
    assert cloud.asked == []


async def test_of_two_workers_one_reads(pool: asyncpg.Pool, cloud: Cloud, tmp_path: Path) -> None:
    async with hosted_api(LOOPBACK) as api:
        done = await asyncio.gather(*(poll(pool, api, tmp_path / str(node)).read_due() for node in range(4)))

    assert sorted(done) == [0, 0, 0, 1]
    assert sum(path.endswith("search.json") for path, _ in cloud.asked) == 1


async def test_who_lacks_its_key_is_not_asked(pool: asyncpg.Pool, cloud: Cloud, tmp_path: Path) -> None:
    (pbx,) = await _hosted(pool)
    async with pool.acquire() as connection:
        await save_hosted(connection, BOX, pbx, {})
    assert await read(pool, tmp_path) == 0
    assert cloud.asked == []


async def _hosted(pool: asyncpg.Pool) -> Sequence[HostedPbx]:
    async with pool.acquire() as connection:
        return await list_hosted(connection)


async def test_a_page_that_is_cut_moves_nothing_and_is_told(pool: asyncpg.Pool, cloud: Cloud, tmp_path: Path) -> None:
    cloud.calls = [line("u-1", 60, 3 * HOUR)]
    before = await pool.fetchval("select read_until from hosted_histories")
    session = web.json_response({"status": "1", "data": {"key_id": "id", "key": "key0"}})
    cloud.broken = [session, web.Response(text='{"status":"1","data":[{"uuid":"u-1","start')]
    assert await read(pool, tmp_path) == 1

    assert await pool.fetchval("select read_until from hosted_histories") == before
    (pbx,) = await _hosted(pool)
    async with pool.acquire() as connection:
        found = await check_hosted(connection, pbx, BOX, "http://127.0.0.1:1", datetime.now(UTC))
    assert any("cannot be read since 1 tries: its answer is no JSON object" in one.text for one in found)
    await begin(pool, 4 * HOUR)
    await read(pool, tmp_path)
    assert len(await calls(pool)) == 1
    async with pool.acquire() as connection:
        found = await check_hosted(connection, pbx, BOX, "http://127.0.0.1:1", datetime.now(UTC))
    assert any(one.good and "its history was read last" in one.text and "1 calls" in one.text for one in found)


async def test_a_refused_key_is_one_alarm_until_it_is_taken(pool: asyncpg.Pool, cloud: Cloud, tmp_path: Path) -> None:
    for key, alarms in (("old", [(1, True)]), ("", [(2, True)]), (API_KEY, [(2, False)])):
        (pbx,) = await _hosted(pool)
        if key:
            async with pool.acquire() as connection:
                await save_hosted(connection, BOX, pbx, {"api_key": key})
        await pool.execute("update hosted_histories set next_at = now()")
        assert await read(pool, tmp_path) == 1
        rows = await pool.fetch("select count, cleared_at is null as open from alarms where key = 'pbx.history:cloud'")
        assert [tuple(row) for row in rows] == alarms
        assert await pool.fetchval("select title from alarms") == NO_HISTORY


async def test_a_key_that_its_api_repeats_is_shown_nowhere(pool: asyncpg.Pool, cloud: Cloud, tmp_path: Path) -> None:
    key = "a-long-key-of-the-api"
    (pbx,) = await _hosted(pool)
    async with pool.acquire() as connection:
        await save_hosted(connection, BOX, pbx, {"api_key": key})
    cloud.broken = [web.json_response({"status": "0", "comment": f"no key {key}", "errorCode": "WRONG_AUTH_DATA"})]
    with capture_logs() as logs:
        assert await read(pool, tmp_path) == 1

    fault = await pool.fetchval("select fault from hosted_histories")
    why = await pool.fetchval("select facts->>'reason' from alarms")
    assert "no key ***" in fault
    assert "no key ***" in why
    assert logs
    assert key not in fault + why + str(logs)


async def test_a_history_far_behind_says_how_far_it_is(pool: asyncpg.Pool, cloud: Cloud, tmp_path: Path) -> None:
    await begin(pool, timedelta(days=3))
    assert await read(pool, tmp_path) == 1
    assert await pool.fetchval("select next_at - now() < interval '70 seconds' from hosted_histories")
    (pbx,) = await _hosted(pool)
    async with pool.acquire() as connection:
        found = await check_hosted(connection, pbx, BOX, "http://127.0.0.1:1", datetime.now(UTC))
    assert any("its history is being caught up with" in one.text for one in found)


async def test_a_fault_of_ours_costs_one_pbx_its_history_and_no_other(
    pool: asyncpg.Pool, cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken(type(HISTORIES["uis"])):  # type: ignore[misc]  # a class known when it runs
        def rows(self, *_: object) -> Any:
            raise ZeroDivisionError

    monkeypatch.setattr(poll_module, "HISTORIES", {**HISTORIES, "uis": Broken()})
    async with pool.acquire() as connection:
        other = HostedPbx(id="other", name="Other", kind="uis", settings={"data_api": cloud.base})
        await save_hosted(connection, BOX, other, {"data_token": API_KEY})
    cloud.calls = [line("u-1", 60, 3 * HOUR)]
    assert await read(pool, tmp_path) == 2

    faults = await pool.fetch("select fault <> '' as wrong from hosted_histories order by pbx")
    assert [row["wrong"] for row in faults] == [False, True]
    assert len(await calls(pool)) == 1


@pytest.mark.parametrize("kind", ["sql", "file"])
async def test_killed_anywhere_it_is_told_once(
    pool: asyncpg.Pool,
    database_url: str,
    cloud: Cloud,
    tmp_path: Path,
    kind: str,
    record_property: Callable[[str, object], None],
) -> None:
    cloud.calls = [line("u-1", 60, 3 * HOUR), line("u-2", 0, 2 * HOUR)]

    async def prepare() -> None:
        await pool.execute("truncate calls, steps, call_keys, missed_clients cascade")
        await begin(pool, 4 * HOUR)

    async def check() -> None:
        await pool.execute("update hosted_histories set claimed_until = now(), next_at = now()")
        await read_once(database_url, str(tmp_path))
        found = [(row["linkedid"], row["outcome"], row["talk_ms"]) for row in await calls(pool)]
        assert found == [("u-1", "answered", 60_000), ("u-2", "missed", 0)]
        assert await pool.fetchval("select count(*) from missed_clients") == 1

    tried = await kill_at_every_point(
        kind,
        "tests.pbx.hooks.polling:read",
        [database_url, str(tmp_path)],
        tell=record_property,
        prepare=prepare,
        check=check,
        every=5 if kind == "sql" else 1,
    )
    assert tried.passed


# What webhooks and a history tell of one call, in whatever order they come.


@pytest.fixture
async def account(pool: asyncpg.Pool) -> None:
    async with pool.acquire() as connection:
        assert await save_hosted(connection, BOX, HostedPbx(id="cloud", name="Cloud", kind="zadarma"), {})


def found(*lines: Any) -> HookRecord:
    call = "in_8b9c3a0000000001"
    told = [dict(one) | {"pbx_call_id": call} for one in lines]
    return record_of("cloud", "zadarma", Row(call, 0, {"lines": told}), {"zone": "Europe/Moscow"}, LATER)


HEARD = {
    "answered": (ANSWERED, found(zadarma("in_1", "no answer", 0, destination="101"), zadarma("in_1"))),
    "missed": (MISSED, found(zadarma("in_1", "cancel", 0, destination="101"), zadarma("in_1", "cancel", 0))),
}


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("name", HEARD)
async def test_a_call_told_whole_is_told_nothing_more(pool: asyncpg.Pool, name: str) -> None:
    sent, history = HEARD[name]
    await apply(pool, CallApplier(), records(sent))
    before = await calls(pool), await pool.fetchval("select count(*) from steps")
    await apply(pool, CallApplier(), [history])
    await apply(pool, CallApplier(), [history, *records(sent), history])

    assert (await calls(pool), await pool.fetchval("select count(*) from steps")) == before


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize(
    ("name", "lost"),
    [
        (name, lost)
        for name, (sent, _) in HEARD.items()
        for number in (0, 1, len(sent) - 1, len(sent))
        for lost in itertools.combinations(range(len(sent)), number)
    ],
)
async def test_whatever_is_lost_and_whenever_it_is_read_it_is_that_call(
    pool: asyncpg.Pool, name: str, lost: tuple[int, ...]
) -> None:
    sent, history = HEARD[name]
    heard = [one for place, one in enumerate(records(sent)) if place not in lost]
    for order in ([history, *heard], [*heard, history], [*heard[:2], history, *heard[2:], history]):
        await pool.execute("truncate calls, steps, call_keys, missed_clients cascade")
        applier = CallApplier()
        for one in order:
            await apply(pool, applier, [one])
        (row,) = await calls(pool)
        assert (row["outcome"], row["client"], row["dialled"]) == (name, "+79160000004", "+74951234567")
        assert row["answered_by"] == ("102" if name == "answered" else "")
        assert row["talk_ms"] / 1000 == pytest.approx(60 if name == "answered" else 0, abs=1)
        assert row["ended_at"] is not None
        assert await pool.fetchval("select count(*) from agent_calls") == 0


# Windows.


def claim(read: timedelta, deep: timedelta = timedelta(), begun: timedelta = timedelta(days=99)) -> Claim:
    return Claim(NOW - begun, NOW - read, NOW - deep, NOW)


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        (claim(timedelta(minutes=2)), (timedelta(minutes=2) + OVERLAP, timedelta(), False)),
        (claim(timedelta(minutes=2), HOUR), (timedelta(minutes=2) + DEEP, timedelta(), True)),
        (claim(timedelta(minutes=2), begun=timedelta(minutes=9)), (timedelta(minutes=9), timedelta(), False)),
        (claim(timedelta(days=3)), (timedelta(days=3) + OVERLAP, timedelta(days=3) - LONGEST_WINDOW, False)),
        (claim(timedelta(days=30)), (FURTHEST, FURTHEST - LONGEST_WINDOW, False)),
        (claim(timedelta(), begun=timedelta()), (timedelta(), timedelta(), False)),
    ],
)
def test_windows_overlap_catch_up_and_end(asked: Claim, wanted: tuple[timedelta, timedelta, bool]) -> None:
    since, until, deep = window(asked)

    assert (NOW - since, NOW - until, deep) == wanted


@pytest.mark.parametrize(("halvings", "part"), [(0, 1), (1, 2), (6, 64), (99, 64)])
def test_each_halving_halves_the_window_and_lets_it_look_back_no_more(halvings: int, part: int) -> None:
    asked = Claim(NOW - timedelta(days=99), NOW - timedelta(days=3), NOW - 2 * HOUR, NOW, halvings=halvings)
    since, until, deep = window(asked)

    assert until - asked.read_until == LONGEST_WINDOW / part
    assert (asked.read_until - since, deep) == ((OVERLAP, False) if halvings else (DEEP, True))


TOO_MUCH, REFUSED, BUSY = Trouble("HTTP 504"), Trouble("HTTP 401", refused=True), Trouble("HTTP 429", pause=60.0)


@pytest.mark.parametrize(
    ("error", "read", "faults", "wanted"),
    [
        (TOO_MUCH, timedelta(days=2), 0, (3, 3)),
        (TOO_MUCH, timedelta(days=2), 1, (3, 1)),
        (TOO_MUCH, HOUR, 0, (3, 3)),
        (REFUSED, timedelta(days=2), 0, (2, 1)),
        (BUSY, timedelta(days=2), 0, (2, 1)),
    ],
)
def test_only_what_may_have_been_too_much_is_asked_for_in_parts(
    error: Trouble, read: timedelta, faults: int, wanted: tuple[int, int]
) -> None:
    asked = Claim(NOW - timedelta(days=99), NOW - read, NOW, NOW, faults, halvings=2, least_halvings=1)

    assert after_fault(asked, error) == wanted
    assert after_good(asked, behind=True) == (1, 1)
    assert after_good(asked, behind=False) == (0, 0)


@given(
    limit=st.integers(60, 48 * 60).map(lambda minutes: timedelta(minutes=minutes)),
    behind=st.integers(1, 7 * 24).map(lambda hours: timedelta(hours=hours)),
    outage=st.integers(0, 9),
)
def test_catching_up_never_goes_back_and_forth(limit: timedelta, behind: timedelta, outage: int) -> None:
    """A provider that was away for some readings and then tells at most so much at a go: each width fails once."""
    asked = Claim(NOW - timedelta(days=99), NOW - behind, NOW - behind, NOW)
    told: list[bool] = []
    for reading in range(1000):
        since, until, deep = window(asked)
        deep_at = NOW if deep else asked.deep_at
        told.append(reading >= outage and until - since <= limit)
        if told[-1]:
            width = after_good(asked, behind=until < NOW)
            asked = Claim(asked.begun_at, until, deep_at, NOW, 0, *width)
            if until == NOW:
                break
        else:
            width = after_fault(asked, TOO_MUCH)
            asked = Claim(asked.begun_at, asked.read_until, deep_at, NOW, asked.faults + 1, *width)

    assert asked.read_until == NOW
    assert (asked.faults, asked.halvings, asked.least_halvings) == (0, 0, 0)
    changes = sum(one and not other for one, other in itertools.pairwise(told))
    assert changes <= 2
