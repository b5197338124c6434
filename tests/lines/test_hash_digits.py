"""An upgrade takes the digit # from the notices that stand on it, and says so."""

import os
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest

from trunkline.alarms.alarm import Severity, raise_alarm
from trunkline.calls.notice_alarms import DIGIT_GONE
from trunkline.db import migrate as migrating
from trunkline.db.pool import open_pool
from trunkline.db.types import Pool
from trunkline.ids import uuid7
from trunkline.lines.notice_store import notices_of, set_notice
from trunkline.pbx.notice import Notice, NoticeWhen, Way
from trunkline.people.audit import Actor

_FIRST = "0321"
_KEY = "notice.digit:out:+74951234567"
_TOLD = """
insert into alarm_recipients (id, email, language, min_severity) values
    (gen_random_uuid(), 'duty@example.com', 'ru', 'warning'),
    (gen_random_uuid(), 'chief@example.com', 'en', 'critical');
insert into webhook_endpoints (id, name, url, secret, events) values
    (gen_random_uuid(), 'all', 'https://example.com/a', '', '{*}'),
    (gen_random_uuid(), 'some', 'https://example.com/b', '', '{call.ended,alarm.raised}'),
    (gen_random_uuid(), 'calls', 'https://example.com/c', '', '{call.ended}');
"""


@pytest.fixture
async def older(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Pool]:
    """A database as it was before."""
    name = f"hash_{os.getpid()}"
    admin = await asyncpg.connect(postgres_url)
    await admin.execute(f"create database {name}")
    head, _, query = postgres_url.partition("?")
    async with open_pool(f"{head.rsplit('/', 1)[0]}/{name}" + (f"?{query}" if query else "")) as pool:
        before = [one for one in migrating.migrations() if one.name < _FIRST]
        with monkeypatch.context() as patch:
            patch.setattr(migrating, "migrations", lambda: before)
            async with pool.acquire() as connection:
                await migrating.migrate(connection)
        yield pool
    await admin.execute(f"drop database {name} with (force)")
    await admin.close()


async def test_what_stands_on_it_refuses_by_no_digit(older: Pool) -> None:
    line = uuid7(time.time())
    await older.execute("insert into lines (id, number) values ($1, '+74951234567')", line)
    add = """insert into line_notices (line_id, way, version, "when", sound, seconds, digit)
        values ($1, $2, $3, 'after_answer', 'rec', 2, $4)"""
    # Calls to it cannot have one in the talk itself: those are played before anybody is rung.
    before = add.replace("after_answer", "before_ring")
    for way, version, digit in (("in", 1, "#"), ("in", 2, "9")):
        await older.execute(before, line, way, version, digit)
    for version, digit in ((1, "9"), (2, "#")):
        await older.execute(add, line, "out", version, digit)

    await older.execute(_TOLD)

    async with older.acquire() as connection:
        assert any(name.startswith(_FIRST) for name in await migrating.migrate(connection))
        found = await notices_of(connection, line)
    assert {way: (one.version, one.digit, one.sound) for way, one in found.items()} == {
        Way.IN: (2, "9", "rec"),
        Way.OUT: (3, "", "rec"),
    }
    assert await older.fetchval("select digit from line_notices where way = 'out' and version = 2") == "#"
    (logged,) = await older.fetch("select object_id, after from audit where action = 'line.notice_changed'")
    assert (logged["object_id"], logged["after"]["version"]) == (str(line), 3)
    (alarm,) = await older.fetch("select key, title, facts, cleared_at from alarms")
    assert (alarm["key"], alarm["title"]) == (_KEY, DIGIT_GONE)
    assert alarm["facts"] == {"line": "+74951234567"}
    await _is_told_as_every_alarm(older)
    with pytest.raises(asyncpg.CheckViolationError):
        await older.execute(add, line, "out", 4, "#")

    anew = Notice(Way.OUT, 0, NoticeWhen.AFTER_ANSWER, "rec", 2, "0")
    async with older.acquire() as connection, connection.transaction():
        await set_notice(connection, line, anew, Actor(None, "test", "test"), datetime.now(UTC))
    assert await older.fetchval("select cleared_at is not null from alarms where key = $1", _KEY)


async def _is_told_as_every_alarm(pool: Pool) -> None:
    """By mail and to programs, with the same words as one that is raised now."""
    sent = await pool.fetch("select stream, kind, idem, payload from outbox order by kind, stream")
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("delete from outbox")
        await raise_alarm(connection, "other", Severity.WARNING, DIGIT_GONE, {"line": "+74951234567"})
    now = await pool.fetch("select stream, kind, idem, payload from outbox order by kind, stream")
    assert len(sent) == 3
    known, new = [await pool.fetchval("select id::text from alarms where key = $1", key) for key in (_KEY, "other")]
    for was, other in zip(sent, now, strict=True):
        assert [was[name] for name in ("stream", "kind", "idem")] == [
            other[name].replace(new, known) for name in ("stream", "kind", "idem")
        ]
        assert _shape(was["payload"]) == _shape(other["payload"])
    assert await pool.fetchval("select count(*) from outbox_streams") == 5  # a webhook has one a subject


def _shape(payload: dict[str, Any]) -> dict[str, Any]:
    """What it tells, less what differs from alarm to alarm; its times are times."""
    whole = {**payload, **payload.get("data", {})}
    for name in ("at", "raised_at"):
        assert datetime.fromisoformat(whole[name]).tzinfo is not None
    return {name: None if name in {"alarm", "key", "at", "raised_at", "data"} else told for name, told in whole.items()}
