"""Reports are read from a standby while it is level: a real one, made by pg_basebackup, whose replay is held up."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest
from redis.asyncio import Redis

from tests.conftest import with_database
from tests.fakes.waiting import eventually
from tests.people.company import AddPerson
from tests.reports.calls import ANNA, add_call
from tests.reports.standby_server import standby_of
from tests.web.composed import browsing_as, compose, text_of
from trunkline.db import standby as standing
from trunkline.db.pool import open_pool
from trunkline.db.standby import Standby, open_standby
from trunkline.db.types import Connection, Pool
from trunkline.people.roles import Role
from trunkline.reports.standby_check import reports_standby
from trunkline.settings import load
from trunkline.web.metrics import HEAVY_READS

_PAGES = (
    "/reports",
    "/reports/lines",
    "/reports/agents",
    "/reports/agents.csv",
    "/reports/callbacks",
    "/reports/channels",
    "/reports/channels.csv",
    "/reports/channels/calls",
    "/recordings?q=price",
    "/api/v1/reports/missed",
    "/api/v1/reports/lines",
    "/api/v1/reports/agents",
    "/api/v1/reports/callbacks",
    "/api/v1/reports/channels",
    "/api/v1/reports/channels/calls",
    "/api/v1/recordings?q=price",
)


@pytest.fixture(scope="module")
def standby_server(postgres_url: str, servers_dir: Path, secret_key: bytes) -> Iterator[str]:
    if "trunkline-tests-" not in postgres_url:
        pytest.skip("a standby is made of the embedded PostgreSQL alone")
    with asyncio.Runner() as runner:
        server = standby_of(servers_dir, secret_key)
        url = runner.run(server.__aenter__())
        try:
            yield url
        finally:
            runner.run(server.__aexit__(None, None, None))


@pytest.fixture
async def standby_url(standby_server: str, database_url: str, pool: Pool) -> str:
    """The same database as `pool`, on the standby that has it already."""
    url = with_database(standby_server, database_url.partition("?")[0].rpartition("/")[2])
    await eventually(lambda: is_made(url))
    return url


@pytest.fixture
async def standby(standby_url: str, pool: Pool) -> AsyncIterator[Standby]:
    async with open_standby(standby_url, pool, 2, "trunkline-tests") as standby:
        yield standby


async def is_made(url: str) -> bool:
    try:
        connection = await asyncpg.connect(url)
    except asyncpg.PostgresError:
        return False
    await connection.close()
    return True


async def ask(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(statement)
    await connection.close()


async def seen(connection: Connection) -> tuple[bool, int]:
    """Whether a standby is read, and how many calls it has."""
    row = await connection.fetchrow("select pg_is_in_recovery(), (select count(*)::int from calls)")
    assert row is not None
    return row[0], row[1]


async def test_what_is_written_is_read_wherever_that_is(
    standby: Standby, standby_url: str, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(1, 4):
        await add_call(pool, ANNA, "missed", why="busy")
        assert await standby.read(seen) == (True, number)

    monkeypatch.setattr(standing, "LONGEST_WAIT", 0.1)
    await ask(standby_url, "select pg_wal_replay_pause()")
    await add_call(pool, ANNA, "missed", why="busy")
    assert await standby.read(seen) == (False, 4), "one that is behind is not read"
    await ask(standby_url, "select pg_wal_replay_resume()")
    monkeypatch.undo()
    assert await standby.read(seen) == (True, 4)


async def test_nothing_is_written_by_what_reads(standby: Standby, pool: Pool) -> None:
    async def write(connection: Connection) -> None:
        await connection.execute("delete from calls")

    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        await standby.read(write)
    async with open_standby("postgresql://nobody@127.0.0.1:1/none", pool, 2, "trunkline-tests") as away:
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            await away.read(write)


async def test_one_that_is_cut_short_is_read_anew(standby: Standby, pool: Pool) -> None:
    asked = []

    async def read(connection: Connection) -> tuple[bool, int]:
        found = await seen(connection)
        asked.append(found[0])
        if found[0]:
            await connection.execute("select pg_terminate_backend(pg_backend_pid())")
        return found

    assert await standby.read(read) == (False, 0)
    assert asked == [True, False]
    assert await standby.read(seen) == (True, 0), "it is read again"


@pytest.mark.parametrize("which", ["primary", "other database", "away"])
async def test_what_is_no_standby_of_ours_is_not_read(
    standby_url: str, standby_server: str, database_url: str, pool: Pool, which: str
) -> None:
    """And the doctor says so; where it is level, that."""
    url, told = {
        "primary": (database_url, "is no standby"),
        "other database": (standby_server, "holds another database"),
        "away": ("postgresql://nobody@127.0.0.1:1/none", "does not answer"),
    }[which]
    async with open_standby(url, pool, 2, "trunkline-tests") as standby:
        assert await standby.read(seen) == (False, 0)

    def settings(standby: str) -> dict[str, str]:
        return {"TRUNKLINE_DATABASE_URL": database_url, "TRUNKLINE_DATABASE_REPORTS_URL": standby}

    (finding,) = await reports_standby(load(None, settings(url)))
    assert (finding.well, told in finding.message) == (False, True), finding
    assert await reports_standby(load(None, settings(""))) == []
    await eventually(lambda: is_level(settings(standby_url)))


async def is_level(settings: dict[str, str]) -> bool:
    (finding,) = await reports_standby(load(None, settings))
    return finding.well and finding.message == "level with the primary"


async def test_every_report_and_search_is_read_there(
    standby_url: str,
    database_url: str,
    valkey_url: str,
    redis: Redis,
    data_dir: Path,
    pool: Pool,
    add_person: AddPerson,
) -> None:
    await add_call(pool, ANNA, "missed", why="busy")
    person = await add_person("root", Role.ADMINISTRATOR, every_department=True)
    app = compose(database_url, valkey_url, data_dir, TRUNKLINE_DATABASE_REPORTS_URL=standby_url)
    read = HEAVY_READS.labels("standby")._value
    async with browsing_as(app, pool, person) as browser:
        for path in _PAGES:
            before = read.get()
            await text_of(browser, path)
            assert read.get() == before + 1, path


async def test_without_one_all_is_read_where_it_is_written(pool: Pool, database_url: str) -> None:
    async with open_pool(database_url, size=1) as single, open_standby(database_url, single, 1, "x") as standby:
        assert await standby.read(seen) == (False, 0), "and one connection is enough"
