"""Reads a portal's CRM into the mirror: what changed each minute, and everything at first and once a week.

A sweep lists everything by id: it is the first load, finds what was deleted, and mends what else was missed. Changes
are read beside it, so that neither waits for the other. Both are resumed where they were.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

from crm_sync.bitrix24.asking import Scan
from crm_sync.bitrix24.items import TYPES, commands, told
from crm_sync.bitrix24.offline import Offline
from crm_sync.bitrix24.people import OLD_SECONDS, read_people
from crm_sync.bitrix24.portal import Refused
from crm_sync.bitrix24.wire import Bad
from crm_sync.care import Care
from crm_sync.connector import Connector
from crm_sync.mirror import ENTITIES, Mirror, Read
from crm_sync.mirrors import FEW, SQL, Doubtful, caught_up, places, swept, users_age
from trunkline.db.types import Pool
from trunkline.log import get_logger
from trunkline.outbox.event import Sent

log = get_logger(__name__)

PAGES: Final = 20
"""More would save no time: what binds then is how long the portal may work, and each list is work."""
SWEEP_AGE: Final = timedelta(days=7)
_TURN: Final = timedelta(seconds=60)
"""So long a sweep goes on before changes are looked for again."""
_LOOK_AGE: Final = timedelta(minutes=15)
"""By their time, while the portal's queue tells them: of what it told nobody."""
_LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Mirroring:
    """Reads any portal, one call at a time for each; `pages` is the most lists in a batch."""

    pool: Pool
    scan: Scan
    pages: int = PAGES
    _pages: dict[UUID, int] = field(default_factory=dict)
    """Lists in a batch where a portal's answers were too big, or too slow, for more."""
    care: Care = field(init=False)
    _looked: dict[UUID, datetime] = field(default_factory=dict)
    """When changes were last looked for by their time."""
    _offline: Offline = field(init=False)

    def __post_init__(self) -> None:
        self.care = Care(self.pool, self._now)
        self._offline = Offline(self.pool, self.scan)

    async def turn(self, known: Connector) -> bool:
        """What changed, then of the sweeps what a minute allows; whether there is more to sweep. Raises Later."""
        await self._people(known)
        if not await self._followed(known):
            for entity in ENTITIES:
                await self.care.guarded(known, entity, self._changes)
        until = self._now() + _TURN

        async def sweep(known: Connector, entity: str) -> bool:
            return await self._sweep(known, entity, until)

        more = any([await self.care.guarded(known, entity, sweep) for entity in ENTITIES])
        await self._offline.tell(known)
        return more

    async def _followed(self, known: Connector) -> bool:
        """Whether the portal's queue told what changed; now and then it is looked for by its time all the same."""
        is_told = await self._offline.follow(known, partial(self._fields, known))
        if is_told and self._now() - self._looked.get(known.id, _LONG_AGO) < _LOOK_AGE:
            return True
        self._looked[known.id] = self._now()
        return False

    async def _people(self, known: Connector) -> None:
        """Whose each record is, by who has which extension there."""
        async with self.pool.acquire() as connection:
            age = await users_age(connection, known.id, self._now())
        if age > OLD_SECONDS:
            try:
                await read_people(self.pool, self.scan.ask, known, self.scan.portals.clock)
            except Refused as error:
                log.warning("crm_people_not_read", connector=known.name, error=str(error))
                await self.pool.execute(SQL["people_asked"], known.id, self._now())

    async def _changes(self, known: Connector, entity: str) -> bool:
        """All that changed; of an entity that was never read nothing."""
        mirror = await self._place(known, entity)
        while mirror.since is not None:
            pages = self._most(known) if mirror.delta_id else 1
            read, bad = await self._read(known, entity, mirror.delta_id, pages, mirror.since)
            async with self.pool.acquire() as connection:
                await caught_up(connection, known, mirror, read, self._now())
            _raise(bad)
            if read.last is None:
                break
            mirror = await self._place(known, entity)
        return False

    async def _sweep(self, known: Connector, entity: str, until: datetime) -> bool:
        """Go on with the sweep, or begin one that is due; whether there is more when the time is over."""
        mirror = await self._place(known, entity)
        if not self._is_due(mirror) or await self._is_doubtful(known, mirror):
            return False
        if mirror.sweep_id is None:
            self._pages.pop(known.id, None)  # what was too much once may do by now
        while self._now() < until:
            read, bad = await self._read(known, entity, mirror.sweep_id or 0, self._most(known), None)
            async with self.pool.acquire() as connection:
                try:
                    await swept(connection, known, mirror, read, self._now())
                except Doubtful as doubtful:
                    await self.care.doubt(known, entity, doubtful.told, doubtful.told + doubtful.gone)
                    return False
            _raise(bad)
            if read.last is None:
                return False
            mirror = await self._place(known, entity)
        return True

    def _is_due(self, mirror: Mirror) -> bool:
        begun = mirror.sweep_id is not None
        return begun or mirror.swept_at is None or self._now() - mirror.swept_at > SWEEP_AGE

    async def _is_doubtful(self, known: Connector, mirror: Mirror) -> bool:
        """A portal that suddenly shows less than half is not believed: rather does who connected it see no more.

        Nothing is swept for an hour then. Of a sweep that goes on each part is looked at where it is kept.
        """
        if mirror.believed:
            return False
        if self.care.doubts(known, mirror.entity):
            return True
        if mirror.sweep_id is not None:
            return False
        here = int(await self.pool.fetchval(SQL["known_there"], mirror.source, mirror.entity))
        if here <= FEW:
            return False
        said = {"entityTypeId": TYPES[mirror.entity], "select": ["id"], "start": 0}
        there = (await self.scan.ask(known, "crm.item.list", said)).total
        if there is not None and there * 2 >= here:
            return False
        await self.care.doubt(known, mirror.entity, there or 0, here)
        return True

    async def _read(
        self, known: Connector, entity: str, after: int, pages: int, since: datetime | None
    ) -> tuple[Read, Bad | None]:
        """Raises Refused where nothing at all was read."""
        fields = await self._fields(known, entity)
        said = {"halt": 1, "cmd": commands(entity, after, pages, since, fields.values())}
        try:
            answer = (await self.scan.ask(known, "batch", said)).result
        except Refused as refused:
            if refused.bad.fault.sent is not Sent.MAYBE or pages == 1:
                raise
            # Cut off, too long or too slow: half of it may do.
            self._pages[known.id] = pages // 2
            return await self._read(known, entity, after, pages // 2, since)
        read, bad = told(entity, after, pages, answer, self._now(), fields)
        if read is None:
            assert bad is not None
            raise Refused("crm.item.list", bad)
        return read, bad

    async def _fields(self, known: Connector, entity: str) -> Mapping[str, str]:
        """The company's own fields that are asked for (deal_fields)."""
        rows = await self.pool.fetch(SQL["deal_fields"], known.id) if entity == "deals" else ()
        return {row["role"]: row["field"] for row in rows}

    def _most(self, known: Connector) -> int:
        return self._pages.get(known.id, self.pages)

    async def _place(self, known: Connector, entity: str) -> Mirror:
        async with self.pool.acquire() as connection:
            return (await places(connection, known))[entity]

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self.scan.portals.clock(), UTC)


def _raise(bad: Bad | None) -> None:
    """What ended a batch; what was read before it is kept."""
    if bad is not None:
        raise Refused("crm.item.list", bad)
