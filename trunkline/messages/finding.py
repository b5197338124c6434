"""What time alone makes happen: promises broken, debts overdue, deferred payments that come due; and new payments.

Each is found at every look as long as it stands; that a rule takes it once is kept by its decision.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg

from trunkline.db.types import Pool
from trunkline.messages.happening import Kind
from trunkline.messages.rules_store import active_kinds, rules_of
from trunkline.messages.store import FACTS, SQL, happening, keep

_PAGE: Final = 500
_BEFORE_ALL: Final = UUID(int=0)


class Search(NamedTuple):
    """A query of facts.sql, and by what name a row of it is known for ever."""

    query: str
    key: Callable[[asyncpg.Record], str]
    by_day: bool = True


SEARCHES: Final[Mapping[Kind, Search]] = {
    Kind.MISSED_LATE: Search("late_missed", lambda row: f"missed:{row['subject']}", by_day=False),
    Kind.DEBT_OVERDUE: Search("overdue_debts", lambda row: f"debt:{row['subject']}:{row['fields']['due'] or ''}"),
    Kind.PAYMENT_DEFERRED: Search("deferred_payments", lambda row: f"order:{row['subject']}:{row['edition']}"),
    Kind.RESERVATION_ENDING: Search(
        "ending_reservations", lambda row: f"reservation:{row['subject']}:ending:{row['edition']}"
    ),
    Kind.PAYMENT_RECEIVED: Search("new_payments", lambda row: f"payment:{row['subject']}"),
}


async def one_round(pool: Pool, zone: ZoneInfo, now: datetime, *, page: int = _PAGE) -> int:
    """Look for all that rules ask about, a page a transaction, unless another node does; how many messages followed."""
    # The lock's transaction holds nothing else, and lasts as long as the search.
    async with pool.acquire() as connection, connection.transaction():
        if not await connection.fetchval(SQL["try_finding"]):
            return 0
        active = await active_kinds(connection)
        return sum([await _search(pool, kind, zone, now, page) for kind in SEARCHES if kind in active])


async def _search(pool: Pool, kind: Kind, zone: ZoneInfo, now: datetime, page: int) -> int:
    search, after, count = SEARCHES[kind], _BEFORE_ALL, 0
    while True:
        async with pool.acquire() as connection, connection.transaction():
            more = (now.astimezone(zone).date(),) if search.by_day else ()
            rows = await connection.fetch(FACTS[search.query], now, after, page, *more)
            rules = await rules_of(connection, kind)
            count += await keep(connection, rules, [happening(kind, search.key(row), row) for row in rows], now)
        if len(rows) < page:
            return count
        after = rows[-1]["subject"]
