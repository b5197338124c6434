"""A visitor who is shown a number at this moment: what explains the calls of the benches that end some."""

from datetime import datetime
from uuid import UUID, uuid4

from trunkline.db.types import Connection
from trunkline.ids import uuid7


async def show(connection: Connection, number: str, site: UUID, pool: UUID, now: datetime) -> None:
    """`number` becomes a line, one of the pool's numbers, and is leased to a visit that began a minute ago."""
    visit, visitor = uuid7(now.timestamp() - 60), uuid4()
    await connection.execute("insert into lines (id, number) values ($1, $2)", uuid4(), number)
    await connection.execute(
        "insert into tracking_numbers (id, number, since, pool_id) values ($1, $2, '2026-01-01', $3)",
        *(uuid4(), number, pool),
    )
    await connection.execute(
        "insert into visits (id, visitor, site_id, started_at, seen_at, landing, referrer, agent, consent)"
        " values ($1, $2, $3, $4, $4, 'https://example.ru/?utm_source=x', '', '', 'full')",
        *(visit, visitor, site, now),
    )
    await connection.execute(
        "insert into lease_current (id, number, kind, pool_id, site_id, placement, visit_id, visitor, hold_seconds,"
        " granted_at, seen_until, until) values ($1, $2, 'exclusive', $3, $4, 'main', $5, $6, 900, $7,"
        " $7::timestamptz + interval '1 h', $7::timestamptz + interval '2 h')",
        *(uuid4(), number, pool, site, visit, visitor, now),
    )
