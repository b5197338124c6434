"""What `trunkline doctor` says of the standby that reports are read from."""

from collections.abc import Sequence
from typing import Final

import asyncpg

from trunkline.db.hosts import connect
from trunkline.db.standby import CONNECT_SECONDS, Look, look, position_of
from trunkline.doctor import Finding
from trunkline.servers import database_url
from trunkline.settings import Settings

_NAME: Final = "reports' standby"
_SEE: Final = "look at database.reports_url, and whether it runs; until then reports are read where all is written"
_WRONG: Final = "name a standby of the PostgreSQL of database.url in database.reports_url"
_LATE: Final = 60.0


async def reports_standby(settings: Settings) -> Sequence[Finding]:
    """Whether it answers, is a standby of our database, and how far behind; nothing where none is set."""
    url = settings.database.reports_url
    if not url:
        return []
    primary = await connect(database_url(settings), timeout=CONNECT_SECONDS)
    try:
        written = await position_of(primary)
        return [_finding(await _look(url, written))]
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        return [Finding(_NAME, False, f"does not answer: {error or type(error).__name__}", _SEE)]
    finally:
        await primary.close()


async def _look(url: str, written: asyncpg.Record) -> Look:
    standby = await connect(url, timeout=CONNECT_SECONDS)
    try:
        return await look(standby, written)
    finally:
        await standby.close()


def _finding(found: Look) -> Finding:
    if not found.same or not found.recovers:
        return Finding(_NAME, False, found.fault, _WRONG)
    if not found.bytes:
        return Finding(_NAME, True, "level with the primary")
    behind = f"{found.bytes:,} bytes behind, its last commit was {found.seconds:.0f} s ago"
    return Finding(_NAME, found.seconds < _LATE, behind, _SEE)
