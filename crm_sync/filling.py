"""The task of the worker that fills the mirror from CRMs: each minute, each by one process."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, NoReturn
from uuid import UUID

from redis.asyncio import Redis

from crm_sync.answer import Later
from crm_sync.connector import Connector
from crm_sync.heard import HINTS_WAKE
from crm_sync.mirrors import SQL
from crm_sync.port import CrmReader, HintReader
from crm_sync.store import list_connectors
from trunkline.db.types import Pool
from trunkline.log import get_logger
from trunkline.outbox.wake import Alarm, listen
from trunkline.writer import DATABASE_TROUBLE

log = get_logger(__name__)

_SECONDS: Final = 60.0
_REST: Final = 60.0
"""Seconds at least that one which wants to be left alone is not asked for what it said was touched."""
_TURN: Final = timedelta(minutes=5)
"""A process that was killed keeps others from a CRM for so long. One that takes longer finds its places moved."""


@dataclass(frozen=True, slots=True)
class Filling:
    """Of all CRMs that are connected, active, and to be read; readers by kind, `clock` gives Unix seconds."""

    pool: Pool
    readers: Mapping[str, CrmReader]
    clock: Callable[[], float] = time.time
    redis: Redis | None = None
    hinted: Mapping[str, HintReader] = field(default_factory=dict)
    gathering: float = 1.0
    """Seconds in which what is touched meanwhile is asked for together."""
    _rests: dict[UUID, float] = field(default_factory=dict)
    """Until when one is left alone that said it was asked too often, or does not answer."""

    async def run(self) -> NoReturn:
        """For ever; while there is something left to sweep, without a pause. What was touched is asked for at once."""
        async with asyncio.TaskGroup() as group:
            if self.redis is not None:
                alarm = Alarm()
                group.create_task(listen(self.redis, {HINTS_WAKE: [alarm]}))
                group.create_task(self._follow_hints(alarm))
            while True:
                begun, more = asyncio.get_running_loop().time(), False
                try:
                    more = await self.one_round()
                except DATABASE_TROUBLE as error:
                    log.warning("crm_filling_waits", error=str(error) or type(error).__name__)
                if not more:
                    passed = asyncio.get_running_loop().time() - begun
                    await asyncio.sleep(max(self.gathering, _SECONDS - passed))

    async def _follow_hints(self, alarm: Alarm) -> NoReturn:
        """Beside the rounds: what one CRM says was touched waits for no sweep of another."""
        while True:
            await alarm.wait(_SECONDS)
            try:
                await self.hints_round()
            except DATABASE_TROUBLE as error:
                log.warning("crm_hints_wait", error=str(error) or type(error).__name__)
            await asyncio.sleep(self.gathering)

    async def one_round(self) -> bool:
        """A turn of each; whether one of them has more to sweep."""
        async with self.pool.acquire() as connection:
            found = await list_connectors(connection)
        turns = [self._turn(one, self.readers[one.kind].turn) for one in found if self._is_read(one)]
        return any(await _all(turns))

    async def hints_round(self) -> None:
        """What CRMs said was touched; of one that somebody reads just now that finds its end there, or in a minute."""
        named = {row["connector_id"] for row in await self.pool.fetch(SQL["hinted_crms"])}
        if not named:
            return
        async with self.pool.acquire() as connection:
            found = await list_connectors(connection)
        turns = [
            self._turn(one, self.hinted[one.kind].hinted)
            for one in found
            if one.id in named and one.kind in self.hinted and self._is_read(one) and not self._rests_now(one)
        ]
        await _all(turns)

    def _rests_now(self, known: Connector) -> bool:
        return self.clock() < self._rests.get(known.id, 0.0)

    def _is_read(self, known: Connector) -> bool:
        return known.active and known.is_connected and known.kind in self.readers

    async def _turn(self, known: Connector, work: Callable[[Connector], Awaitable[bool | None]]) -> bool:
        """Unless it is not to be read, or another process does."""
        now = datetime.fromtimestamp(self.clock(), UTC)
        until = await self.pool.fetchval(SQL["take_turn"], known.id, now, now + _TURN)
        if until is None:
            return False
        try:
            return bool(await work(known))
        except Later as later:  # its circuit is open: it is tried again in a minute
            self._rests[known.id] = self.clock() + max(_REST, later.seconds)
            return False
        except DATABASE_TROUBLE:
            raise
        except Exception:
            log.exception("crm_not_read", connector=known.name)
            return False  # the other CRMs are read all the same
        finally:
            await self.pool.execute(SQL["end_turn"], known.id, until)


async def _all(turns: Iterable[Awaitable[bool]]) -> list[bool]:
    """What came of each, once all are over: where one fails the others are not left to themselves."""
    done = await asyncio.gather(*turns, return_exceptions=True)
    for one in done:
        if isinstance(one, BaseException):
            raise one
    return [one for one in done if not isinstance(one, BaseException)]
