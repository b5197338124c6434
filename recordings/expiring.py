"""Lets recordings go whose time is over, with their words, and tells when the disk of their folder fills up.

The row stays, and says so. What is held stays whole, whatever the rules say.
"""

import asyncio
import shutil
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final, NoReturn
from uuid import UUID

from recordings.counting import count_step
from recordings.forgetting import forget_again, forget_said, forget_sounds
from recordings.keeping import KeepRule, filling, fingerprint, is_over, next_look
from recordings.leftovers import sweep
from recordings.putting import take_turn
from recordings.recording import Stage
from recordings.store import SQL as ROWS
from recordings.store import find
from recordings.vault import StoreLost, Vault, vault_of
from trunkline.alarms.alarm import AlarmBell
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection, Pool
from trunkline.ids import lowest_id, month_bounds, time_of
from trunkline.jobs.house import WorkerServices
from trunkline.log import get_logger
from trunkline.web.i18n import mark
from trunkline.writer import DATABASE_TROUBLE

log = get_logger(__name__)

SQL: Final = load_queries("recordings", "expiring.sql")
_EVERY: Final = 3600.0
_PAGE: Final = 500
_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)
_LATELY: Final = timedelta(days=14)
_DISK: Final = mark(
    "The disk of the recordings is %(used)s %% full; at %(day_mb)s MB a day it is full in %(days)s days"
)
_DISK_STILL: Final = mark("The disk of the recordings is %(used)s %% full")


async def run_expiry(services: WorkerServices) -> NoReturn:
    """For ever."""
    settings, bell = services.settings, AlarmBell(services.pool, services.redis)
    rules, vault = [KeepRule.read(rule) for rule in settings.recordings.keep], vault_of(settings)
    while True:
        expires, watches = partial(_expire, services.pool, vault, rules), partial(watch_disk, bell, services)
        tidies, forgets = (
            partial(tidy, vault, settings.data_dir / "workshop"),
            partial(forget_again, services.pool, vault),
        )
        for work in (expires, watches, tidies, forgets):
            try:
                await work(datetime.now(UTC))
            except (*DATABASE_TROUBLE, OSError) as error:
                log.warning("recordings_expiry_waits", error=str(error) or type(error).__name__)
        await asyncio.sleep(_EVERY)


async def _expire(pool: Pool, vault: Vault, rules: Sequence[KeepRule], now: datetime) -> None:
    gone = await expire(pool, vault, rules, now)
    if gone:
        log.info("recordings_expired", recordings=gone)


async def expire(pool: Pool, vault: Vault, rules: Sequence[KeepRule], now: datetime) -> int:
    """Let go all whose time is over; returns how many. What the store does not let go stays, and the rest goes on.

    Only those are read whose moment came (docs/decisions/0312-when-a-recording-is-looked-at.md). Raises StoreLost.
    """
    if all(rule.days is None for rule in rules):
        return 0
    await _count(pool, rules)
    by, behind, gone = fingerprint(rules), (_LONG_AGO, UUID(int=0)), 0
    while True:
        async with pool.acquire() as connection:
            rows = await connection.fetch(SQL["due"], by, now, *behind, _PAGE)
            calls = await _calls(connection, [row["call_id"] for row in rows])
        later = []
        for row in rows:
            began = datetime.fromtimestamp(time_of(row["id"]), UTC)
            if is_over(rules, began, *calls.get(row["call_id"], ("", "")), now):
                gone += await _tried(pool, vault, row["id"])
            else:
                later.append((row["id"], next_look(rules, began, now)))
        if not rows:
            return gone
        await _look_later(pool, by, later)
        behind = rows[-1]["look_at"], rows[-1]["id"]


async def _count(pool: Pool, rules: Sequence[KeepRule]) -> None:
    """Note of all that are new, and after another rule of all, when they are to be looked at first."""
    by = fingerprint(rules)
    while rows := await pool.fetch(SQL["uncounted"], by, _PAGE):
        began = {row["id"]: datetime.fromtimestamp(time_of(row["id"]), UTC) for row in rows}
        await _look_later(pool, by, [(identifier, next_look(rules, at, at)) for identifier, at in began.items()])


