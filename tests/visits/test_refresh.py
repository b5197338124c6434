"""People's calendars read from a real server: what becomes of every answer, and where we do not go at all."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from aiohttp import web

from tests.fakes.calendar_server import CalendarServer, event
from tests.people.company import AddPerson
from tests.visits.conftest import ACTOR, MORNING, Refresh, give
from trunkline.crypto import SecretBox
from trunkline.db.types import Pool
from trunkline.errors import InvalidInput
from trunkline.visits import refresh as refreshing
from trunkline.visits.child import Task, work_out
from trunkline.visits.feeds import feed_of, remove_feed
from trunkline.visits.slots import Span

AT_TEN = ("DTSTART:20261105T100000Z", "DTEND:20261105T110000Z")


async def busy(pool: Pool) -> list[str]:
    rows = await pool.fetch("select starts_at, ends_at from busy_spans order by starts_at")
    return [f"{row['starts_at']:%d %H:%M}-{row['ends_at']:%H:%M}" for row in rows]


async def state(pool: Pool) -> dict[str, Any]:
    row = await pool.fetchrow("select problem, fails, good_at, due_at, host from calendar_feeds")
    assert row is not None
    return dict(row)


async def alarms(pool: Pool) -> list[str]:
    rows = await pool.fetch("select title, facts from alarms where cleared_at is null")
    return [row["title"] % row["facts"] for row in rows]


async def test_a_calendar_is_read_and_read_again_when_it_is_due(
    pool: Pool, box: SecretBox, anna: UUID, server: CalendarServer, refresh: Refresh
) -> None:
    server.events = [event("1", *AT_TEN, "SUMMARY:a secret")]
    await give(pool, box, anna, server.url)

    assert await refresh() == 1
    assert await busy(pool) == ["05 10:00-11:00"]
    assert await refresh(MORNING + timedelta(minutes=5)) == 0

    assert await refresh(MORNING + timedelta(minutes=10)) == 1
    assert "If-None-Match" in server.requests[1][1]
    assert await busy(pool) == ["05 10:00-11:00"], "304: what is known stays"
    server.events = [event("1", "DTSTART:20261106T100000Z", "DURATION:PT30M")]
    await refresh(MORNING + timedelta(minutes=20))
    assert await busy(pool) == ["06 10:00-10:30"]
    assert (await state(pool))["good_at"] == MORNING + timedelta(minutes=20)
    await refresh(MORNING + timedelta(days=5))
    assert "If-None-Match" not in server.requests[-1][1], "days came into sight that were not worked out"


async def test_a_caldav_calendar(
    pool: Pool, box: SecretBox, anna: UUID, server: CalendarServer, refresh: Refresh
) -> None:
    server.events, server.login = [event("1", *AT_TEN, "SUMMARY:A & <B>"), event("2", *AT_TEN)], ("anna", "пароль")
    await give(pool, box, anna, server.url, kind="caldav", user="anna", password="пароль")

    await refresh()

    method, headers, body = server.requests[0]
    assert (method, headers["Depth"], b"calendar-query" in body) == ("REPORT", "1", True)
    assert await busy(pool) == ["05 10:00-11:00"]
    assert (await state(pool))["problem"] is None


def status(code: int, **headers: str) -> Any:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(status=code, headers={name.replace("_", "-"): value for name, value in headers.items()})

    return answer


def text(body: bytes, **headers: str) -> Any:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(body=body, headers={name.replace("_", "-"): value for name, value in headers.items()})

    return answer


@pytest.mark.parametrize(
    ("answer", "problem", "rings", "minutes"),
    [
        (status(401), "password", True, 60),
        (status(403), "forbidden", True, 10),
        (status(404), "not_found", True, 10),
        (status(410), "not_found", True, 10),
        (status(405), "refused", True, 10),
        (status(429, Retry_After="7200"), "too_often", False, 120),
        (status(429, Retry_After="99999999999"), "too_often", False, 360),
        (status(503), "server", False, 10),
        (status(302, Location="https://127.0.0.1:1/"), "no_connection", False, 10),
        (status(302, Location="ftp://example.com/"), "moved", True, 10),
        (text(b"<html>sign in"), "no_calendar", True, 10),
        (text(b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n"), "no_calendar", True, 10),
        (text(b"\x1f\x8b", Content_Encoding="gzip"), "no_calendar", True, 10),
    ],
)
async def test_what_was_good_stays_when_it_cannot_be_read(
    pool: Pool,
    box: SecretBox,
    anna: UUID,
    server: CalendarServer,
    refresh: Refresh,
    answer: Any,
    problem: str,
    rings: bool,
    minutes: int,
) -> None:
    server.events = [event("1", *AT_TEN)]
    await give(pool, box, anna, server.url)
    await refresh()
    server.answers = [answer]

    await refresh(later := MORNING + timedelta(minutes=10))

    after = await state(pool)
    assert (after["problem"], after["good_at"]) == (problem, MORNING)
    assert after["due_at"] == later + timedelta(minutes=minutes)
    assert await busy(pool) == ["05 10:00-11:00"]
    told = await alarms(pool)
    assert bool(told) is rings
    assert all("Анна" in one and "secret" not in one for one in told)

    await refresh(later + timedelta(hours=7))
    assert ((await state(pool))["problem"], await alarms(pool)) == (None, [])


async def test_an_answer_that_is_slow_or_endless(
    pool: Pool, box: SecretBox, anna: UUID, server: CalendarServer, refresh: Refresh
) -> None:
    await give(pool, box, anna, server.url)
    server.answers = [server.huge, server.slowly]

    await refresh()
    assert (await state(pool))["problem"] == "too_large"
    await refresh(MORNING + timedelta(minutes=10), seconds=0.2)
    assert (await state(pool))["problem"] == "slow"


async def test_a_calendar_that_would_cost_hours_is_given_up(
    pool: Pool, box: SecretBox, anna: UUID, server: CalendarServer, refresh: Refresh, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trunkline.visits.child.work_out.__defaults__", (2.0,))
    server.events = [
        event(str(place), "DTSTART:20200101T000000Z", "DURATION:PT1S", "RRULE:FREQ=SECONDLY") for place in range(5)
    ]
    await give(pool, box, anna, server.url)

    await refresh()

    assert (await state(pool))["problem"] == "too_much_work"


async def test_one_that_breaks_keeps_no_other_from_being_read(
    pool: Pool,
    box: SecretBox,
    anna: UUID,
    add_person: AddPerson,
    server: CalendarServer,
    refresh: Refresh,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def breaks(task: Task) -> list[Span]:
        if task.email == "anna@example.com":
            raise RuntimeError("nobody thought of this")
        return await work_out(task)

    monkeypatch.setattr(refreshing, "work_out", breaks)
    server.events = [event("1", *AT_TEN)]
    boris = await add_person("boris")
    for person in (anna, boris):
        await give(pool, box, person, server.url)

    assert await refresh() == 2

    rows = await pool.fetch("select person_id, problem, fails, good_at is null as never from calendar_feeds")
    assert {row["person_id"]: (row["problem"], row["fails"], row["never"]) for row in rows} == {
        anna: ("server", 1, True),
        boris: (None, 0, False),
    }
    assert await busy(pool) == ["05 10:00-11:00"]


async def test_what_lasts_rings_at_the_third_time(
    pool: Pool, box: SecretBox, anna: UUID, server: CalendarServer, refresh: Refresh
) -> None:
    await give(pool, box, anna, server.url)
    server.answers = [status(503)] * 3
    rang = []
    for turn in range(3):
        await refresh(MORNING + turn * timedelta(minutes=10))
        rang.append(len(await alarms(pool)))

    assert rang == [0, 0, 1]
    async with pool.acquire() as connection, connection.transaction():
        assert await remove_feed(connection, anna, ACTOR, MORNING)
    assert await alarms(pool) == []


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9/x.ics",
        "http://localhost:9/x.ics",
        "http://[::1]:9/x.ics",
        "http://93.184.216.34/x.ics",
        "https://127.0.0.1:9/x.ics",
        "https://10.0.0.1/x.ics",
        "https://169.254.169.254/latest/meta-data",
        "https://[::ffff:10.0.0.1]/x.ics",
    ],
)
async def test_private_addresses_and_plain_http_are_off_limits(
    pool: Pool, box: SecretBox, anna: UUID, refresh: Refresh, url: str
) -> None:
    await give(pool, box, anna, url)

    await refresh(allowed=())

    assert (await state(pool))["problem"] == "private"


async def test_a_redirect_leads_to_no_private_address_and_takes_no_password(
    pool: Pool, box: SecretBox, anna: UUID, server: CalendarServer, refresh: Refresh
) -> None:
    server.events = [event("1", *AT_TEN)]
    port = server.url.rpartition(":")[2].partition("/")[0]
    server.answers = [status(302, Location=f"http://127.0.0.2:{port}/other"), status(301, Location="http://10.9.8.7/")]
    await give(pool, box, anna, server.url, user="anna", password="x")

    await refresh(allowed=("127.0.0.1/32",))
    assert (await state(pool))["problem"] == "private"
    assert len(server.requests) == 1

    server.answers = [status(302, Location="/moved?here"), status(301, Location=f"http://localhost:{port}/other")]
    await refresh(MORNING + timedelta(minutes=10), allowed=("127.0.0.0/8", "::1/128"))
    assert [("Authorization" in headers) for _method, headers, _body in server.requests[1:]] == [True, True, False]
    assert await busy(pool) == ["05 10:00-11:00"]


async def test_an_answer_for_a_calendar_that_was_changed_meanwhile_is_dropped(
    pool: Pool, box: SecretBox, anna: UUID, server: CalendarServer, refresh: Refresh
) -> None:
    async def changed(request: web.Request) -> web.StreamResponse:
        await give(pool, box, anna, "https://other.example.com/x.ics", at=MORNING + timedelta(hours=1))
        return web.Response(text=server.calendar(event("1", *AT_TEN)))

    await give(pool, box, anna, server.url)
    server.answers = [changed]
    await refresh()

    assert await busy(pool) == []
    assert ((await state(pool))["host"], (await state(pool))["good_at"]) == ("other.example.com", None)


async def test_another_key_is_told_and_nothing_is_in_the_clear(
    pool: Pool, box: SecretBox, anna: UUID, server: CalendarServer, refresh: Refresh
) -> None:
    await give(pool, box, anna, server.url, user="anna", password="hidden")
    row = await pool.fetchrow("select * from calendar_feeds")
    audit = await pool.fetch("select after::text from audit")
    assert all(secret not in f"{row}{audit}" for secret in ("hidden", "private=secret"))

    await give(pool, SecretBox(bytes(32)), anna, server.url)
    await refresh()
    assert (await state(pool))["problem"] == "key"
    async with pool.acquire() as connection:
        feed = await feed_of(connection, box, anna)
    assert feed is not None
    assert not feed.has_password


async def test_a_kept_password_goes_to_the_same_server_only(
    pool: Pool, box: SecretBox, anna: UUID, server: CalendarServer, refresh: Refresh
) -> None:
    await give(pool, box, anna, server.url, user="anna", password="hidden")
    await give(pool, box, anna, server.url + "&other", user="anna")
    async with pool.acquire() as connection:
        kept = await feed_of(connection, box, anna)
    await give(pool, box, anna, "https://thief.example.com/", user="anna")
    async with pool.acquire() as connection:
        elsewhere = await feed_of(connection, box, anna)

    assert kept is not None
    assert elsewhere is not None
    assert (kept.has_password, elsewhere.has_password) == (True, False)


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"kind": "imap"}, "kind"),
        ({"url": ""}, "url"),
        ({"url": "ftp://example.com/x"}, "url"),
        ({"url": "https://anna:x@example.com/x"}, "url"),
        ({"url": "https://example.com:99999/x"}, "url"),
        ({"url": "https://[::1/x"}, "url"),
        ({"url": "https://example.com/" + "x" * 2000}, "url"),
        ({"url": "https://example.com/\r\nX: y"}, "url"),
        ({"user": "a:b"}, "user"),
        ({"user": "x" * 201}, "user"),
        ({"password": "x\r\ny"}, "password"),
    ],
)
async def test_a_mistake_names_its_field(
    pool: Pool, box: SecretBox, anna: UUID, sent: dict[str, str], field: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        await give(pool, box, anna, **({"url": "https://example.com/x.ics"} | sent))  # type: ignore[arg-type]

    assert [one.path for one in caught.value.mistakes] == [field]


async def test_whose_calendar_is_not_due_or_who_left_is_not_read(
    pool: Pool, box: SecretBox, anna: UUID, server: CalendarServer, refresh: Refresh
) -> None:
    await give(pool, box, anna, server.url, at=datetime(2026, 11, 6, tzinfo=UTC))
    assert await refresh() == 0
    await pool.execute("update people set active = false where id = $1", anna)
    assert await refresh(datetime(2026, 11, 7, tzinfo=UTC)) == 0
