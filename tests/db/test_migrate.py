"""Migrations run once, in order, and refuse a database from the future."""

import pytest

from trunkline.db.migrate import migrate, migrations, pending
from trunkline.db.types import Pool
from trunkline.errors import DatabaseUnfit


async def test_fresh_database_lacks_nothing(pool: Pool) -> None:
    async with pool.acquire() as connection:
        assert await pending(connection) == []
        assert await migrate(connection) == []


def test_numbers_are_unique_and_ordered() -> None:
    numbers = [migration.number for migration in migrations()]

    assert numbers == sorted(set(numbers))


async def test_newer_database_is_refused(pool: Pool) -> None:
    async with pool.acquire() as connection:
        await connection.execute("insert into migrations (name) values ('9999_pre_future')")
        with pytest.raises(DatabaseUnfit, match="9999_pre_future"):
            await migrate(connection)


async def test_cyrillic_is_understood(pool: Pool) -> None:
    assert await pool.fetchval("select lower('ЖЁЛТЫЙ') || ' ' || ('Ёж' ilike 'ёЖ')") == "жёлтый true"
