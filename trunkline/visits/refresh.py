"""Reads people's calendars as they come due: what was good stays until there is better, and who is read badly rings."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from redis.asyncio import Redis

from trunkline.alarms.alarm import Severity, clear_alarm, raise_alarm
from trunkline.crypto import SecretBox, WrongKey
from trunkline.db.types import Pool
from trunkline.log import get_logger
from trunkline.outbox.wake import OUTBOX_WAKE, wake
from trunkline.visits.child import Task, work_out
from trunkline.visits.feeds import alarm_key, opened
from trunkline.visits.fetch import Fetcher, Known
from trunkline.visits.problem import ALARMS, PASSING, Problem, Unreadable
from trunkline.visits.rules import SQL, read_rules
from trunkline.visits.slots import Span
from trunkline.visits.working import zone_of_plan

EVERY: Final = timedelta(minutes=10)
_LOCKED_OUT: Final = timedelta(hours=1)
"""After a refused password: servers shut out who tries it often."""
_AHEAD: Final = timedelta(days=2)
"""Worked out beyond what is asked, so that an unchanged calendar need not be read again for a while."""
_AT_ONCE: Final = 4
_LONGEST_SECONDS: Final = 90
_A_TURN: Final = 40
_BEFORE_ALARM: Final = 3

_log = get_logger(__name__)


def usual_clock() -> datetime:
    """Now."""
    return datetime.now(UTC)


class Refresher:
    """Reads what is due; one of several machines at a time reads a calendar."""

    def __init__(
        self,
        pool: Pool,
        redis: Redis | None,
        box: SecretBox,
        fetcher: Fetcher,
        clock: Callable[[], datetime] = usual_clock,
    ) -> None:
        self._pool = pool
        self._redis = redis
        self._box = box
        self._fetcher = fetcher
        self._clock = clock
        self._room = asyncio.Semaphore(_AT_ONCE)

    async def refresh(self) -> int:
        """Read every calendar that is due; how many those were."""
        done = 0
        while rows := await self._claim():
            async with asyncio.TaskGroup() as group:
                for row in rows:
                    group.create_task(self._one(row))
            done += len(rows)
        await wake(self._redis, OUTBOX_WAKE)
        return done

    async def _claim(self) -> list[Any]:
        now = self._clock()
        return await self._pool.fetch(SQL["claim_feeds"], now, now + EVERY, _A_TURN)

    async def _one(self, row: Any) -> None:
        async with self._room:
            try:
                async with asyncio.timeout(_LONGEST_SECONDS):
                    await self._read(row)
            except Unreadable as error:
                await self._failed(row, error)
            except TimeoutError:
                await self._failed(row, Unreadable(Problem.SLOW))
            except Exception:  # one calendar must not keep the others from being read
                _log.exception("calendar_broke", person=str(row["person_id"]))
                with suppress(Exception):  # the database may be what is broken
                    await self._failed(row, Unreadable(Problem.SERVER))

    async def _read(self, row: Any) -> None:
        now = self._clock()
        async with self._pool.acquire() as connection:
            days = timedelta(days=(await read_rules(connection)).days)
            zone = await zone_of_plan(connection)
        try:
            access = opened(self._box, row["access"])
        except WrongKey as error:
            raise Unreadable(Problem.KEY) from error
        within = Span(now - timedelta(days=1), now + days + _AHEAD)
        covered = row["covers_until"] is not None and row["covers_until"] >= now + days
        fetched = await self._fetcher.fetch(access, Known(row["etag"], row["modified"]) if covered else Known(), within)
        if fetched.body is None and not covered:  # nobody asked whether it is the same
            raise Unreadable(Problem.REFUSED)
        busy = None
        if fetched.body is not None:
            busy = await work_out(Task(access.kind, fetched.body, within, zone.key, row["email"]))
        await self._keep(row, now, fetched.known, busy, within)

    async def _keep(self, row: Any, now: datetime, known: Known, busy: list[Span] | None, within: Span) -> None:
        person = row["person_id"]
        async with self._pool.acquire() as connection, connection.transaction():
            if await connection.fetchrow(SQL["hold_feed"], person, row["version"]) is None:
                return  # another calendar was entered meanwhile
            if busy is not None:
                await connection.execute(SQL["forget_busy"], person)
                columns = [one.starts for one in busy], [one.ends for one in busy]
                await connection.execute(SQL["keep_busy"], person, *columns)
            until = within.ends if busy is not None else None
            await connection.execute(SQL["good_feed"], person, now, known.etag, known.modified, until)
            await clear_alarm(connection, alarm_key(person))

    async def _failed(self, row: Any, error: Unreadable) -> None:
        person, problem = row["person_id"], error.problem
        _log.warning("calendar_unread", person=str(person), problem=problem.value)
        pause = max(error.after or EVERY, _LOCKED_OUT if problem is Problem.PASSWORD else EVERY)
        async with self._pool.acquire() as connection, connection.transaction():
            if await connection.fetchrow(SQL["hold_feed"], person, row["version"]) is None:
                return
            await connection.execute(SQL["bad_feed"], person, problem.value, self._clock() + pause)
            if problem not in PASSING or row["fails"] + 1 >= _BEFORE_ALARM:
                facts = {"person": row["name"]}
                await raise_alarm(connection, alarm_key(person), Severity.WARNING, ALARMS[problem], facts)
