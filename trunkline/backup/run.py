"""Carrying out a backup and a restore with PostgreSQL's own programs."""

import asyncio
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from trunkline import __version__
from trunkline.backup.archive import FORMAT, Manifest, extract_dump, read_manifest, write_archive
from trunkline.backup.replay import BackupFailed, replay, run_program
from trunkline.backup.sounds import Sounds, Written, room_for
from trunkline.backup.standing_in import NOT_COMPARED, Then, stand_in
from trunkline.crypto import SecretBox
from trunkline.db.hosts import connect
from trunkline.db.migrate import migrations
from trunkline.db.types import Connection
from trunkline.errors import InvalidInput, Mistake, NotFound


async def backup(
    url: str, path: Path, key: bytes, *, with_key: bool = False, sounds: Sounds | None = None, with_sounds: bool = False
) -> tuple[Manifest, Written | None]:
    """Write the database of `url` to `path` while it is in use, with the `key` of its secrets or that one's mark.

    With `sounds` also the list of them and, where they lie in a folder and are asked for, themselves: what became of
    those is returned.
    """
    folder_of_sounds = sounds.folder if sounds is not None and with_sounds else None
    connection = await connect(url)
    try:
        with room_for("there is no backup; make room, or name another place", path.parent), _folder_in(path) as folder:
            lines = folder / "list" if sounds is not None else None
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                manifest = await _described(connection, SecretBox(key).fingerprint(), with_key=with_key)
                snapshot = await connection.fetchval("select pg_export_snapshot()")
                if sounds is not None and lines is not None:
                    manifest = await _listing(connection, manifest, sounds, lines, whole=folder_of_sounds is not None)
                dump = folder / "dump"
                await run_program(
                    url, "pg_dump", "--format=custom", "--no-owner", f"--snapshot={snapshot}", f"--file={dump}"
                )
            kept = key if with_key else None
            written = await asyncio.to_thread(write_archive, path, manifest, dump, kept, lines, folder_of_sounds)
    finally:
        await connection.close()
    return manifest, written


async def check_empty(url: str, *, replace: bool) -> None:
    """Raises InvalidInput where the database of `url` holds data that is not to be thrown away."""
    connection = await connect(url)
    try:
        if not replace and await _is_ours(connection):
            raise InvalidInput(Mistake("database", "holds data already; restore with --replace to throw it away"))
    finally:
        await connection.close()


async def restore(
    url: str, path: Path, *, replace: bool, then: Sequence[Then] = (), now: datetime | None = None
) -> Manifest:
    """Fill the database of `url` from `path` in one transaction; one that holds data is refused unless `replace`.

    What is in it then stands in for the installation that was lost since: see `standing_in.py`.
    """
    manifest = read_manifest(path)
    known = {migration.name for migration in migrations()}
    if newer := [name for name in manifest.migrations if name not in known]:
        raise InvalidInput(Mistake(str(path), f"is of a newer version of Trunkline ({manifest.version}: {newer[-1]})"))
    await check_empty(url, replace=replace)
    connection = await connect(url)
    try:
        if await _is_ours(connection):
            await connection.execute("drop schema public cascade; create schema public")
        with tempfile.TemporaryDirectory(prefix="trunkline-restore-") as folder:
            with room_for("nothing was restored; make room, or name another place in TMPDIR", Path(folder)):
                dump = await asyncio.to_thread(extract_dump, path, Path(folder))
            await replay(url, dump)
        found = await count_rows(connection)
        lost = {
            name: rows for name, rows in manifest.tables.items() if name not in NOT_COMPARED and found.get(name) != rows
        }
        if lost:
            raise BackupFailed(f"rows differ from the manifest after restoring: {', '.join(sorted(lost))}")
        await stand_in(connection, datetime.fromisoformat(manifest.created_at), now or datetime.now(UTC), then)
    finally:
        await connection.close()
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


async def _described(connection: Connection, fingerprint: str, *, with_key: bool) -> Manifest:
    if not await _is_ours(connection):
        raise NotFound("nothing to back up: the database holds no Trunkline")
    return Manifest(
        format=1,
        version=__version__,
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        migrations=[row["name"] for row in await connection.fetch("select name from migrations order by 1")],
        tables=await count_rows(connection),
        with_key=with_key,
        key_fingerprint=fingerprint,
    )


async def _listing(connection: Connection, manifest: Manifest, sounds: Sounds, lines: Path, *, whole: bool) -> Manifest:
    """Write the list of the sounds, and tell of it; `whole`: the archive will hold them too."""
    count, size = 0, 0
    with lines.open("wb") as file:
        async for sound in sounds.listed(connection):
            file.write(msgspec.json.encode(sound) + b"\n")
            count, size = count + 1, size + sound.size
    made = FORMAT if whole else manifest.format
    return msgspec.structs.replace(manifest, format=made, listed=count, listed_bytes=size, with_sounds=whole)


@contextmanager
def _folder_in(path: Path) -> Iterator[Path]:
    """Beside the backup, where there is room for it."""
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".backup-") as folder:
        yield Path(folder)
