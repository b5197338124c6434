"""Reads the parts of one base by OData, page by page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from crm_sync.connector import Connector
from crm_sync.onec.asking import Bases
from crm_sync.onec.base import Base
from crm_sync.onec.contract import Answer, Row, row_of
from crm_sync.onec.mapping import Part
from crm_sync.onec.odata import Strange, debts_of, query_of, records_of, rows_of, version_at
from crm_sync.onec.places import Place, move, place_of
from crm_sync.onec.saving import SQL, Saving
from crm_sync.onec.sparing import save_sparing
from trunkline.db.types import Connection, Pool
from trunkline.log import get_logger
from trunkline.web.i18n import gettext as _

log = get_logger(__name__)

PAGE: Final = 500
LEAST: Final = 10
_OVERLAP: Final = 5
"""So many records of a page are read again with the next: what is deleted meanwhile moves the others up."""
_RECENT: Final = timedelta(days=3)
_DATED: Final = frozenset({"orders", "payments"})
_FEW: Final = 20
"""So many debts may be paid at once whatever 1C shows."""
_MOST_DEBTS: Final = 100_000


@dataclass(frozen=True, slots=True)
class Parts:
    """Of one base; `size` are the records of a page."""

    pool: Pool
    bases: Bases
    known: Connector
    base: Base
    zone: ZoneInfo
    size: int = PAGE
    pages: dict[tuple[str, date], tuple[int, list[str]]] = field(default_factory=dict)
    """By set and since when: from where its last page was, and whose records it had."""

    async def read(self, name: str, part: Part, until: datetime) -> bool:
        """What is new, then of everything what the time until then allows; whether there is more of that.

        Raises Refused, Strange, Moved: what was read before stays.
        """
        if name in _DATED:
            await self._recent(name, part, until)
        while self.bases.now < until:
            async with self.pool.acquire() as connection:
                place = await place_of(connection, self.known, name)
            if not place.is_due(self.bases.now):
                return False
            if name == "debts":
                await self._debts(part, place)
            else:
                await self._onward(name, part, place)
        return True

    async def _recent(self, name: str, part: Part, until: datetime) -> None:
        """Documents of the last days, once all of them was begun to be read."""
        async with self.pool.acquire() as connection:
            place = await place_of(connection, self.known, name)
        if place.begun_at is None and place.whole_at is None:
            return
        since = max(self.base.since, self._today - _RECENT)
        for published in part.sets:
            skip, count = 0, self.size
            while count >= self.size and self.bases.now < until:
                rows, wrong, count = await self._page(name, part, published, skip, since)
                async with self.pool.acquire() as connection, connection.transaction():
                    await save_sparing(self._saving(part), connection, rows)
                    await connection.execute(SQL["recent"], self.known.id, name, self.bases.now, len(rows), len(wrong))
                skip += count - _OVERLAP

    async def _onward(self, name: str, part: Part, place: Place) -> None:
        """One page of everything."""
        index, skip = (int(one) for one in (place.place or "0:0").split(":"))
        index = min(index, len(part.sets) - 1)  # a person may have named fewer meanwhile
        rows, wrong, count = await self._page(name, part, part.sets[index], skip, self.base.since)
        onward: str | None = f"{index}:{skip + count - _OVERLAP}"
        if count < self.size:
            onward = f"{index + 1}:0" if index + 1 < len(part.sets) else None
        async with self.pool.acquire() as connection, connection.transaction():
            await save_sparing(self._saving(part), connection, rows)
            await move(connection, self.known, place, onward, len(rows), len(wrong), self.bases.now)

    async def _page(
        self, name: str, part: Part, published: str, skip: int, since: date
    ) -> tuple[list[Row], list[Answer], int]:
        query = query_of(name, part, published, top=self.size, skip=skip, since=since)
        told = await self.bases.get(self.known, query)
        records = records_of(told.body)
        self._look_at(published, skip, since, records)
        rows, wrong = rows_of(name, part, records, version_at(told.at))
        self._say(name, wrong)
        return rows, wrong, len(records)

    def _look_at(self, published: str, skip: int, since: date, records: Sequence[Mapping[str, Any]]) -> None:
        """Raises Strange where the base does not heed what pages are asked for by: they would have no end."""
        told = [str(record.get("Ref_Key") or record) for record in records]
        count = len(set(told))  # a page may say one of its records twice
        if count > self.size:
            words = _("it answers with %(count)s records where %(asked)s were asked for: does it know $top?")
            raise Strange(words % {"count": count, "asked": self.size})
        before = self.pages.get((published, since))
        if before is not None and told and before[0] < skip and before[1] == told:
            raise Strange(_("it answers with the same page again: does it know $skip?"))
        self.pages[published, since] = skip, told

    async def _debts(self, part: Part, place: Place) -> None:
        """All that is owed, at once: whom it does not name has paid."""
        told = await self.bases.get(
            self.known, query_of("debts", part, part.sets[0], top=_MOST_DEBTS, skip=0, since=None)
        )
        version = version_at(told.at)
        found = debts_of(part, records_of(told.body), version, self._today)
        rows, wrong = found.rows, found.wrong
        self._say("debts", wrong)
        async with self.pool.acquire() as connection, connection.transaction():
            owed = {row.id for row in rows} | found.unread
            paid = [] if found.nameless else await self._paid(connection, owed, version)
            if len(paid) > max(_FEW, len(rows)):
                words = _("it shows debts of %(there)s, and %(gone)s would be paid: does the user still see them all?")
                raise Strange(words % {"there": len(rows), "gone": len(paid)})
            await save_sparing(self._saving(part), connection, [*rows, *paid])
            await move(connection, self.known, place, None, len(rows), len(wrong), self.bases.now)

    async def _paid(self, connection: Connection, owed: set[str], version: int) -> list[Row]:
        here = [row["external_id"] for row in await connection.fetch(SQL["debts_here"], self.base.source)]
        gone = [
            {"id": one, "counterparty": one, "version": version, "deleted": True} for one in here if one not in owed
        ]
        return [row_of(one, "debt", -place) for place, one in enumerate(gone, start=1)]

    def _saving(self, part: Part) -> Saving:
        return Saving(self.base.source, self.zone.key, part.told, fresh=True)

    @property
    def _today(self) -> date:
        return self.bases.now.astimezone(self.zone).date()

    def _say(self, name: str, wrong: Sequence[Answer]) -> None:
        for one in wrong[:3]:
            log.warning("onec_record_unread", connector=self.known.name, part=name, field=one.field, why=one.words)
