"""Reads an account into the mirror: what changed each minute, from the first change on, and once a week what is gone.

Read in the order of changes, the first load and what changes later are one thing. Once a week each of our rows is asked
for by its id: what is not there any more is found by that, whatever is made or deleted meanwhile. Both are resumed
where they were, and take of the account's seven requests a second what cards and calls leave.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec

from crm_sync.amocrm.account import SCAN, Accounts, Refused
from crm_sync.amocrm.items import NAMED, PATHS, Stages, changed, named, stages_of, told_changes, told_named
from crm_sync.amocrm.people import OLD_SECONDS, read_people
from crm_sync.amocrm.subscribing import Found, subscribe
from crm_sync.amocrm.wire import Query
from crm_sync.answer import Later
from crm_sync.care import Care
from crm_sync.connector import Connector
from crm_sync.mirror import READ, Mirror, Read
from crm_sync.mirrors import SQL, Doubtful, caught_up, hinted, places, swept, users_age
from trunkline.alarms.alarm import AlarmBell, Severity
from trunkline.db.types import Pool
from trunkline.log import get_logger
from trunkline.outbox.classify import ErrorClass, classify
from trunkline.web.i18n import mark

log = get_logger(__name__)

SWEEP_AGE: Final = timedelta(days=7)
_TURN: Final = timedelta(seconds=60)
_LOOK_AGE: Final = timedelta(days=1)
_SWITCHED_OFF: Final = mark(
    "%(host)s (%(name)s) had switched our webhook off, since it was not answered: it is on again."
    " Is the public listener reached from outside?"
)
_STAGES_AGE: Final = timedelta(hours=1)
_START: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""`since` of what is being read for the first time."""


