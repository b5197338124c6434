"""The task of the worker that reads 1C bases: each minute, each by one process.

By OData all of a part is read page by page at first, and again from time to time (places.EVERY); of documents those of
the last days are read each minute as well: nothing in 1C says what else was changed. By a base's own HTTP service it is
asked for its history since a date, and once a day for what was missed.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, NoReturn
from uuid import UUID
from zoneinfo import ZoneInfo

from crm_sync.connector import Connector
from crm_sync.mirrors import SQL as MIRRORS
from crm_sync.onec.asking import Bases, Refused
from crm_sync.onec.base import Base, base_of
from crm_sync.onec.history import read_history
from crm_sync.onec.mapping import Layout, layout_of
from crm_sync.onec.odata import Strange
from crm_sync.onec.parts import LEAST, PAGE, Parts
from crm_sync.onec.places import HISTORY, Moved
from crm_sync.onec.saving import SQL
from crm_sync.store import list_connectors
from trunkline.db.types import Pool
from trunkline.errors import InvalidInput
from trunkline.log import get_logger
from trunkline.web.i18n import Reader, Translations, reading
from trunkline.web.i18n import gettext as _
from trunkline.writer import DATABASE_TROUBLE

log = get_logger(__name__)

KIND: Final = "onec"
_SECONDS: Final = 60.0
_TURN: Final = timedelta(minutes=5)
"""A process that was killed keeps others from a base for so long."""
_BUDGET: Final = timedelta(seconds=60)
"""So long a reading of everything goes on before what is new is looked for again."""


@dataclass(slots=True)
class Reading:
    """Of all bases that are active; days are those of the reader's zone, `page` is the most records in an answer."""

    pool: Pool
    bases: Bases
    reader: Reader
    translations: Translations
    page: int = PAGE
    _pages: dict[tuple[UUID, str], int] = field(default_factory=dict)
    """Records in a page where a base's answers were too big, or too slow, for more."""

    async def run(self) -> NoReturn:
        """For ever; while there is something left to read, without a pause."""
        while True:
            more = False
            try:
                more = await self.one_round()
            except DATABASE_TROUBLE as error:
                log.warning("onec_reading_waits", error=str(error) or type(error).__name__)
            if not more:
                await asyncio.sleep(_SECONDS)

    async def one_round(self) -> bool:
        """A turn of each; whether one of them has more to read."""
        async with self.pool.acquire() as connection:
            found = await list_connectors(connection)
        with reading(self.reader, self.translations):
            turns = [self._turn(one) for one in found if one.active and one.kind == KIND]
            return any(await asyncio.gather(*turns))

    async def _turn(self, known: Connector) -> bool:
        """Unless another process reads it."""
        now = self.bases.now
        until = await self.pool.fetchval(MIRRORS["take_turn"], known.id, now, now + _TURN)
        if until is None:
            return False
        try:
            return await self._read(known)
        except DATABASE_TROUBLE:
            raise
        except Exception:
            log.exception("onec_not_read", connector=known.name)
            return False  # the other bases are read all the same
        finally:
            await self.pool.execute(MIRRORS["end_turn"], known.id, until)

    async def _read(self, known: Connector) -> bool:
        async with self.pool.acquire() as connection:
            base = await base_of(connection, known)
        try:
            layout = layout_of(base.layout, base.mapping)
        except InvalidInput as error:  # another version of ours kept it
            log.warning("onec_layout", connector=known.name, error=str(error))
            layout = {}
        until = self.bases.now + _BUDGET
        names = [*layout, *([HISTORY] if base.history else [])]
        return any([await self._guarded(known, base, name, layout, until) for name in names])

    async def _guarded(self, known: Connector, base: Base, name: str, layout: Layout, until: datetime) -> bool:
        """Whether there is more; what a part is refused for is told, and the others go on."""
        zone: ZoneInfo = self.reader.timezone
        try:
            if name == HISTORY:
                return await read_history(self.pool, self.bases, known, base, zone, until)
            size = self._pages.get((known.id, name), self.page)
            return await Parts(self.pool, self.bases, known, base, zone, size).read(name, layout[name], until)
        except Refused as refused:
            trouble = str(refused)
            if refused.long:
                self._pages[known.id, name] = max(LEAST, self._pages.get((known.id, name), self.page) // 2)
        except Strange as strange:
            trouble = str(strange)
        except Moved as moved:
            log.info("onec_moved", connector=known.name, part=name, why=str(moved))
            return False
        except DATABASE_TROUBLE:
            raise  # not the part's
        except Exception:
            log.exception("onec_fault", connector=known.name, part=name)
            trouble = _("a fault of ours: the worker's log tells more")
        log.warning("onec_waits", connector=known.name, part=name, error=trouble)
        await self.pool.execute(SQL["in_trouble"], known.id, name, trouble[:500])
        return False
