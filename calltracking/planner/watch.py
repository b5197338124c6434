"""Alarms for pools that run out of numbers, now or within a day: raised when it lasts, cleared when it is over."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, NoReturn
from uuid import UUID
from zoneinfo import ZoneInfo

from calltracking.planner.forecast import Stay
from calltracking.planner.measuring import SQL, measure
from calltracking.planner.plan import GOAL, SPAN
from calltracking.planner.warning import PoolWarning, warning
from trunkline.alarms.alarm import AlarmBell, Severity, open_alarms
from trunkline.db.types import Connection
from trunkline.ids import lowest_id
from trunkline.jobs.house import WorkerServices
from trunkline.log import get_logger
from trunkline.people.pages.request import now as clock
from trunkline.web.i18n import mark
from trunkline.writer import DATABASE_TROUBLE

log = get_logger(__name__)

TICK: Final = timedelta(seconds=60)
LASTS: Final = timedelta(minutes=3)
"""A pool of the right size is full for one visitor in a hundred: only what lasts is told."""
CALM: Final = timedelta(minutes=30)
"""It must have been over for that long."""
_SEVERITIES: Final = {"busy": Severity.INFO, "expected": Severity.WARNING, "exhausted": Severity.CRITICAL}
_PREFIX: Final = "pool.numbers:"
_AHEAD: Final = 24
_WEEKS: Final = 4
_NOW: Final = timedelta(minutes=15)

_EXHAUSTED: Final = mark(
    "Every number of the pool %(pool)s is with a visitor (%(taken)s of %(numbers)s), others share one or see the "
    "site's own; numbers missing: %(missing)s"
)
_BUSY: Final = mark("%(taken)s of %(numbers)s numbers of the pool %(pool)s are with visitors now")
_EXPECTED: Final = mark(
    "The pool %(pool)s will be short of numbers in %(hours)s h: %(coverage)s %% of the visitors get one of their own "
    "then; numbers missing: %(missing)s"
)
_SHORT: Final = mark(
    "The pool %(pool)s is short of numbers in this hour: %(coverage)s %% of the visitors get one of their own; "
    "numbers missing: %(missing)s"
)


@dataclass(frozen=True, slots=True)
class PoolState:
    """A pool at a moment: its numbers, how many are with visitors, visitors an hour now and in the hours to come."""

    id: UUID
    name: str
    numbers: int
    taken: int
    per_hour: tuple[float, ...]
    stay: Stay

    def warning(self) -> PoolWarning | None:
        """The most urgent thing to say."""
        return warning(self.numbers, self.taken, self.per_hour, self.stay, GOAL)


@dataclass(slots=True)
class Watcher:
    """What was said of each pool, since when and until when: nothing is told at once, nor taken back at once."""

    _since: dict[UUID, datetime] = field(default_factory=dict)
    _last: dict[UUID, datetime] = field(default_factory=dict)
    _told: dict[UUID, str] = field(default_factory=dict)

    def is_lasting(self, pool: UUID, now: datetime) -> bool:
        """Something is said of it; whether it has been for long enough to ring."""
        self._last[pool] = now
        return now - self._since.setdefault(pool, now) >= LASTS

    def is_news(self, pool: UUID, reason: str) -> bool:
        """Whether another reason was told of it last."""
        known, self._told[pool] = self._told.get(pool), reason
        return known != reason

    def is_over(self, pool: UUID, now: datetime) -> bool:
        """Nothing is said of it; whether that has been so for long enough to clear an alarm."""
        self._since.pop(pool, None)
        return now - self._last.setdefault(pool, now) >= CALM


async def run_pool_watch(services: WorkerServices) -> NoReturn:
    """Measure and look every minute, for ever."""
    bell, watcher = AlarmBell(services.pool, services.redis), Watcher()
    zone = ZoneInfo(services.settings.web.timezone)
    while True:
        try:
            await measure(services.pool, clock())
            async with services.pool.acquire() as connection:
                pools = await read_pools(connection, clock(), zone)
                rung = {one.key for one in await open_alarms(connection) if one.key.startswith(_PREFIX)}
            await look(bell, watcher, pools, rung, clock())
        except DATABASE_TROUBLE as error:
            log.warning("pools_not_watched", error=str(error) or type(error).__name__)
        await asyncio.sleep(TICK.total_seconds())


async def look(bell: AlarmBell, watcher: Watcher, pools: Sequence[PoolState], rung: set[str], now: datetime) -> None:
    """Ring for the pools of which something has been said for long enough; `rung` are the keys that are open."""
    keys = {f"{_PREFIX}{one.id}": one for one in pools}
    for key in rung - keys.keys():
        await bell.clear(key)  # a pool that no site leases from any more
    for key, one in keys.items():
        said = one.warning()
        if said is not None and watcher.is_lasting(one.id, now):
            if watcher.is_news(one.id, said.reason) or key not in rung:
                await bell.raise_(key, _SEVERITIES[said.reason], *_told(one, said))
        elif said is None and watcher.is_over(one.id, now) and key in rung:
            await bell.clear(key)


async def read_pools(connection: Connection, now: datetime, zone: ZoneInfo) -> list[PoolState]:
    """Every pool that has numbers and a site that leases them."""
    today = now.astimezone(zone).date()
    rows = await connection.fetch(SQL["pools_now"], today, now, lowest_id(now - _NOW))
    stays = {row["pool_id"]: row["seconds"] / 60 for row in await connection.fetch(SQL["stays"], now - SPAN)}
    hours: dict[UUID, dict[int, float]] = {}
    for row in await connection.fetch(SQL["same_hours"], now, _WEEKS):
        hours.setdefault(row["pool_id"], {})[row["hour"]] = row["per_hour"]
    found = []
    for row in rows:
        ahead = hours.get(row["id"], {})
        per_hour = (4.0 * row["asked"], *(ahead.get(hour, 0.0) for hour in range(1, _AHEAD)))
        stay = Stay(stays.get(row["id"], Stay().dwell), row["hold_minutes"])
        found.append(PoolState(row["id"], row["name"], row["numbers"], row["taken"], per_hour, stay))
    return found


def _told(pool: PoolState, said: PoolWarning) -> tuple[str, Mapping[str, Any]]:
    facts = {
        "pool": pool.name,
        "numbers": pool.numbers,
        "taken": pool.taken,
        "hours": said.in_hours,
        "coverage": round(100 * said.coverage),
        "missing": said.missing,
    }
    titles = {"exhausted": _EXHAUSTED, "busy": _BUSY, "expected": _EXPECTED if said.in_hours else _SHORT}
    return titles[said.reason], facts
