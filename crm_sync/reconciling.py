"""Compares calls with what a CRM has of them, by night and when asked; what is missing is told again, once."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NoReturn
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from redis.asyncio import Redis

from crm_sync.answer import CrmRefused, Later, Strange
from crm_sync.connector import Connector
from crm_sync.port import Source
from crm_sync.reconciliation import KEPT, Compared, Found, Ours, Report, compare
from crm_sync.store import SQL as CONNECTORS
from crm_sync.store import list_connectors
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection, Pool
from trunkline.ids import lowest_id
from trunkline.log import get_logger
from trunkline.outbox.append import append_many
from trunkline.outbox.wake import OUTBOX_WAKE, wake
from trunkline.writer import DATABASE_TROUBLE

log = get_logger(__name__)

SQL: Final = load_queries("crm_sync", "reconciling.sql")
_HOUR: Final = 3
_SECONDS: Final = 600.0
_SETTLED: Final = timedelta(hours=1)
"""Calls that began later may still be told, or counted there."""
_OVERLAP: Final = timedelta(minutes=15)
_FIRST: Final = timedelta(hours=36)
_LONGEST: Final = timedelta(days=31)
_AROUND: Final = timedelta(hours=1)
"""A call's begin is rounded there, and our id of it may be a little older than its first ring."""
_MOST_NAMED: Final = 1000
"""In 40 requests."""
_KEPT_DAYS: Final = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Reconciling:
    """Of all CRMs of the kinds in `sources`; `zone` is where it is night, `clock` gives Unix seconds.

    `most_named` calls are asked for by name; whoever tells one of the others again asks by itself.
    """

    pool: Pool
    redis: Redis | None
    sources: Mapping[str, Source]
    zone: ZoneInfo
    clock: Callable[[], float] = time.time
    most_named: int = _MOST_NAMED

    async def run(self) -> NoReturn:
        """For ever, a night after the other."""
        while True:
            try:
                await self.one_round()
            except DATABASE_TROUBLE as error:
                log.warning("crm_reconciling_waits", error=str(error) or type(error).__name__)
            await asyncio.sleep(_SECONDS)

    async def one_round(self) -> None:
        """Those whose night it is. One that does not tell is asked again in ten minutes.

        Where a process is killed meanwhile the next night begins where the last comparison ended.
        """
        now = self._now()
        night = now.astimezone(self.zone).replace(hour=_HOUR, minute=0, second=0, microsecond=0)
        if now < night:
            night -= timedelta(days=1)
        async with self.pool.acquire() as connection:
            found = await list_connectors(connection)
        for known in found:
            if known.kind not in self.sources or not known.is_connected or known.by_webhook:
                continue
            if await self.pool.fetchval(SQL["take_night"], known.id, night, now) is None:
                continue
            try:
                await self.reconcile(known)
            except (CrmRefused, Later, Strange) as error:
                log.warning("crm_not_reconciled", connector=known.name, error=str(error))
                await self.pool.execute(SQL["give_night_back"], known.id, now)
        await self.pool.execute(SQL["prune"], now - _KEPT_DAYS)

    async def reconcile(self, known: Connector, since: datetime | None = None) -> Report:
        """From `since`, at most a month ago, else from where the last one ended. Raises CrmRefused, Later, Strange."""
        now = self._now()
        until = now - _SETTLED
        if since is None:
            last = await self.pool.fetchval(SQL["compared_until"], known.id)
            since = last - _OVERLAP if last else now - _FIRST
        since = min(max(since, now - _LONGEST), until)
        rows = await self.pool.fetch(
            SQL[f"to_compare_{known.kind}"], known.id, since, until, lowest_id(since - _AROUND)
        )
        ours = [msgspec.convert(dict(row), Ours) for row in rows]
        source = self.sources[known.kind]
        theirs = await source.began_within(known, ours, since - _AROUND, until + _AROUND) if ours else []
        compared = compare(ours, theirs)
        if compared.missing and compared.is_believed:  # seen in no list; asked for by name before it is told again
            asked = set(compared.missing[: self.most_named])
            named = await source.of_calls(known, [one for one in ours if one.call_id in asked])
            # What a call belonged to was deleted with it, by somebody there: that is not fought over.
            compared = compare((one for one in ours if one.call_id not in named.gone), [*theirs, *named.there])
        return await self._kept(known, since, until, compared)

    async def _kept(self, known: Connector, since: datetime, until: datetime, compared: Compared) -> Report:
        """The report, and what is told again, in one transaction."""
        async with self.pool.acquire() as connection, connection.transaction():
            again = compared.missing if compared.is_believed else ()
            retold = await self._retell(connection, known, again)
            counts = (compared.sent, compared.waiting, compared.given_up, len(compared.missing), len(retold))
            found, others = tuple(compared.found[:KEPT]), (compared.duplicates, compared.elsewhere)
            report = Report(self._now(), since, until, *counts, *others, found)
            kept = msgspec.to_builtins(found)
            await connection.execute(SQL["keep"], known.id, report.at, since, until, *counts, *others, kept)
        if retold:
            await wake(self.redis, OUTBOX_WAKE)
        return report

    async def _retell(self, connection: Connection, known: Connector, missing: Sequence[UUID]) -> list[UUID]:
        """Which of them are told again; each is looked for once more when it is its turn."""
        if not missing:
            return []
        rows = await connection.fetch(CONNECTORS["calls_to_tell"], list(missing))
        tellable = {row["call_id"]: dict(row) for row in rows if row["connector_id"] == known.id}
        retold = await connection.fetch(SQL["retell"], known.id, list(tellable), self._now())
        found = [row["call_id"] for row in retold]
        source = self.sources[known.kind]
        await append_many(connection, [source.again(tellable[call]) for call in found])
        return found

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self.clock(), UTC)


async def last_report(connection: Connection, connector: UUID) -> Report | None:
    """The newest."""
    row = await connection.fetchrow(SQL["last"], connector)
    return _report(dict(row)) if row is not None else None


def _report(row: Mapping[str, Any]) -> Report:
    return Report(**{**row, "found": msgspec.convert(row["found"], tuple[Found, ...])})
