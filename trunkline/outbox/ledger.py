"""Group commit: streams hand in their entries, one transaction after another writes all that came meanwhile."""

import asyncio
from dataclasses import dataclass

import asyncpg

from trunkline.log import get_logger
from trunkline.outbox.store import DATABASE_TROUBLE, Entry, Release, Start, write

_BATCH = 1000
_LOCKED_SECONDS = 0.02
_FIRST_RETRY_SECONDS = 0.05
_LONGEST_RETRY_SECONDS = 2.0

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Handed:
    entry: Entry
    future: asyncio.Future[bool]


class Ledger:
    """Writes entries in the order they were handed in; a lost connection is waited out for `patience` seconds.

    Every entry may be written twice without harm, so that a commit whose answer was lost is simply repeated.
    """

    def __init__(self, pool: asyncpg.Pool, *, patience: float) -> None:
        self._pool = pool
        self._patience = patience
        self._handed: list[_Handed] = []
        self._ready = asyncio.Event()

    def hand_in(self, entry: Entry) -> asyncio.Future[bool]:
        """A future that is True once `entry` is committed, False for a Start whose stream is no longer ours."""
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._handed.append(_Handed(entry, future))
        self._ready.set()
        return future

    async def run(self) -> None:
        """Write until cancelled."""
        while True:
            await self._ready.wait()
            self._ready.clear()
            while self._handed:
                batch, self._handed = self._handed[:_BATCH], self._handed[_BATCH:]
                if again := await self._write(batch):
                    self._handed[:0] = again
                    if len(self._handed) == len(again):
                        await asyncio.sleep(_LOCKED_SECONDS)

    async def _write(self, batch: list[_Handed]) -> list[_Handed]:
        try:
            return await self._persist(batch)
        except DATABASE_TROUBLE as error:
            _log.error("outbox_ledger_gave_up", entries=len(batch), error=repr(error))
            _fail(batch, error)
        except asyncpg.PostgresError as error:
            if len(batch) == 1:
                _log.error("outbox_entry_refused", entry=type(batch[0].entry).__name__, error=repr(error))
                _fail(batch, error)
            else:
                return [again for handed in batch for again in await self._write([handed])]
        return []

    async def _persist(self, batch: list[_Handed]) -> list[_Handed]:
        """One transaction, repeated while the database is in trouble."""
        delay = _FIRST_RETRY_SECONDS
        deadline = asyncio.get_running_loop().time() + self._patience
        while True:
            try:
                async with self._pool.acquire() as connection, connection.transaction():
                    started, again = await write(connection, [handed.entry for handed in batch])
            except DATABASE_TROUBLE as error:
                if asyncio.get_running_loop().time() + delay > deadline:
                    raise
                _log.warning("outbox_ledger_retries", entries=len(batch), error=repr(error))
                await asyncio.sleep(delay)
                delay = min(2 * delay, _LONGEST_RETRY_SECONDS)
            else:
                return _settle(batch, started, again)


def _settle(batch: list[_Handed], started: set[int], again: list[Release]) -> list[_Handed]:
    repeated = set(again)
    left = []
    for handed in batch:
        if handed.entry in repeated:
            left.append(handed)
        elif not handed.future.done():
            handed.future.set_result(not isinstance(handed.entry, Start) or handed.entry.event in started)
    return left


def _fail(batch: list[_Handed], error: Exception) -> None:
    for handed in batch:
        if not handed.future.done():
            handed.future.set_exception(error)
            handed.future.exception()  # marks it as seen: nobody waits for a Finish
