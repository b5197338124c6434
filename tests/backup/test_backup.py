"""A backup is proved by restoring it and comparing every row."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest
from typer.testing import CliRunner

from trunkline.app.command import application
from trunkline.backup.archive import extract_dump, read_manifest
from trunkline.backup.replay import BackupFailed, replay
from trunkline.backup.run import backup, restore
from trunkline.db.types import Connection, Pool
from trunkline.demo.company import Company
from trunkline.demo.words import load_words
from trunkline.errors import InvalidInput, NotFound

KEY = bytes(range(32))


async def fingerprint(connection: Connection) -> dict[str, str]:
    names = await connection.fetch(
        "select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace "
        "where n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relispartition"
    )
    return {
        name: await connection.fetchval(
            f"select md5(coalesce(string_agg(t::text, E'\\n' order by t::text), '')) from \"{name}\" t"
        )
        for (name,) in names
        if name not in {"spool_positions", "restores"}
    }


async def fill(pool: Pool) -> None:
    async with pool.acquire() as connection, connection.transaction():
        for table in Company(load_words()).tables(datetime.now(UTC)):
            if table.name in {"departments", "people", "companies"}:
                await connection.copy_records_to_table(table.name, columns=table.columns, records=table.rows)
        await connection.execute("insert into spool_positions values ('a', 'pbx', 40, 0)")


async def test_every_row_comes_back(pool: Pool, database_url: str, other_url: str, tmp_path: Path) -> None:
    await fill(pool)
    file = tmp_path / "backup.tar"

    manifest, _ = await backup(database_url, file, KEY)
    restored = await restore(other_url, file, replace=False)

    other = await asyncpg.connect(other_url)
    async with pool.acquire() as connection:
        before, after = await fingerprint(connection), await fingerprint(other)
    positions = await other.fetchval("select count(*) from spool_positions")
    await other.close()
    assert before == after
    assert restored == manifest
    assert positions == 0
    assert file.stat().st_mode & 0o777 == 0o600


async def test_backup_is_one_moment_while_writing_goes_on(
    pool: Pool, database_url: str, other_url: str, tmp_path: Path
) -> None:
    """Each company is inserted with its contact in one transaction: a backup never has one without the other."""
    stop = asyncio.Event()

    async def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            await pool.execute(
                "with c as (insert into companies (id, name) values (gen_random_uuid(), 'c') returning id) "
                "insert into contacts (id, company_id, name) select gen_random_uuid(), id, 'c' from c"
            )

    writing = asyncio.create_task(write())
    try:
        await backup(database_url, tmp_path / "backup.tar", KEY)
    finally:
        stop.set()
        await writing
    manifest = await restore(other_url, tmp_path / "backup.tar", replace=False)

    assert manifest.tables["companies"] == manifest.tables["contacts"]


async def test_full_database_is_not_overwritten_by_accident(pool: Pool, database_url: str, tmp_path: Path) -> None:
    """One of an older version is brought to this one's schema: it notes that it was restored."""
    await pool.execute("drop table restores; delete from migrations where name = '0925_pre_restores'")
    await backup(database_url, tmp_path / "backup.tar", KEY)

    with pytest.raises(InvalidInput, match="--replace"):
        await restore(database_url, tmp_path / "backup.tar", replace=False)
    await pool.execute("insert into departments values (gen_random_uuid(), 'x', 'x')")
    await restore(database_url, tmp_path / "backup.tar", replace=True)

    await pool.expire_connections()
    assert await pool.fetchval("select count(*) from departments") == 0
    assert await pool.fetchval("select count(*) from restores where dumped_at <= restored_at") == 1


async def test_cut_backup_is_refused_and_nothing_is_touched(
    pool: Pool, database_url: str, other_url: str, tmp_path: Path
) -> None:
    await fill(pool)
    whole = tmp_path / "backup.tar"
    await backup(database_url, whole, KEY)
    cut = tmp_path / "cut.tar"
    for share in (0, 0.001, 0.3, 0.9):
        cut.write_bytes(whole.read_bytes()[: int(whole.stat().st_size * share)])
        with pytest.raises(Exception, match=r"backup|pg_restore|unexpected end"):
            await restore(other_url, cut, replace=False)

    other = await asyncpg.connect(other_url)
    assert await other.fetchval("select to_regclass('public.migrations')") is None
    await other.close()


