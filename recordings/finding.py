"""What follows from the news that a call is over: its recordings, each with the job that goes on with it."""

from collections.abc import Awaitable, Sequence
from typing import Final
from uuid import UUID

from recordings.refusing import refuse
from recordings.store import SQL, is_refused, note_found
from trunkline.calls.announce import Announcement
from trunkline.db.types import Connection, Pool
from trunkline.jobs.port import Jobs
from trunkline.log import get_logger
from trunkline.outbox.wake import JOBS_WAKE
from trunkline.writer import DATABASE_TROUBLE

log = get_logger(__name__)

GO_ON: Final = "recordings.go_on"
"""The job that takes a recording, named by its id, as far as it comes."""


async def follow_recordings(connection: Connection, jobs: Jobs, news: Sequence[Announcement]) -> frozenset[str]:
    """Keep what was recorded, in the transaction of the steps that tell it; returns topics to wake.

    A fault of ours costs what it is about, never the story, nor the refusal of this call or of another.
    """
    done = False
    for one in news:
        if one.recorded:
            done |= await _apart(connection, one, _keep(connection, jobs, one))
        if one.refused:
            done |= await _apart(connection, one, refuse_all(connection, jobs, one.call_id))
    return frozenset({JOBS_WAKE}) if done else frozenset()


async def refuse_all(connection: Connection, jobs: Jobs, call_id: UUID) -> None:
    """Have all recordings of a call deleted, their words now, in a transaction that holds the call's row."""
    for found in await refuse(connection, call_id):
        # Another name than the job before has, which may be at work.
        await jobs.enqueue(connection, GO_ON, found.bytes, once=f"{found}:refused")


async def refuse_left(pool: Pool, jobs: Jobs, most: int) -> int:
    """Refuse what a fault of ours left of calls of which no sound may be kept, of `most` calls; returns of how many."""
    done = 0
    for row in await pool.fetch(SQL["unrefused"], most):
        try:
            async with pool.acquire() as connection, connection.transaction():
                if await is_refused(connection, row["id"]):
                    await refuse_all(connection, jobs, row["id"])
                    done += 1
        except DATABASE_TROUBLE:
            raise
        except Exception:
            log.exception("recordings_not_refused", call=str(row["id"]))
    return done


async def _apart(connection: Connection, one: Announcement, work: Awaitable[None]) -> bool:
    """Do it so that its failure undoes nothing else; whether it is done."""
    try:
        async with connection.transaction():
            await work
    except DATABASE_TROUBLE:
        raise  # the whole batch is tried again
    except Exception:
        log.exception("recordings_not_kept", call=str(one.call_id), refused=one.refused)
        return False
    return True


async def _keep(connection: Connection, jobs: Jobs, one: Announcement) -> None:
    for leg, file in one.recorded:
        found = await note_found(connection, one.call_id, one.payload["pbx"], leg, file)
        if found is not None:
            await jobs.enqueue(connection, GO_ON, found.bytes, once=str(found))
