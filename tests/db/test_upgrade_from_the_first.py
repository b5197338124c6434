"""A company of the first finished schema is upgraded to today's, with its rows.

`first_schema.sql.gz` is the dump (pg_dump --inserts, without session settings of later servers) of a database to which
the nine migrations of commit 9f186c4e were applied, 0001 to 0060, when the schema was first kept as a file and held by
a test; with a company's first rows in it. Migrations are forward only and none was ever taken away, so this is also the
oldest dump there can be of a whole house.
"""

import gzip
import os
import subprocess
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest

from trunkline.db.migrate import migrate, migrations, pending, require_current
from trunkline.db.partitions import ensure_partitions
from trunkline.db.pool import open_pool
from trunkline.db.programs import client_environment, client_program
from trunkline.db.schema import dump_schema
from trunkline.directory.build import build
from trunkline.directory.follow import NEXT_NAME
from trunkline.directory.reader import FILE_NAME, Directory
from trunkline.errors import DatabaseUnfit

_OLD = Path(__file__).parent / "first_schema.sql.gz"


@pytest.fixture
async def old_url(postgres_url: str) -> AsyncIterator[str]:
    """A database as the dump has it."""
    name = f"first_{os.getpid()}"
    admin = await asyncpg.connect(postgres_url)
    await admin.execute(f"create database {name}")
    head, _, query = postgres_url.partition("?")
    url = f"{head.rsplit('/', 1)[0]}/{name}" + (f"?{query}" if query else "")
    subprocess.run(
        [client_program("psql"), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--single-transaction"],
        env={**os.environ, **client_environment(url)},
        input=gzip.decompress(_OLD.read_bytes()),
        stdout=subprocess.DEVNULL,
        check=True,
    )
    yield url
    await admin.execute(f"drop database {name} with (force)")
    await admin.close()


async def test_the_first_house_becomes_todays(old_url: str, database_url: str, tmp_path: Path) -> None:
    async with open_pool(old_url, size=2) as pool, pool.acquire() as connection:
        with pytest.raises(DatabaseUnfit, match="lacks 0070"):
            await require_current(connection)

        applied = await migrate(connection)

        assert applied == [one.name for one in migrations()][9:]
        assert await pending(connection) == []
        await require_current(connection)
        await ensure_partitions(connection, datetime.now(UTC))
        # What was delivered is not due again, what waited still does.
        assert [row["idem"] for row in await connection.fetch("select idem from outbox")] == ["one"]
        assert [row["idem"] for row in await connection.fetch("select idem from outbox_log")] == ["zero"]
    assert dump_schema(old_url) == dump_schema(database_url)
    await build(old_url, tmp_path / NEXT_NAME)
    (tmp_path / NEXT_NAME).rename(tmp_path / FILE_NAME)
    directory = Directory.open(tmp_path)
    (contact,) = directory.contacts("+79161234567")
    line = directory.line("+74951234567")
    assert (contact.name, contact.company) == ("Пётр", "ООО «Ромашка»")
    assert line is not None
    assert directory.spam("+79990000001") is not None
    directory.close()
