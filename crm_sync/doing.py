"""The task of the worker that does what CRMs ask for: each event once, in a transaction of its own."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, NoReturn

import asyncpg
from redis.asyncio import Redis

from crm_sync.bitrix24.clicks import FAULT
from crm_sync.bitrix24.events import click_of
from crm_sync.bitrix24.people import read_people
from crm_sync.bitrix24.portal import Portals, Refused
from crm_sync.calling_back import HOURLY, call_back
from crm_sync.clicking import Became, click, decline, end_clicks
from crm_sync.heard import EVENTS_WAKE, SQL
from crm_sync.store import SQL as CONNECTORS
from crm_sync.store import find_connector
from trunkline.crypto import SecretBox
from trunkline.db.types import Connection, Pool
from trunkline.dialing.wake import DIALS_WAKE
from trunkline.errors import NotFound
from trunkline.log import get_logger
from trunkline.outbox.wake import OUTBOX_WAKE, Alarm, listen, wake
from trunkline.web.i18n import Reader, Translations, reading
from trunkline.writer import DATABASE_TROUBLE

log = get_logger(__name__)

_KEPT: Final = timedelta(days=30)
_UPKEEP_SECONDS: Final = 3600.0
_PEOPLE_SECONDS: Final = 10.0
"""So long whoever is not known yet waits for the CRM to tell who he is; others behind him wait as long."""
_PEOPLE_AGE: Final = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Doing:
    """What it is done with; `zone_of` is the zone a number's people live in, `reader` the company's language."""

    pool: Pool
    redis: Redis | None
    portals: Portals
    zone_of: Callable[[str], str]
    reader: Reader
    translations: Translations
    box: SecretBox
    hourly: int = HOURLY
    """Callbacks that forms of one CRM may ask for in an hour."""

    async def run(self) -> NoReturn:
        """For ever: woken by what comes in, and by the poll."""
        alarm = Alarm()
        async with asyncio.TaskGroup() as group:
            if self.redis is not None:
                group.create_task(listen(self.redis, {EVENTS_WAKE: [alarm]}))
            while True:
                try:
                    await self.one_round(datetime.now(UTC))
                except DATABASE_TROUBLE as error:
                    log.warning("crm_events_wait", error=str(error) or type(error).__name__)
                await alarm.wait()

    async def one_round(self, now: datetime) -> None:
        """All that waits, and the ends of dials that are over."""
        await self._get_to_know(now)
        with reading(self.reader, self.translations):
            while await self._one(now):
                await wake(self.redis, DIALS_WAKE, OUTBOX_WAKE)
        async with self.pool.acquire() as connection, connection.transaction():
            with reading(self.reader, self.translations):
                ended = await end_clicks(connection)
        if ended:
            await wake(self.redis, OUTBOX_WAKE)

    async def keep_up(self) -> NoReturn:
        """Forget, each hour, what was done long ago."""
        while True:
            try:
                await self.pool.execute(SQL["prune_events"], datetime.now(UTC) - _KEPT)
            except DATABASE_TROUBLE as error:
                log.warning("crm_events_not_pruned", error=str(error) or type(error).__name__)
            await asyncio.sleep(_UPKEEP_SECONDS)

    async def _one(self, now: datetime) -> bool:
        """The oldest that nobody does; False when there is none."""
        async with self.pool.acquire() as connection, connection.transaction():
            row = await connection.fetchrow(SQL["next_event"])
            if row is None:
                return False
            became = await self._done(connection, row, now)
            await connection.execute(SQL["event_became"], row["connector_id"], row["key"], *became)
        return True

    async def _done(self, connection: Connection, row: asyncpg.Record, now: datetime) -> Became:
        """A fault of ours costs what was asked for, never what comes behind it."""
        try:
            async with connection.transaction():
                if row["kind"] == "click":
                    return await click(connection, row, now, self.box)
                return await call_back(connection, row, now, self.box, self.zone_of, self.hourly)
        except DATABASE_TROUBLE:
            raise  # it is tried again
        except Exception:
            log.exception("crm_event_not_done", connector=row["name"], kind=row["kind"])
        asked = click_of(row["said"]) if row["kind"] == "click" else None
        if asked is not None:
            await decline(connection, row, asked, FAULT)
        return Became("over", FAULT)

    async def _get_to_know(self, now: datetime) -> None:
        """Whoever clicked and is not known may have come since the CRM's people were last read."""
        for row in await self.pool.fetch(SQL["strangers"], now - _PEOPLE_AGE):
            try:
                async with self.pool.acquire() as connection:
                    known = await find_connector(connection, row["id"])
                async with asyncio.timeout(_PEOPLE_SECONDS):
                    await read_people(self.pool, self.portals.ask, known, self.portals.clock)
            except (NotFound, Refused, TimeoutError) as error:
                log.warning("crm_people_not_read", connector=str(row["id"]), error=str(error) or type(error).__name__)
                await self.pool.execute(CONNECTORS["users_read"], row["id"], now)
