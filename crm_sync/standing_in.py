"""What a restored database is told of calls in CRMs (`trunkline.backup.standing_in`)."""

from typing import Final

from trunkline.db.sql import load_queries
from trunkline.db.types import Connection, Pool

_SQL: Final = load_queries("crm_sync")


async def doubt_calls(connection: Connection) -> None:
    """Calls that had not come to their end there when the dump was made may have since: they are looked for."""
    await connection.execute(_SQL["doubt_calls"])


async def signed_in(pool: Pool) -> list[str]:
    """CRMs whose sign-in is renewed now and then, by name: the one of a backup may have been renewed since."""
    return [row["name"] for row in await pool.fetch(_SQL["signed_in"])]
