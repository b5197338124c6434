"""A database that held calls before there was a roll-up: nothing of them is missing from the reports."""

import os
from collections.abc import AsyncIterator

import asyncpg
import pytest

from tests.reports.calls import ANNA, add_call
from tests.reports.test_rollup import ZONE, check
from trunkline.db import migrate as migrating
from trunkline.db.pool import open_pool
from trunkline.db.types import Pool
from trunkline.reports.rollup import roll_up

_FIRST = "0145"
"""The migration that brought the roll-up."""


@pytest.fixture
async def older(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Pool]:
    """A database as it was before."""
    name = f"older_{os.getpid()}"
    admin = await asyncpg.connect(postgres_url)
    await admin.execute(f"create database {name}")
    head, _, query = postgres_url.partition("?")
    async with open_pool(f"{head.rsplit('/', 1)[0]}/{name}" + (f"?{query}" if query else "")) as pool:
        before = [one for one in migrating.migrations() if one.name < _FIRST]
        with monkeypatch.context() as patch:
            patch.setattr(migrating, "migrations", lambda: before)
            async with pool.acquire() as connection:
                await migrating.migrate(connection)
        yield pool
    await admin.execute(f"drop database {name} with (force)")
    await admin.close()


async def test_calls_from_before_are_counted(older: Pool) -> None:
    await add_call(older, ANNA, "missed", why="busy")
    call_id = await add_call(older, ANNA, "missed", why="closed")

    async with older.acquire() as connection:
        assert any(name.startswith(_FIRST) for name in await migrating.migrate(connection))
    await check(older)

    assert await roll_up(older, ZONE.key) > 0
    assert await older.fetchval("select missed from report_missed where by = ''") == 2
    await older.execute("update calls set outcome = 'answered', missed_why = null where id = $1", call_id)
    await check(older)
