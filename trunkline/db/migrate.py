"""Migrations: plain SQL files, forward only, each once and in order, under an advisory lock.

`NNNN_pre_*.sql` runs before new code starts, `NNNN_post_*.sql` after the old code is gone.
"""

from dataclasses import dataclass
from importlib import resources

from trunkline.db.types import Connection
from trunkline.errors import DatabaseUnfit

_LOCK = 7_245_011_018  # any constant: one per product


@dataclass(frozen=True, slots=True)
class Migration:
    """One file of trunkline/db/migrations."""

    name: str
    sql: str

    @property
    def number(self) -> int:
        return int(self.name.split("_", 1)[0])


def migrations() -> list[Migration]:
    """All migrations of this version in the order they run."""
    folder = resources.files("trunkline.db").joinpath("migrations")
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".sql")), key=lambda file: file.name)
    return [Migration(file.name.removesuffix(".sql"), file.read_text(encoding="utf-8")) for file in files]


async def migrate(connection: Connection) -> list[str]:
    """Apply what is missing and return its names; a database of a newer version is refused."""
    await connection.execute("select pg_advisory_lock($1)", _LOCK)
    try:
        await connection.execute(
            "create table if not exists migrations "
            "(name text primary key, applied_at timestamptz not null default now())"
        )
        applied = await _applied(connection)
        return [await _apply(connection, migration) for migration in migrations() if migration.name not in applied]
    finally:
        await connection.execute("select pg_advisory_unlock($1)", _LOCK)


async def pending(connection: Connection) -> list[str]:
    """Names of migrations this database still lacks."""
    if await connection.fetchval("select to_regclass('migrations')") is None:
        return [migration.name for migration in migrations()]
    applied = {row["name"] for row in await connection.fetch("select name from migrations")}
    return [migration.name for migration in migrations() if migration.name not in applied]


async def require_current(connection: Connection) -> None:
    """Refuse a database of an older or a newer version, and change nothing."""
    if missing := await pending(connection):
        raise DatabaseUnfit(f"the database lacks {missing[0]} of this version's schema; run `trunkline migrate`")
    await _applied(connection)


async def _applied(connection: Connection) -> set[str]:
    """Names of those the database has; one of a newer version is refused."""
    applied = {row["name"] for row in await connection.fetch("select name from migrations")}
    if unknown := applied - {migration.name for migration in migrations()}:
        raise DatabaseUnfit(f"the database is newer than this version of Trunkline: it has {max(unknown)}")
    return applied


async def _apply(connection: Connection, migration: Migration) -> str:
    async with connection.transaction():
        await connection.execute(migration.sql, timeout=None)
        await connection.execute("insert into migrations (name) values ($1)", migration.name)
    return migration.name