async def _look_later(pool: Pool, by: int, later: Sequence[tuple[UUID, datetime | None]]) -> None:
    if later:
        await pool.execute(SQL["look_later"], by, *map(list, zip(*later, strict=True)))


async def _calls(connection: Connection, ids: Sequence[UUID]) -> dict[UUID, tuple[str, str]]:
    """Direction and line of the calls of these ids, asked of the partition of each month."""
    months: dict[tuple[int, int], list[UUID]] = {}
    for identifier in ids:
        began = datetime.fromtimestamp(time_of(identifier), UTC)
        months.setdefault((began.year, began.month), []).append(identifier)
    found = {}
    for (year, month), calls in months.items():
        for row in await connection.fetch(SQL["told_of_calls"], calls, *month_bounds(year, month)):
            found[row["id"]] = row["direction"], row["line"]
    return found


async def hold(connection: Connection, recording: UUID, why: str | None) -> bool:
    """Keep it whatever the rules say, or with None leave it to them, in a transaction; False where it is gone.

    Waits for who is letting it go.
    """
    await take_turn(connection, recording)
    return await connection.fetchval(SQL["hold"], recording, why) is not None


async def watch_disk(bell: AlarmBell, services: WorkerServices, now: datetime) -> None:
    """Look once; a bucket has no disk that could be asked."""
    if services.settings.recordings.s3_bucket:
        await bell.clear("recordings.disk")
        return
    folder = services.settings.recordings_dir
    folder.mkdir(parents=True, exist_ok=True)
    disk = await asyncio.to_thread(shutil.disk_usage, folder)
    since = now - _LATELY
    lately = await services.pool.fetchval(SQL["kept_lately"], since, lowest_id(since - _LATELY))
    a_day = lately / _LATELY.days
    found = filling(disk.total, disk.free, a_day)
    if found is None:
        await bell.clear("recordings.disk")
        return
    facts = {"used": found.used, "day_mb": round(a_day / 1e6), "days": found.days}
    await bell.raise_("recordings.disk", found.severity, _DISK_STILL if found.days is None else _DISK, facts)


async def tidy(vault: Vault, workshop: Path, now: datetime) -> None:
    """Throw away what killed workers left, in the store and on this machine."""
    left = await asyncio.to_thread(sweep, workshop, now.timestamp()) + await vault.sweep(now.timestamp())
    if left:
        log.info("recordings_leftovers_gone", things=left)


async def _tried(pool: Pool, vault: Vault, identifier: UUID) -> bool:
    try:
        return await _let_go(pool, vault, identifier)
    except StoreLost:
        raise
    except OSError as error:
        log.warning("recording_not_expired", recording=str(identifier), error=str(error))
        return False


async def _let_go(pool: Pool, vault: Vault, identifier: UUID) -> bool:
    """The sound first: a worker that is killed between leaves a row that the next look meets again.

    In a turn at the recording (`putting.py`), which whoever holds it takes too; its row is locked behind that alone.
    """
    began = time.perf_counter()
    async with pool.acquire() as connection, connection.transaction():
        await take_turn(connection, identifier)
        one = await find(connection, identifier)
        if one is None or not await connection.fetchval(SQL["may_go"], identifier):
            return False
        await forget_sounds(vault, one)
        if await connection.fetchval(SQL["lock_it"], identifier) is None:
            return False  # it was refused meanwhile
        await forget_said(connection, identifier)
        await connection.execute(SQL["expire"], identifier)
        await connection.execute(ROWS["note_step"], identifier, Stage.EXPIRED, time.perf_counter() - began)
    count_step(Stage.EXPIRED, time.perf_counter() - began)
    await vault.forget(one.copy_key)  # one that was being made until the commit
    return True
