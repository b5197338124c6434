"""Recordings that hosted PBXs tell of, in their webhooks or their histories: kept with the job that fetches them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

from recordings.references import OfAnotherCall, note_reference
from trunkline.crypto import SecretBox
from trunkline.db.types import Connection
from trunkline.jobs.port import Jobs
from trunkline.log import get_logger
from trunkline.outbox.wake import JOBS_WAKE
from trunkline.pbx.hooks.histories import HISTORIES
from trunkline.pbx.hooks.history import HostedRecording, Trouble
from trunkline.pbx.hooks.links import account_of
from trunkline.pbx.linked import is_address, is_recording_id
from trunkline.pbx.store import find_pbx
from trunkline.writer import DATABASE_TROUBLE

log = get_logger(__name__)

Hosted = Sequence[tuple[UUID, str, HostedRecording]]
"""Of which call, at which PBX, and how it is had."""


async def follow_told(connection: Connection, jobs: Jobs, box: SecretBox, told: Hosted) -> frozenset[str]:
    """Keep them, in the transaction of the steps that tell their calls; returns topics to wake.

    Only of PBXs whose API key was given: nobody is to find recordings here that nobody asked for. A fault of ours costs
    what it is about, never the story.
    """
    fetched = await _fetched(connection, box, {pbx for _, pbx, _ in told})
    done = False
    for call_id, pbx, one in told:
        if fetched[pbx] and is_recording_id(one.id) and (not one.url or is_address(one.url)):
            done |= await _keep(connection, jobs, call_id, pbx, one)
    return frozenset({JOBS_WAKE}) if done else frozenset()


async def _fetched(connection: Connection, box: SecretBox, pbxs: set[str]) -> Mapping[str, bool]:
    found: dict[str, bool] = {}
    for pbx in sorted(pbxs):
        row = await find_pbx(connection, pbx)
        history = HISTORIES.get(row.kind) if row else None
        try:
            found[pbx] = bool(row and history and not history.lacks(account_of(row, box)))
        except Trouble:
            found[pbx] = False
    return found


async def _keep(connection: Connection, jobs: Jobs, call_id: UUID, pbx: str, one: HostedRecording) -> bool:
    try:
        async with connection.transaction():
            now = datetime.now(UTC)
            return await note_reference(connection, jobs, call_id, pbx, one.leg, one.id, one.url, now) is not None
    except OfAnotherCall:
        log.warning("recording_of_another_call", call=str(call_id), pbx=pbx)
        return False
    except DATABASE_TROUBLE:
        raise  # the whole batch is tried again
    except Exception:
        log.exception("recording_not_kept", call=str(call_id), pbx=pbx)
        return False
