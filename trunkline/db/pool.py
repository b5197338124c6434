"""The connection pool, and the refusal of databases that would hold Russian text wrongly."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import msgspec

from trunkline.db.connection import SoundConnection
from trunkline.db.hosts import connect
from trunkline.db.types import Connection, Pool
from trunkline.errors import DatabaseUnfit

MINIMUM_VERSION = 15
_STATEMENT_SECONDS = 60


@asynccontextmanager
async def open_pool(url: str, *, size: int = 10, application: str = "trunkline") -> AsyncIterator[Pool]:
    """A pool of at most `size` connections that is closed on leaving; raises DatabaseUnfit."""
    async with asyncpg.create_pool(
        url,
        min_size=0,
        max_size=size,
        connect=connect,
        init=prepare_connection,
        connection_class=SoundConnection,
        command_timeout=_STATEMENT_SECONDS,
        server_settings={"application_name": application, "timezone": "UTC"},
    ) as pool:
        async with pool.acquire() as connection:
            await _refuse_unfit(connection)
        yield pool


async def prepare_connection(connection: Connection) -> None:
    """Let `jsonb` come and go as Python values."""
    for kind in ("jsonb", "json"):
        await connection.set_type_codec(kind, schema="pg_catalog", encoder=_encode, decoder=_decode)


async def _refuse_unfit(connection: Connection) -> None:
    version = connection.get_server_version().major
    if version < MINIMUM_VERSION:
        raise DatabaseUnfit(f"PostgreSQL {version} is too old: {MINIMUM_VERSION} or newer is needed")
    if await connection.fetchval("select lower('Ж')") != "ж":
        raise DatabaseUnfit(
            "this database does not know Cyrillic letters (lower('Ж') is not 'ж'): search and import would fail; "
            "create it with a UTF-8 locale, e.g. createdb --locale=C.UTF-8 --template=template0 trunkline"
        )


def _encode(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _decode(text: str) -> Any:
    return msgspec.json.decode(text)
