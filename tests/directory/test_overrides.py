"""Overrides of the calendar: what is refused, and what the directory and the audit log learn of the others."""

import asyncio
from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest

from trunkline.db.types import Pool
from trunkline.directory.head import read_head
from trunkline.directory.override_store import add_override, overrides_from, overrides_of_days, remove_override
from trunkline.directory.overrides import OverrideBody, checked
from trunkline.directory.values import OverrideBrief, OverrideKind
from trunkline.errors import InvalidInput, NotFound
from trunkline.ids import uuid7
from trunkline.lines.silence import working_days
from trunkline.people.audit import Actor

TODAY = date(2026, 8, 6)
CLOSED = {"first": "2026-08-07", "kind": "closed", "reason": "Учёт"}
ACTOR = Actor(None, "Анна", "test")


def body(**changed: Any) -> OverrideBody:
    return msgspec.convert(CLOSED | changed, OverrideBody)


@pytest.mark.parametrize(
    ("changed", "paths"),
    [
        ({"branch": "omsk"}, ["branch"]),
        ({"last": "2026-08-06"}, ["last"]),
        ({"first": "2026-08-05"}, ["first"]),
        ({"last": "2027-08-08"}, ["last"]),
        ({"first": "2036-08-06"}, ["first"]),
        ({"reason": "  "}, ["reason"]),
        ({"reason": "x" * 201}, ["reason"]),
        ({"reason": "a\x00b"}, ["reason"]),
        ({"kind": "short"}, ["until"]),
        ({"kind": "short", "until": "25:00"}, ["until"]),
        ({"kind": "short", "until": "00:00"}, ["until"]),
        ({"until": "15:00"}, ["until"]),
        ({"kind": "short", "until": "15:00", "hours": ["09:00-10:00"]}, ["hours"]),
        ({"kind": "open"}, ["hours"]),
        ({"kind": "open", "hours": ["18:00-09:00"]}, ["hours"]),
        ({"kind": "open", "hours": ["09:00-13:00", "12:00-14:00"]}, ["hours"]),
        ({"branch": "x", "kind": "open", "reason": ""}, ["branch", "hours", "reason"]),
    ],
)
def test_what_is_wrong_is_named(changed: dict[str, Any], paths: list[str]) -> None:
    with pytest.raises(InvalidInput) as caught:
        checked(body(**changed), ["almaty"], TODAY)
    assert [mistake.path for mistake in caught.value.mistakes] == paths


def test_what_goes_on_today_may_still_be_said() -> None:
    kept = checked(
        body(first="2026-08-01", last="2026-08-06", branch="almaty", reason=" На  учёте "), ["almaty"], TODAY
    )
    assert (kept.last, kept.reason) == (TODAY, "На учёте")
    assert checked(body(), [], TODAY).last == date(2026, 8, 7)


async def test_the_directory_follows_and_the_log_tells(pool: Pool) -> None:
    now = datetime.now(UTC)
    today = now.date()
    async with pool.acquire() as connection:
        before = await connection.fetchval("select count(*) from directory_changes where kind = 'head'")
        async with connection.transaction():
            kept = checked(body(first=today, branch=""), [], today)
            stored = await add_override(connection, kept, ACTOR, now)
        head = await read_head(connection)
        assert head.overrides == (OverrideBrief("", today, today, OverrideKind.CLOSED),)
        assert not working_days(head)(today)
        assert await overrides_from(connection, today) == [stored]
        assert await overrides_of_days(connection, date(today.year - 1, 1, 1), date(today.year - 1, 12, 31)) == []

        async with connection.transaction():
            await remove_override(connection, stored.id, ACTOR, now)
        assert (await read_head(connection)).overrides == ()
        after = await connection.fetchval("select count(*) from directory_changes where kind = 'head'")
        assert after >= before + 2, "each of them wakes who keeps the directory"
        deeds = await connection.fetch("select action, object_id, before, after from audit order by id")
        with pytest.raises(NotFound):
            await remove_override(connection, stored.id, ACTOR, now)
    said = {"first": str(today), "last": str(today), "kind": "closed", "reason": "Учёт"}
    assert [tuple(deed) for deed in deeds] == [
        ("calendar.overridden", f"company {today}", None, said),
        ("calendar.override_removed", f"company {today}", said, None),
    ]


async def test_of_two_at_once_for_one_day_one_is_refused(pool: Pool) -> None:
    now = datetime.now(UTC)

    async def add(branch: str) -> str:
        try:
            async with pool.acquire() as connection, connection.transaction():
                kept = checked(body(first=now.date(), branch=branch), ["almaty"], now.date())
                await add_override(connection, kept, ACTOR, now)
        except InvalidInput as error:
            return str(error)
        return ""

    told = sorted(await asyncio.gather(add(""), add(""), add("almaty")))
    assert told[:2] == ["", ""]
    assert "has an override from" in told[2]
    assert await pool.fetchval("select count(*) from calendar_overrides") == 2


@pytest.mark.parametrize(
    "values",
    [
        "'', '2026-08-06', '2026-08-05', 'closed', '', '{}'",
        "'', '2026-08-06', '2027-08-07', 'closed', '', '{}'",
        "'', '2026-08-06', '2026-08-06', 'short', '', '{}'",
        "'', '2026-08-06', '2026-08-06', 'short', '15:60', '{}'",
        "'', '2026-08-06', '2026-08-06', 'open', '', '{}'",
        "'', '2026-08-06', '2026-08-06', 'open', '', '{9-18}'",
    ],
)
async def test_the_table_holds_nothing_a_clock_cannot_read(pool: Pool, values: str) -> None:
    with pytest.raises(Exception, match="check"):
        await pool.execute(
            "insert into calendar_overrides (id, branch, first, last, kind, until, hours, reason, author, created_at) "
            f"values ($1, {values}, 'r', 'a', now())",
            uuid7(0.0),
        )
