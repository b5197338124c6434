"""Rows of recordings that a provider has: told once or twice, each is one recording, and none overwrites another."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from recordings.recording import recording_id
from recordings.reference import Reference, file_of
from recordings.store import is_refused
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.jobs.port import Jobs

SQL: Final = load_queries("recordings", "references.sql")
FROM_LINK: Final = "recordings.from_link"
"""The job GO_ON for what a provider has: a slow provider holds up no other recordings."""
_REPEAT: Final = timedelta(minutes=15)
"""What is told again so soon is a repeat."""


class Asked(msgspec.Struct, frozen=True):
    """How often a provider was asked for it in vain, last at `asked_at`; `again_at` is null where it is not again."""

    asked: int
    asked_at: datetime
    again_at: datetime | None


class OfAnotherCall(Exception):
    """The provider's id is that of another call's recording, which this call must not bring to light, or back."""


async def note_reference(
    connection: Connection,
    jobs: Jobs,
    call_id: UUID,
    pbx: str,
    leg: str,
    provider_id: str,
    url: str,
    now: datetime,
) -> UUID | None:
    """Keep that the provider `pbx` has a recording of a call, with the job that fetches it; in a transaction.

    Its id here; None where the call was not to be recorded. A link that is told later takes the place of the one
    before until the recording is here, and has it asked for at once. Raises OfAnotherCall.
    """
    if await is_refused(connection, call_id):
        return None
    if provider_id:
        await connection.execute(SQL["claim"], pbx, provider_id, call_id)
        if await connection.fetchval(SQL["claimed_by"], pbx, provider_id) != call_id:
            raise OfAnotherCall
    file = file_of(provider_id, url)
    identifier = recording_id(call_id, file)
    await connection.execute(SQL["note_referred"], identifier, call_id, pbx, leg, file)
    if await connection.fetchval(SQL["refer"], identifier, provider_id, url, now, now - _REPEAT) is not None:
        await jobs.enqueue(connection, FROM_LINK, identifier.bytes, once=f"{identifier}:{now.timestamp()}")
    return identifier


async def find_reference(connection: Connection, recording: UUID) -> Reference | None:
    """What was told of it; None once it is here, and of what a program sends in."""
    row = await connection.fetchrow(SQL["find_reference"], recording)
    return None if row is None else msgspec.convert(dict(row), Reference)


async def asked_for(connection: Connection, recordings: Sequence[UUID]) -> Mapping[UUID, Asked]:
    """Of those that a provider has and that are not here."""
    rows = await connection.fetch(SQL["asked_for"], recordings)
    return {row["recording_id"]: Asked(row["asked"], row["asked_at"], row["again_at"]) for row in rows}
