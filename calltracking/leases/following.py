"""Tells this machine's questions whose visitor holds each number: leases from their rows into the directory's folder.

Rows are what a lease is, so nothing of this needs Valkey. A page's number is dialled seconds after it was leased; it is
told of within half a second.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

import asyncpg

from calltracking.leases.proposals import utc
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection, Pool
from trunkline.directory.leased import Leased, LeasesFile
from trunkline.ids import lowest_id
from trunkline.log import get_logger

log = get_logger(__name__)

_SQL: Final = load_queries("calltracking.leases")
_PERIOD_SECONDS: Final = 0.25
_IDLE_SECONDS: Final = 2.0
"""While no pool or site names a queue."""
_SHARE: Final = 10
"""Of its time a tenth is spent asking at most, however many numbers there are."""
_LOOKS_BACK: Final = timedelta(days=16)
"""The longest lease (a visit of a day and a hold of a week), and the longest a call may be late."""
_TROUBLE: Final = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError)


@dataclass(frozen=True, slots=True)
class SiteQueue:
    """What of a site a question is told: its name, and the queue it names or none."""

    name: str
    queue: str


@dataclass(frozen=True, slots=True)
class Hold:
    """A lease of a number: of which site, until when its hold lasts (Unix seconds), whether its visitor is there."""

    site: UUID
    until: float
    seen_until: float = 0.0
    present: bool = False


class LeaseFollower:
    """Reads the rows; what was held is remembered, for the row of a lease that is over moves away."""

    def __init__(self) -> None:
        self._last: dict[str, Hold | None] = {}

    async def leased(self, connection: Connection, today: date, now: float) -> dict[str, Leased]:
        """Every number that a lease or its pool leads somewhere."""
        numbers: dict[str, tuple[str, int]] = {}
        holds: dict[str, list[Hold]] = {}
        for row in await connection.fetch(_SQL["leased_numbers"], today, utc(now)):
            number = row["number"]
            numbers[number] = (row["default_queue"], row["late"])
            if row["site_id"] is not None:
                holds.setdefault(number, []).append(_hold(row))
        self._last = {number: last for number, last in self._last.items() if number in numbers}
        if not numbers:
            return {}
        await self._remember(connection, numbers.keys(), holds, now)
        sites = {
            row["id"]: SiteQueue(row["name"], row["queue"]) for row in await connection.fetch(_SQL["sites_of_leases"])
        }
        return {
            number: leased_of(default, late, holds.get(number, ()), self._last.get(number), sites, now)
            for number, (default, late) in numbers.items()
        }

    async def _remember(
        self, connection: Connection, numbers: Iterable[str], holds: Mapping[str, Sequence[Hold]], now: float
    ) -> None:
        self._last |= {number: newest(held) for number, held in holds.items()}
        unknown = [number for number in numbers if number not in self._last]
        if unknown:
            self._last |= dict.fromkeys(unknown)
            rows = await connection.fetch(_SQL["last_leases"], unknown, lowest_id(utc(now) - _LOOKS_BACK))
            self._last |= {row["number"]: Hold(row["site_id"], row["until"]) for row in rows}


def leased_of(
    default: str, late: int, holds: Sequence[Hold], last: Hold | None, sites: Mapping[UUID, SiteQueue], now: float
) -> Leased:
    """What a question is told of one number, of which these are the leases and `last` the one before."""
    present = [hold for hold in holds if hold.present]
    chosen = newest(present or holds) if holds else last
    if chosen is None:
        return Leased(default, late)
    told = [site for each in {hold.site for hold in present or [chosen]} if (site := sites.get(each))]
    queues = {site.queue or default for site in told}
    if len(queues) > 1:
        return Leased(default, late, several=True)
    names = ", ".join(sorted(site.name for site in told))
    ended = 0.0 if present or chosen.until > now else chosen.until
    return Leased(default, late, names, queues.pop() if queues else "", ended)


def newest(holds: Sequence[Hold]) -> Hold:
    """The one whose visitor was seen last."""
    return max(holds, key=lambda hold: (hold.seen_until, hold.until))


def _hold(row: asyncpg.Record) -> Hold:
    return Hold(row["site_id"], row["until"], row["seen_until"].timestamp(), row["present"])


async def run_leases_file(pool: Pool, folder: Path, clock: Callable[[], float] = time.time) -> None:
    """Keep the folder's file level with the rows, for ever."""
    follower, file = LeaseFollower(), LeasesFile(folder)
    while True:
        began, known = time.monotonic(), False
        try:
            async with pool.acquire() as connection:
                now = clock()
                leased = await follower.leased(connection, utc(now).date(), now)
            file.tell(leased)
            known = bool(leased)
        except _TROUBLE as error:
            log.warning("leases_not_followed", error=str(error) or type(error).__name__)
        period = _PERIOD_SECONDS if known else _IDLE_SECONDS
        await asyncio.sleep(max(period, _SHARE * (time.monotonic() - began)))
