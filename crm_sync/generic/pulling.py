"""Fetches the records of home-made CRMs whose mappings say from where: what changed every few minutes, all each day.

A place is moved in the transaction of the page it covers, and only from where it was: two readers, or one that was
killed, leave nothing out; a page that is read twice changes nothing.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, NoReturn
from zoneinfo import ZoneInfo

import msgspec

from crm_sync.connector import Connector
from crm_sync.generic.fetching import fetch, unreadable
from crm_sync.generic.gone import remove_gone
from crm_sync.generic.paging import first_page, next_page
from crm_sync.generic.payload import Unreadable, rows_of
from crm_sync.generic.reading import Entity, Pull
from crm_sync.generic.receiver import Receivers, Refused
from crm_sync.generic.store import SQL, mapping_of
from crm_sync.generic.taking import Taken, take
from crm_sync.mirrors import SQL as MIRRORS
from crm_sync.store import list_connectors
from trunkline.db.types import Connection
from trunkline.errors import InvalidInput, TrunklineError
from trunkline.log import get_logger
from trunkline.outbox.classify import ErrorClass, classify
from trunkline.outbox.event import Fault
from trunkline.writer import DATABASE_TROUBLE

log = get_logger(__name__)

_SECONDS: Final = 60.0
_EVERY: Final = timedelta(minutes=5)
_WHOLE: Final = timedelta(days=1)
_OVERLAP: Final = timedelta(minutes=2)
"""What is being written there is not shown yet."""
_TURN: Final = timedelta(minutes=15)
_PAGE_SECONDS: Final = 0.5
"""Between two pages: two questions a second at the most."""
_PAGES: Final = 200
"""Of one entity in a turn: others have theirs, and a list whose pages never end is found."""
_NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Place(msgspec.Struct, frozen=True):
    """A row of crm_pulls."""

    entity: str
    since: datetime | None = None
    next: str = ""
    began_at: datetime | None = None
    whole: bool = False
    swept_at: datetime | None = None
    read: int = 0
    refused: int = 0
    gone: int = 0
    trouble: str = ""
    looked_at: datetime | None = None
    shown_from: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Page:
    """One that was read. `began` is when its reading did, `shown_from` that by the database's clock, `since` what the
    next reading asks for.
    """

    taken: Taken
    began: datetime
    shown_from: datetime
    since: datetime
    whole: bool
    onward: str


class Moved(TrunklineError):
    """Another process was here meanwhile; nothing was written."""


@dataclass(frozen=True, slots=True)
class Pulling:
    """Of all that are connected and active; `sleep` is that of asyncio, or a test's that moves its clock."""

    receivers: Receivers
    zone: ZoneInfo
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def run(self) -> NoReturn:
        """For ever."""
        while True:
            try:
                await self.one_round()
            except DATABASE_TROUBLE as error:
                log.warning("crm_pulling_waits", error=str(error) or type(error).__name__)
            await asyncio.sleep(_SECONDS)

    async def one_round(self) -> None:
        """A turn of each."""
        async with self.receivers.reach.pool.acquire() as connection:
            found = await list_connectors(connection)
        await asyncio.gather(*(self._turn(one) for one in found if one.kind == "generic" and one.active))

    async def _turn(self, known: Connector) -> None:
        """Unless it is not to be read, or another process does."""
        pool, now = self.receivers.reach.pool, self._now()
        until = await pool.fetchval(MIRRORS["take_turn"], known.id, now, now + _TURN)
        if until is None:
            return
        try:
            async with pool.acquire() as connection:
                shape = await mapping_of(connection, known.id)
            for name, entity in shape.entities.items():
                if entity.pull is not None:
                    await self._entity(known, name, entity, entity.pull)
        except (Moved, InvalidInput) as error:
            log.warning("crm_not_pulled", connector=known.name, error=str(error))
        except DATABASE_TROUBLE:
            raise
        except Exception:
            log.exception("crm_not_pulled", connector=known.name)  # the other CRMs are read all the same
        finally:
            await pool.execute(MIRRORS["end_turn"], known.id, until)  # nothing where it rests

    async def _entity(self, known: Connector, name: str, entity: Entity, pull: Pull) -> None:
        pool = self.receivers.reach.pool
        await pool.execute(SQL["begin_pull"], known.id, name, known.account)
        for _ in range(_PAGES):
            rows = await pool.fetch(SQL["pulls"], known.id)
            place = next(Place(**dict(row)) for row in rows if row["entity"] == name)
            if not self._is_due(place):
                return
            try:
                if not await self._page(known, entity, pull, place):
                    return
            except Refused as refused:
                await self._troubled(known, place, refused.failed.fault)
                return
            except (Moved, *DATABASE_TROUBLE):
                raise
            except Exception as error:
                log.exception(
                    "crm_not_pulled", connector=known.name, entity=name
                )  # what follows it is read all the same
                words = f"its answer cannot be taken: {type(error).__name__}"
                await pool.execute(SQL["pull_in_trouble"], known.id, name, words, self._now())
                return
            await self.sleep(_PAGE_SECONDS)

    def _is_due(self, place: Place) -> bool:
        now = self._now()
        return bool(place.next) or place.looked_at is None or now - place.looked_at >= _EVERY

    async def _page(self, known: Connector, entity: Entity, pull: Pull, place: Place) -> bool:
        """One page; whether there are more. Raises Refused, Moved."""
        now = self._now()
        began = place.began_at if place.next and place.began_at else now
        whole = place.whole if place.next else _begins_whole(pull, place, now)
        address = place.next or first_page(pull, place.since or _NEVER, self.zone, whole=whole)
        shown_from = await self._shown_from(place)
        answer = await fetch(self.receivers, known, address)
        try:
            rows = rows_of(answer.document, entity)
            onward = next_page(pull, address, answer.document, has_rows=bool(rows))
        except Unreadable as error:
            raise unreadable(error) from None
        async with self.receivers.reach.pool.acquire() as connection, connection.transaction():
            taken = await take(connection, known, place.entity, entity, rows, self.zone)
            page = _Page(taken, began, shown_from, _since(began, answer.skew), whole, onward)
            await self._keep(connection, known, place, page)
        return bool(onward)

    async def _shown_from(self, place: Place) -> datetime:
        """When the reading began by the clock that dates rows: ours may be ahead of the database's."""
        if place.next and (kept := place.shown_from or place.began_at):
            return kept
        moment: datetime = await self.receivers.reach.pool.fetchval("select now()")
        return moment

    async def _keep(self, connection: Connection, known: Connector, place: Place, page: _Page) -> None:
        """The page's place, and at the end of a whole reading what is gone."""
        gone, doubt = 0, ""
        if page.whole:
            if not place.next:
                await connection.execute(SQL["forget_pulled"], known.id, place.entity)
            await connection.execute(SQL["note_pulled"], known.id, place.entity, page.taken.ids)
            if not page.onward:
                gone, doubt = await remove_gone(connection, known, place.entity, page.shown_from)
        moved = await connection.fetchval(
            SQL["pull_moved"], known.id, place.entity, page.began, place.next, page.onward, page.whole, page.since,
            page.taken.received, page.taken.refused, gone, self._now(), doubt, page.shown_from,
        )  # fmt: skip
        if moved is None:
            raise Moved(f"{place.entity} were read by another process")

    async def _troubled(self, known: Connector, place: Place, fault: Fault) -> None:
        """In words; a page that is not there any more is given up, and it begins anew. It may ask for a rest."""
        found, now, pool = classify(fault), self._now(), self.receivers.reach.pool
        query = "pull_anew" if place.next and found is ErrorClass.PERMANENT else "pull_in_trouble"
        await pool.execute(SQL[query], known.id, place.entity, fault.reason[:500], now)
        if found is ErrorClass.THROTTLED:
            await pool.execute(SQL["rest"], known.id, now + timedelta(seconds=min(fault.retry_after or 60.0, 3600.0)))
        log.warning("crm_not_pulled", connector=known.name, entity=place.entity, error=fault.reason)

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self.receivers.reach.clock(), UTC)


def _begins_whole(pull: Pull, place: Place, now: datetime) -> bool:
    return bool(pull.sweep) and (place.swept_at is None or now - place.swept_at >= _WHOLE)


def _since(began: datetime, skew: float) -> datetime:
    """By the CRM's clock where that is behind; where it is ahead some is read twice, which loses nothing."""
    return datetime.fromtimestamp(max(0.0, (began - _OVERLAP).timestamp() + min(0.0, skew)), UTC)
