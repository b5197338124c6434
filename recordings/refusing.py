"""What is done with recordings that an outside party refused: nothing of them stays, but the row that says so."""

import errno
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

from recordings.forgetting import forget_said, forget_sounds, forget_written
from recordings.recording import Recording
from recordings.store import SQL
from recordings.vault import Vault
from trunkline.db.types import Connection, Pool


async def refuse(connection: Connection, call_id: UUID) -> Sequence[UUID]:
    """Have all recordings of a call and of those it was joined with deleted; those for which that is new.

    Of an attended transfer the file in which the colleague was asked may hold the outside party from the joining on,
    and which of both calls is told as part of the other depends on which began first.

    What was said in them, and written about them, goes in this transaction: their sounds wait for the store.
    """
    refused = [row["id"] for row in await connection.fetch(SQL["refuse"], call_id)]
    for one in refused:
        await forget_said(connection, one)
        await forget_written(connection, one)
    return refused


async def forget_refused(pool: Pool, vault: Vault, one: Recording) -> None:
    """Words, again, and sounds go from our side; what is gone already does no harm. Raises OSError."""
    async with pool.acquire() as connection, connection.transaction():
        await forget_said(connection, one.id)
        await forget_written(connection, one.id)
    await forget_sounds(vault, one)


def was_deleted(path: Path, folder: Path) -> bool:
    """Delete the file of the PBX's `folder`; whether there was one.

    Raises OSError where it is not let go, and where the folder is not there or holds nothing, as where nothing is
    mounted: then nobody knows whether the PBX has the file.
    """
    try:
        path.unlink()
    except (FileNotFoundError, NotADirectoryError):
        if not any(folder.iterdir()):
            raise OSError(errno.ENODEV, f"nothing is in {folder}; is it mounted?") from None
        return False
    return True
