"""What goes with a recording whose time is over or that was refused: its sounds, all that was made of its words,
and of a refused one what people wrote about it."""

from typing import Final
from uuid import UUID

from recordings.analyses import SQL as ANALYSES
from recordings.recording import Recording
from recordings.redactions import SQL as REDACTIONS
from recordings.search_store import forget_words
from recordings.vault import Vault
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.notices import store as notices
from trunkline.notices.notice import REVIEWS

SQL: Final = load_queries("recordings", "forgetting.sql")


async def forget_sounds(vault: Vault, one: Recording) -> None:
    """What the PBX wrote, the Opus and its copy; what is gone already does no harm. Raises OSError."""
    for key in (one.key, one.source_key, one.copy_key):
        await vault.forget(key)


async def forget_said(connection: Connection, recording: UUID) -> None:
    """Its text, what was found in it, and what the search knows of it; in a transaction."""
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
