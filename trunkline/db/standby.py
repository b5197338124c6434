"""A standby that heavy reads go to while it has all that was committed when they were asked for.

Whoever reads there sees what he wrote himself, and nobody is shown figures of before: the primary is asked how far its
log is written (PostgreSQL, "Recovery Information Functions"). Where the standby is away, is none, or comes not that far
within LONGEST_WAIT, the primary is read.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final, TypeVar

import asyncpg

from trunkline.db.connection import SoundConnection
from trunkline.db.hosts import connect
from trunkline.db.pool import prepare_connection
from trunkline.db.types import Connection, Pool
from trunkline.log import get_logger
from trunkline.web.metrics import HEAVY_READS

log = get_logger(__name__)

T = TypeVar("T")

LONGEST_WAIT: Final = 1.0
"""Seconds."""
_STEP: Final = 0.02
_LEFT_ALONE: Final = 10.0
"""Seconds before one that does not answer is asked again: each try may last CONNECT_SECONDS."""
CONNECT_SECONDS: Final = 3.0

_WRITTEN = """
select pg_current_wal_flush_lsn()::text as position, system_identifier, current_database()::text as name
from pg_control_system()"""
_REPLAYED = """
select pg_is_in_recovery() as recovers, system_identifier = $2 and current_database() = $3 as same,
    coalesce(pg_wal_lsn_diff($1::text::pg_lsn, pg_last_wal_replay_lsn()), 0)::bigint as bytes,
    coalesce(extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp()), 0)::float8 as seconds
from pg_control_system()"""

_TROUBLE: Final = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)
_CUT_SHORT: Final = (
    ConnectionError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.TransactionRollbackError,  # among them what was in the way of the standby's own work
)
"""What the standby did to a read, not the read to it; one that takes too long is not tried on the primary."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a server stands to the primary: whether it is a standby, of the same database, and how far behind.

    `seconds` since its last commit was made: more than it is behind where nothing was committed since.
    """

    recovers: bool
    same: bool
    bytes: int
    seconds: float

    @property
    def fault(self) -> str:
        """Why nothing is read there; empty where it is level."""
        if not self.same:
            return "holds another database"
        if not self.recovers:
            return "is no standby"
        return "is behind" if self.bytes > 0 else ""


class _Unfit(Exception):
    """Nothing is read on the standby now, and why."""


class Standby:
    """`pool` is of the standby, `primary` of where everything is written."""

    def __init__(self, pool: Pool, primary: Pool) -> None:
        self._pool = pool
        self._primary = primary
        self._again_at = 0.0
        self._fault = ""

    async def read(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        """What `work` reads in a transaction that may write nothing; cut short on the standby, it reads anew."""
        if asyncio.get_running_loop().time() >= self._again_at:
            try:
                async with self._level() as connection:
                    found = await work(connection)
            except _Unfit as error:
                self._tell(str(error))
            except _CUT_SHORT as error:
                self._tell(_told(error))
            else:
                self._tell("")
                HEAVY_READS.labels("standby").inc()
                return found
        HEAVY_READS.labels("primary").inc()
        async with self._primary.acquire() as connection, connection.transaction(readonly=True):
            return await work(connection)

    @asynccontextmanager
    async def _level(self) -> AsyncIterator[Connection]:
        """A transaction on the standby that sees all that is committed now; raises _Unfit."""
        try:
            async with self._primary.acquire() as primary:
                written = await position_of(primary)
            connection = await self._pool.acquire()
        except _TROUBLE as error:
            self._again_at = asyncio.get_running_loop().time() + _LEFT_ALONE
            raise _Unfit(_told(error)) from error
        try:
            await _come_level(connection, written)
            async with connection.transaction(readonly=True):
                yield connection
        finally:
            await self._pool.release(connection)

    def _tell(self, fault: str) -> None:
        """What is new of it into the log."""
        if fault and not self._fault:
            log.warning("reports_read_from_primary", error=fault)
        elif self._fault and not fault:
            log.info("reports_read_from_standby")
        self._fault = fault


async def look(connection: Connection, written: asyncpg.Record) -> Look:
    """How the server of `connection` stands to what the primary told of itself (`position_of`)."""
    row = await connection.fetchrow(_REPLAYED, written["position"], written["system_identifier"], written["name"])
    assert row is not None
    return Look(**dict(row))


async def position_of(primary: Connection) -> asyncpg.Record:
    """How far its log is written; raises PostgresError where it takes no writes."""
    row = await primary.fetchrow(_WRITTEN)
    assert row is not None
    return row


async def _come_level(connection: Connection, written: asyncpg.Record) -> None:
    loop = asyncio.get_running_loop()
    until = loop.time() + LONGEST_WAIT
    try:
        while fault := (found := await look(connection, written)).fault:
            if not found.recovers or not found.same:
                await connection.close()  # promoted: the next one may be opened to whoever follows it
                raise _Unfit(fault)
            if loop.time() >= until:
                raise _Unfit(fault)
            await asyncio.sleep(_STEP)
    except _TROUBLE as error:
        raise _Unfit(_told(error)) from error


def _told(error: Exception) -> str:
    return str(error) or type(error).__name__


@asynccontextmanager
async def open_standby(url: str, primary: Pool, size: int, application: str) -> AsyncIterator[Standby]:
    """No connection at first: it may be away."""
    async with asyncpg.create_pool(
        url,
        min_size=0,
        max_size=size,
        connect=connect,
        init=prepare_connection,
        connection_class=SoundConnection,
        command_timeout=60,
        timeout=CONNECT_SECONDS,
        server_settings={"application_name": application, "timezone": "UTC"},
    ) as pool:
        yield Standby(pool, primary)