async def test_half_a_dump_is_never_committed(pool: Pool, database_url: str, other_url: str, tmp_path: Path) -> None:
    """pg_restore fails at its end, when psql has already been given most of the script."""
    await fill(pool)
    await backup(database_url, tmp_path / "backup.tar", KEY)
    dump = extract_dump(tmp_path / "backup.tar", tmp_path)
    whole = dump.read_bytes()
    for share in (0.5, 0.9, 0.99):
        dump.write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(BackupFailed, match="pg_restore failed"):
            await replay(other_url, dump)

    other = await asyncpg.connect(other_url)
    assert await other.fetchval("select count(*) from pg_class where relnamespace = 'public'::regnamespace") == 0
    await other.close()


async def test_the_database_says_why_a_dump_does_not_go_in(database_url: str, pool: Pool, tmp_path: Path) -> None:
    await backup(database_url, tmp_path / "backup.tar", KEY)
    dump = extract_dump(tmp_path / "backup.tar", tmp_path)

    with pytest.raises(BackupFailed, match=r"psql failed: .* already exists"):
        await replay(database_url, dump)


def test_not_a_backup(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("hello")

    with pytest.raises(InvalidInput, match="is not a backup"):
        read_manifest(tmp_path / "note.txt")
    with pytest.raises(InvalidInput, match="cannot be read"):
        read_manifest(tmp_path / "absent")


def test_a_file_that_is_no_backup_touches_and_starts_nothing(tmp_path: Path) -> None:
    answered_from = tmp_path / "data" / "directory" / "current.tld"
    answered_from.parent.mkdir(parents=True)
    answered_from.touch()
    (tmp_path / "note.txt").write_text("hello")
    told = CliRunner().invoke(
        application,
        ["restore", str(tmp_path / "note.txt"), "--replace"],
        env={"TRUNKLINE_DATA_DIR": str(tmp_path / "data"), "TRUNKLINE_DATABASE_URL": None},
    )

    assert (told.exit_code, "is not a backup" in told.output) == (1, True)
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["directory"]
    assert answered_from.exists()


async def test_an_empty_database_is_nothing_to_back_up(other_url: str, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="holds no Trunkline"):
        await backup(other_url, tmp_path / "backup.tar", KEY)


def test_a_backup_makes_no_installation(tmp_path: Path) -> None:
    told = CliRunner().invoke(
        application,
        ["backup", str(tmp_path / "backup.tar")],
        env={"TRUNKLINE_DATA_DIR": str(tmp_path / "nowhere"), "TRUNKLINE_DATABASE_URL": None},
    )

    assert (told.exit_code, told.output.count("\n")) == (1, 1)
    assert "there is no installation in" in told.output
    assert list(tmp_path.iterdir()) == []


async def test_a_file_that_is_there_is_written_over_only_when_asked(
    pool: Pool, database_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "backup.tar"
    file.write_text("the one of yesterday")
    environment = {"TRUNKLINE_DATA_DIR": str(tmp_path), "TRUNKLINE_DATABASE_URL": database_url}

    def told(*arguments: str) -> tuple[int, str]:
        result = CliRunner().invoke(application, ["backup", *arguments], env=environment)
        return result.exit_code, result.output

    code, words = await asyncio.to_thread(told, str(file))
    assert (code, "is there already; name another file, or write over it with --replace" in words) == (1, True)
    assert file.read_text() == "the one of yesterday"
    code, words = await asyncio.to_thread(told, str(tmp_path), "--replace")
    assert (code, "is no file" in words) == (1, True)
    code, _ = await asyncio.to_thread(told, str(file), "--replace")
    assert (code, read_manifest(file).with_key) == (0, False)
