"""What is done with recordings that an outside party refused: nothing of them stays, but the row that says so."""

from pathlib import Path

from recordings.forgetting import forget_said, forget_sounds
from recordings.recording import Recording
from recordings.vault import Vault
from trunkline.db.types import Pool


async def forget_refused(pool: Pool, vault: Vault, one: Recording) -> None:
    """Sound and words go from our side; what is gone already does no harm."""
    await forget_sounds(vault, one)
    async with pool.acquire() as connection, connection.transaction():
        await forget_said(connection, one.id)


def is_gone(path: Path) -> bool:
    """Delete the file; whether there was one. Raises OSError where it is not let go."""
    try:
        path.unlink()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True
