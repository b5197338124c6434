"""What goes with a recording whose time is over or that was refused: its sounds, all that was made of its words,
and of a refused one what people wrote about it.
"""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from recordings.analyses import SQL as ANALYSES
from recordings.leftovers import OLD_SECONDS
from recordings.recording import Recording, Stage
from recordings.redactions import SQL as REDACTIONS
from recordings.search_store import forget_words
from recordings.store import SQL as ROWS
from recordings.vault import StoreLost, Vault
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection, Pool
from trunkline.log import get_logger
from trunkline.notices import store as notices
from trunkline.notices.notice import REVIEWS

log = get_logger(__name__)

SQL: Final = load_queries("recordings", "forgetting.sql")
_PAGE: Final = 500


async def forget_sounds(vault: Vault, one: Recording) -> None:
    """What the PBX wrote, the Opus and its copy; what is gone already does no harm. Raises OSError."""
    for key in (one.key, one.source_key, one.copy_key):
        await vault.forget(key)


async def forget_strays(vault: Vault, now: Recording | None) -> None:
    """What was put into the store for a recording that went another way meanwhile, and is `now`. Raises OSError.

    Whoever is killed before it comes here leaves that to `forget_again`.
    """
    if now is not None and now.is_gone:
        await forget_sounds(vault, now)
    elif now is not None and now.stage is Stage.KEPT:
        await vault.forget(now.source_key)  # another worker made all of it; at a stage before, it is in use


async def forget_again(pool: Pool, vault: Vault, now: datetime) -> int:
    """Once more the sounds of what went a day ago, when no work of then can be at it; returns how many recordings.

    Raises StoreLost.
    """
    before, done = now - timedelta(seconds=OLD_SECONDS), 0
    while rows := await pool.fetch(SQL["gone_before"], before, _PAGE):
        for one in (msgspec.convert(dict(row), Recording) for row in rows):
            try:
                await forget_sounds(vault, one)
            except StoreLost:
                raise
            except OSError as error:
                log.warning("recording_not_forgotten", recording=str(one.id), error=str(error))
                await pool.execute(SQL["gone_still"], one.id, now)
                continue
            await pool.execute(SQL["gone_for_good"], one.id)
            done += 1
    return done


async def forget_said(connection: Connection, recording: UUID) -> None:
    """Its text, what was found in it, what the search knows of it, and where it was to be had; in a transaction."""
    await connection.execute(ROWS["forget_reference"], recording)
    await connection.execute(SQL["forget_text"], recording)
    await connection.execute(SQL["forget_analysis"], recording)
    await connection.execute(ANALYSES["forget_tags"], recording)
    await connection.execute(REDACTIONS["forget_hidden"], recording)
    await forget_words(connection, recording)


async def forget_written(connection: Connection, recording: UUID) -> None:
    """Its review, the comments on its moments, and what their notices say of them; in a transaction."""
    await connection.execute(SQL["forget_review"], recording)
    await connection.execute(SQL["forget_comments"], recording)
    await notices.forget(connection, REVIEWS, recording)
