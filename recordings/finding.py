"""What follows from the news that a call is over: its recordings, each with the job that goes on with it."""

from collections.abc import Sequence
from typing import Final

from recordings.store import note_found, refuse
from trunkline.calls.announce import Announcement
from trunkline.db.types import Connection
from trunkline.jobs.port import Jobs
from trunkline.log import get_logger
from trunkline.outbox.wake import JOBS_WAKE
from trunkline.writer import DATABASE_TROUBLE

log = get_logger(__name__)

GO_ON: Final = "recordings.go_on"
"""The job that takes a recording, named by its id, as far as it comes."""


async def follow_recordings(connection: Connection, jobs: Jobs, news: Sequence[Announcement]) -> frozenset[str]:
    """Keep what was recorded, in the transaction of the steps that tell it; returns topics to wake.

    A fault of ours costs the recording, never the story.
    """
    recorded = [one for one in news if one.recorded or one.refused]
    if not recorded:
        return frozenset()
    try:
        async with connection.transaction():
            for one in recorded:
                await _keep(connection, jobs, one)
    except DATABASE_TROUBLE:
        raise  # the whole batch is tried again
    except Exception:
        log.exception("recordings_not_kept", calls=len(recorded))
        return frozenset()
    return frozenset({JOBS_WAKE})


async def _keep(connection: Connection, jobs: Jobs, one: Announcement) -> None:
    for leg, file in one.recorded:
        found = await note_found(connection, one.call_id, one.payload["pbx"], leg, file)
        if found is not None:
            await jobs.enqueue(connection, GO_ON, found.bytes, once=str(found))
    for found in await refuse(connection, one.call_id) if one.refused else ():
        # Another name than the job before has, which may be at work.
        await jobs.enqueue(connection, GO_ON, found.bytes, once=f"{found}:refused")
