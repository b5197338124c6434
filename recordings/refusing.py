"""What is done with recordings that an outside party refused: nothing of them stays, but the row that says so."""

from pathlib import Path
from typing import Final

from recordings.recording import Recording
from recordings.search_store import forget_words
from recordings.vault import Vault
from trunkline.db.sql import load_queries
from trunkline.db.types import Pool

_SQL: Final = load_queries("recordings", "expiring.sql")


async def forget_refused(pool: Pool, vault: Vault, one: Recording) -> None:
    """Sound and words go from our side; what is gone already does no harm."""
    for key in (one.key, one.source_key):
        await vault.forget(key)
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(_SQL["forget_text"], one.id)
        await forget_words(connection, one.id)


def is_gone(path: Path) -> bool:
    """Delete the file; whether there was one. Raises OSError where it is not let go."""
    try:
        path.unlink()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True
