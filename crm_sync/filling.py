"""The task of the worker that fills the mirror from CRMs: each minute, each by one process."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, NoReturn, Protocol

from crm_sync.answer import Later
from crm_sync.connector import Connector
from crm_sync.mirrors import SQL
from crm_sync.store import list_connectors
from trunkline.db.types import Pool
from trunkline.log import get_logger
from trunkline.writer import DATABASE_TROUBLE

log = get_logger(__name__)

_SECONDS: Final = 60.0
_TURN: Final = timedelta(minutes=5)
"""A process that was killed keeps others from a CRM for so long. One that takes longer finds its places moved."""


class Reader(Protocol):
    """Reads CRMs of one kind."""

    async def turn(self, known: Connector) -> bool:
        """What of one is to be read now; whether there is more without a pause. Raises Later."""


@dataclass(frozen=True, slots=True)
class Filling:
    """Of all CRMs that are connected, active, and to be read; `readers` by kind, `clock` gives Unix seconds."""

    pool: Pool
    readers: Mapping[str, Reader]
    clock: Callable[[], float] = time.time

    async def run(self) -> NoReturn:
        """For ever; while there is something left to sweep, without a pause."""
        while True:
            more = False
            try:
                more = await self.one_round()
            except DATABASE_TROUBLE as error:
                log.warning("crm_filling_waits", error=str(error) or type(error).__name__)
            if not more:
                await asyncio.sleep(_SECONDS)

    async def one_round(self) -> bool:
        """A turn of each; whether one of them has more to sweep."""
        async with self.pool.acquire() as connection:
            found = await list_connectors(connection)
        turns = [self._turn(one) for one in found if one.active and one.is_connected and one.kind in self.readers]
        return any(await asyncio.gather(*turns))

    async def _turn(self, known: Connector) -> bool:
        """Unless it is not to be read, or another process does."""
        now = datetime.fromtimestamp(self.clock(), UTC)
        until = await self.pool.fetchval(SQL["take_turn"], known.id, now, now + _TURN)
        if until is None:
            return False
        try:
            return await self.readers[known.kind].turn(known)
        except Later:
            return False  # its circuit is open: it is tried again in a minute
        except DATABASE_TROUBLE:
            raise
        except Exception:
            log.exception("crm_not_read", connector=known.name)
            return False  # the other CRMs are read all the same
        finally:
            await self.pool.execute(SQL["end_turn"], known.id, until)