@dataclass(slots=True)
class AmoMirroring:
    """Reads any account; one call at a time for each. For `lasts` it goes on before changes are looked for again."""

    accounts: Accounts
    lasts: timedelta = _TURN
    care: Care = field(init=False)
    _stages: dict[UUID, tuple[datetime, Stages]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.care = Care(self._pool, lambda: self.accounts.now)

    async def turn(self, known: Connector) -> bool:
        """What changed, then of the sweeps what a minute allows; whether there is more. Raises Later."""
        await self._look(known)
        await self._people(known)
        await self.hinted(known)
        until = self.accounts.now + self.lasts

        async def changes(known: Connector, entity: str) -> bool:
            return await self._changes(known, entity, until)

        async def sweep(known: Connector, entity: str) -> bool:
            return await self._sweep(known, entity, until)

        for entity in READ["amocrm"]:
            if await self.care.guarded(known, entity, changes):
                return True  # what refers to it is read when it is whole
        return any([await self.care.guarded(known, entity, sweep) for entity in READ["amocrm"]])

    async def hinted(self, known: Connector) -> None:
        """What the account said was touched, asked for anew. Raises Later."""
        for entity in READ["amocrm"]:
            await self.care.guarded(known, entity, self._hinted)

    async def _hinted(self, known: Connector, entity: str) -> bool:
        while True:
            rows = await self._pool.fetch(SQL["hints"], known.id, entity, NAMED)
            if not rows:
                return False
            asked_at, hints = self.accounts.now, [(row["id"], row["heard_at"]) for row in rows]
            ids, stages = [one for one, _ in hints], await self._stages_of(known, entity)
            result = await self._ask(known, PATHS[entity], named(entity, ids))
            read = told_named(entity, result, ids, stages, asked_at)
            async with self._pool.acquire() as connection:
                await hinted(connection, known, (await places(connection, known))[entity], read, hints)

    async def _look(self, known: Connector) -> None:
        """Once a day whether it still posts to us; what it has switched off is subscribed to anew, and told."""
        handler, now = self.accounts.reach.handler(known.id), self.accounts.now
        if handler is None or await self._pool.fetchval(SQL["take_look"], known.id, now, now - _LOOK_AGE) is None:
            return
        try:
            found = await subscribe(self.accounts, known, handler)
        except Refused as error:
            _rest(error)
            log.warning("crm_not_subscribed", connector=known.name, error=str(error))
            return
        bell = AlarmBell(self._pool, self.accounts.reach.redis)
        facts = {"name": known.name, "host": known.host}
        await bell.set(found is Found.DISABLED, f"crm.hooks:{known.name}", Severity.WARNING, _SWITCHED_OFF, facts)

    async def _people(self, known: Connector) -> None:
        """Whose each record is, by who of ours is who there."""
        async with self._pool.acquire() as connection:
            age = await users_age(connection, known.id, self.accounts.now)
        if age > OLD_SECONDS:
            try:
                await read_people(self.accounts, known)
            except Refused as error:
                _rest(error)
                log.warning("crm_people_not_read", connector=known.name, error=str(error))
                await self._pool.execute(SQL["people_asked"], known.id, self.accounts.now)

    async def _changes(self, known: Connector, entity: str, until: datetime) -> bool:
        """All that changed; of an entity that was never read that is all there is."""
        await self._place(known, entity)
        await self._pool.execute(SQL["from_the_start"], known.id, entity, _START)
        while True:
            mirror = await self._place(known, entity)
            assert mirror.since is not None
            stages = await self._stages_of(known, entity)
            result = await self._ask(known, PATHS[entity], changed(entity, mirror.since, mirror.delta_id))
            read = told_changes(entity, result, mirror.since, mirror.delta_id, stages, self.accounts.now)
            async with self._pool.acquire() as connection:
                # Until when changes are read is told by the last of them, not by when their reading began.
                from_here = msgspec.structs.replace(mirror, delta_at=None)
                await caught_up(connection, known, from_here, read, self.accounts.now)
            if read.last is None:
                if mirror.swept_at is None:
                    await self._loaded(known, mirror)
                return False
            if self.accounts.now >= until:
                return True

    async def _loaded(self, known: Connector, mirror: Mirror) -> None:
        """Rows that the load has not seen are of an earlier connection: a sweep finds which of them are there."""
        here = int(await self._pool.fetchval(SQL["known_there"], mirror.source, mirror.entity))
        await self._pool.execute(SQL["loaded"], known.id, mirror.entity, here)

    async def _sweep(self, known: Connector, entity: str, until: datetime) -> bool:
        """Go on with the sweep, or begin one that is due; whether there is more when the time is over."""
        mirror = await self._place(known, entity)
        if not self._is_due(mirror) or (not mirror.believed and self.care.doubts(known, entity)):
            return False
        while self.accounts.now < until:
            read = await self._read_named(known, mirror)
            async with self._pool.acquire() as connection:
                try:
                    await swept(connection, known, mirror, read, self.accounts.now)
                except Doubtful as doubtful:
                    await self.care.doubt(known, entity, doubtful.told, doubtful.told + doubtful.gone)
                    return False
            if read.last is None:
                return False
            mirror = await self._place(known, entity)
        return True

    def _is_due(self, mirror: Mirror) -> bool:
        """Not before everything was read once."""
        if mirror.since is None or mirror.since == _START:
            return False
        begun = mirror.sweep_id is not None
        return begun or mirror.swept_at is None or self.accounts.now - mirror.swept_at > SWEEP_AGE

    async def _read_named(self, known: Connector, mirror: Mirror) -> Read:
        """Of our next rows those that are there."""
        asked_at, entity = self.accounts.now, mirror.entity
        rows = await self._pool.fetch(SQL[f"next_{entity}"], mirror.source, mirror.sweep_id or 0, NAMED)
        ids = [row["id"] for row in rows]
        stages = await self._stages_of(known, entity)
        result = await self._ask(known, PATHS[entity], named(entity, ids)) if ids else None
        return told_named(entity, result, ids, stages, asked_at)

    async def _stages_of(self, known: Connector, entity: str) -> Stages:
        if entity != "deals":
            return {}
        at, stages = self._stages.get(known.id, (_START, {}))
        if self.accounts.now - at > _STAGES_AGE:
            stages = stages_of(await self._ask(known, "leads/pipelines", ()))
            self._stages[known.id] = (self.accounts.now, stages)
        return stages

    async def _ask(self, known: Connector, path: str, query: Query) -> Any:
        """Raises Refused; Later where the account wants to be left alone."""
        try:
            return await self.accounts.read(known, path, query, lane=SCAN)
        except Refused as refused:
            _rest(refused)
            raise

    async def _place(self, known: Connector, entity: str) -> Mirror:
        async with self._pool.acquire() as connection:
            return (await places(connection, known))[entity]

    @property
    def _pool(self) -> Pool:
        return self.accounts.reach.pool


def _rest(refused: Refused) -> None:
    """Raises Later where the account wants to be left alone: who goes on asking is shut out (crm.md §3.1)."""
    if classify(refused.bad.fault) is ErrorClass.THROTTLED:
        rest = refused.bad.fault.retry_after or 0.0
        raise Later("the account was asked too often; it rests", rest) from refused
