"""Carrying out a backup and a restore with PostgreSQL's own programs."""

import asyncio
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from trunkline import __version__
from trunkline.backup.archive import FORMAT, Manifest, extract_dump, read_manifest, write_archive
from trunkline.backup.replay import BackupFailed, replay, run_program
from trunkline.crypto import SecretBox
from trunkline.db.hosts import connect
from trunkline.db.migrate import migrations
from trunkline.db.types import Connection
from trunkline.errors import InvalidInput, Mistake, NotFound


async def backup(url: str, path: Path, key: bytes, *, with_key: bool = False) -> Manifest:
    """Write the database of `url` to `path` while it is in use, with the `key` of its secrets or that one's mark."""
    connection = await connect(url)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            if not await _is_ours(connection):
                raise NotFound("nothing to back up: the database holds no Trunkline")
            snapshot = await connection.fetchval("select pg_export_snapshot()")
            manifest = Manifest(
                format=FORMAT,
                version=__version__,
                created_at=datetime.now(UTC).isoformat(timespec="seconds"),
                migrations=[row["name"] for row in await connection.fetch("select name from migrations order by 1")],
                tables=await count_rows(connection),
                with_key=with_key,
                key_fingerprint=SecretBox(key).fingerprint(),
            )
            with tempfile.TemporaryDirectory(dir=path.parent, prefix=".backup-") as folder:
                dump = Path(folder) / "dump"
                await run_program(
                    url, "pg_dump", "--format=custom", "--no-owner", f"--snapshot={snapshot}", f"--file={dump}"
                )
                await asyncio.to_thread(write_archive, path, manifest, dump, key if with_key else None)
    finally:
        await connection.close()
    return manifest


async def restore(url: str, path: Path, *, replace: bool) -> Manifest:
    """Fill the database of `url` from `path` in one transaction; one that holds data is refused unless `replace`."""
    manifest = read_manifest(path)
    known = {migration.name for migration in migrations()}
    if newer := [name for name in manifest.migrations if name not in known]:
        raise InvalidInput(Mistake(str(path), f"is of a newer version of Trunkline ({manifest.version}: {newer[-1]})"))
    connection = await connect(url)
    try:
        await _make_room(connection, replace=replace)
        with tempfile.TemporaryDirectory(prefix="trunkline-restore-") as folder:
            dump = await asyncio.to_thread(extract_dump, path, Path(folder))
            await replay(url, dump)
        # The spool of the machine that was backed up is not in the backup; this machine's begins anew.
        await connection.execute("delete from spool_positions")
        found = await count_rows(connection)
    finally:
        await connection.close()
    lost = {
        name: rows for name, rows in manifest.tables.items() if name != "spool_positions" and found.get(name) != rows
    }
    if lost:
        raise BackupFailed(f"rows differ from the manifest after restoring: {', '.join(sorted(lost))}")
    return manifest


async def count_rows(connection: Connection) -> dict[str, int]:
    """Rows of every ordinary and partitioned table of ours."""
    names = await connection.fetch(
        "select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace "
        "where n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relispartition order by 1"
    )
    # Identifiers cannot be parameters; these come from the catalogue.
    return {name: await connection.fetchval(f'select count(*) from "{name}"') for (name,) in names}  # noqa: S608


async def _is_ours(connection: Connection) -> bool:
    return await connection.fetchval("select to_regclass('public.migrations')") is not None


async def _make_room(connection: Connection, *, replace: bool) -> None:
    if not await _is_ours(connection):
        return
    if not replace:
        raise InvalidInput(Mistake("database", "holds data already; restore with --replace to throw it away"))
    await connection.execute("drop schema public cascade; create schema public")
