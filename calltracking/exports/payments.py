"""Payments as conversions: each that came or changed is looked at once, and told with the visit that led to it.

Amounts leave for whoever a destination of payments names, and for no log.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
import msgspec

from calltracking.exports.conversion import Conversion
from calltracking.exports.destination import KINDS
from calltracking.exports.store import SQL, add_exports
from calltracking.exports.telling import known_by, visits_of
from calltracking.exports.whys import CANCELLED
from calltracking.models.kinds import KindRules
from trunkline.db.types import Connection, Pool
from trunkline.ids import lowest_id

CURRENCY: Final = "RUB"
"""Of the amounts in our copy of the CRM."""
_USUAL: Final = KindRules().campaign_window
_SLACK: Final = timedelta(days=2)
"""A day of whatever zone, and the seconds by which an id is older than its call."""
_SPREAD: Final = timedelta(hours=1)
_AT_ONCE: Final = 200
_MOST: Final = 10_000
_TOLD_OF: Final = [name for name, kind in KINDS.items() if kind.money]


async def look_at_payments(pool: Pool, zone: ZoneInfo, now: datetime) -> int:
    """Tell those that came or changed and whose day has come; what is on its way stays as it was. Returns how many.

    Any number of workers may look at once: each takes payments of its own, a few in a transaction.
    """
    looked, today = 0, now.astimezone(zone).date()
    while looked < _MOST:
        async with pool.acquire() as connection, connection.transaction():
            notes = {
                row["payment_id"]: row["paid_on"]
                for row in await connection.fetch(SQL["take_payments"], today, _AT_ONCE)
            }
            if notes:
                told = await _told(connection, notes, zone, now)
                await connection.execute(SQL["forget_payments"], [one.subject for _, one in told], _TOLD_OF)
                await add_exports(connection, told)
        looked += len(notes)
        if len(notes) < _AT_ONCE:
            break
    return looked


async def latest_payment(connection: Connection, zone: ZoneInfo, now: datetime) -> Conversion | None:
    """The newest, for looking at what would be told; None where there is none."""
    row = await connection.fetchrow(SQL["latest_payment"], now.astimezone(zone).date())
    if row is None:
        return None
    ((_, told),) = await _told(connection, {row["id"]: row["paid_on"]}, zone, now)
    return told


async def _told(
    connection: Connection, payments: Mapping[UUID, date], zone: ZoneInfo, now: datetime
) -> Sequence[tuple[UUID | None, Conversion]]:
    """Each with the site of its visit."""
    longest = timedelta(days=await connection.fetchval(SQL["longest_window"]) or 0)
    first, last = (datetime.combine(day, time(), UTC) for day in (min(payments.values()), max(payments.values())))
    low, high = lowest_id(first - max(longest, _USUAL) - _SLACK), lowest_id(last + _SLACK)
    rows = await connection.fetch(SQL["led_payments"], list(payments), zone.key, _USUAL, low, high)
    visits = await visits_of(connection, (row["visit_id"] for row in rows))
    return [_one(row, visits.get(row["visit_id"]), now) for row in rows]


def _one(row: asyncpg.Record, visit: asyncpg.Record | None, now: datetime) -> tuple[UUID | None, Conversion]:
    told = Conversion(
        subject=f"payment:{row['id']}",
        kind="payment",
        at=moment_of(row["id"], row["over"], row["led_at"], now).timestamp(),
        value=max(0, row["kopecks"]),
        currency=CURRENCY,
        never=_never(row, visit),
    )
    if visit is None:
        return None, told
    more: dict[str, Any] = {"site": row["site"], "page": visit["landing"], "confidence": row["confidence"]}
    return visit["site_id"], msgspec.structs.replace(known_by(told, visit), **more)


def moment_of(payment: UUID, over: datetime, led: datetime | None, now: datetime) -> datetime:
    """When it was paid, of which only the day is known, that is over at `over`; `led` is when what led to it began.

    Its last hour: whoever takes what is some days old at most takes it longest. On the day itself the last hour until
    now, since nobody takes what is to come; and never before what led to it, of which the report lets ten minutes of
    the next day count. Where in the hour is by its id: of two payments after one click at one moment Google takes one
    (DUPLICATE_GCLID, "the same GCLID and conversion time", processing_errors.proto).
    """
    over = min(over, now)
    start = over - _SPREAD
    if led is not None:
        start = max(led + timedelta(seconds=1), start)
    return start + timedelta(seconds=payment.int % max(1, int((over - start).total_seconds())))


def _never(row: asyncpg.Record, visit: asyncpg.Record | None) -> str:
    """Why nobody is told of it, the first that holds."""
    return next(
        (
            why
            for why, holds in (
                (CANCELLED, row["cancelled"]),
                ("no_value", row["kopecks"] <= 0),
                ("nobody", row["led_at"] is None),
                ("no_visit", visit is None),
            )
            if holds
        ),
        "",
    )
