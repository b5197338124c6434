"""Leads that a node of the version before opens while the new one is there already."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from tests.lines.test_hash_digits import older
from trunkline.db import migrate as migrating
from trunkline.db.types import Connection, Pool

__all__ = ["older"]
NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)


async def add(pool: "Pool | Connection", source: str = "site", phone: str | None = "+79161234567") -> UUID:
    """A lead, as that version writes it."""
    lead = uuid4()
    await pool.execute(
        "insert into leads (id, source, external_id, phone, opened_at) values ($1::uuid, $2, $1::text, $3, $4)",
        lead, source, phone, NOW,
    )  # fmt: skip
    return lead


async def test_a_form_opens_a_lead_with_a_clock(pool: Pool) -> None:
    lead = await add(pool)
    await add(pool, "bitrix24")
    await add(pool, phone=None)

    (row,) = await pool.fetch(
        "select lead_id, phone, take_by - now() as left, take_by = call_by as at_once from lead_clocks"
    )
    assert (row["lead_id"], row["phone"], row["at_once"]) == (lead, "+79161234567", True)
    assert timedelta(hours=23) < row["left"] < timedelta(days=1)


async def test_its_own_clock_stays(pool: Pool) -> None:
    """Whoever gives it one in the same transaction."""
    clock = "insert into lead_clocks (lead_id, phone, take_by, call_by) select id, phone, $1, $1 from leads"
    async with pool.acquire() as connection, connection.transaction():
        await add(connection)
        await connection.execute(clock, NOW)

    assert await pool.fetchval("select take_by from lead_clocks") == NOW


async def test_those_there_are_get_one(older: Pool) -> None:
    async with older.acquire() as connection:
        await migrating.migrate(connection)
    await older.execute("alter table leads disable trigger leads_have_clocks")
    lead = await add(older)
    await older.execute(
        "alter table leads enable trigger leads_have_clocks;"
        " drop trigger leads_have_clocks on leads; drop function leads_have_clocks;"
        " delete from migrations where name like '0368%'"
    )

    async with older.acquire() as connection:
        assert await migrating.migrate(connection) == ["0368_pre_clocks_of_old_nodes"]

    assert await older.fetchval("select lead_id from lead_clocks") == lead
