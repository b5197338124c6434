"""Which texts are to be made: noted with the job that makes them, in the transaction from which it follows."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from recordings.policy import Rule, Talk, Verdict, decide
from recordings.transcripts import SQL, want_text
from trunkline.db.types import Connection, Pool
from trunkline.jobs.port import Jobs

TRANSCRIBE: Final = "recordings.transcribe"
"""The job that writes a recording down, named by its id."""


async def follow_kept(connection: Connection, jobs: Jobs, rules: Sequence[Rule], recording_id: UUID) -> None:
    """Note whether a recording that is kept now is written down, once; its job with it."""
    verdict = await _judged(connection, rules, recording_id)
    since = await want_text(connection, recording_id, verdict.stop, verdict.told)
    if since is not None and verdict.stop is None:
        await enqueue_text(connection, jobs, recording_id, since)


async def enqueue_text(connection: Connection, jobs: Jobs, recording_id: UUID, wanted_at: datetime) -> None:
    """Add the job of this wish; the one of a wish before may still be at work, and keeps nothing then."""
    once = f"{recording_id}:{wanted_at.timestamp()}"
    await jobs.enqueue(connection, TRANSCRIBE, recording_id.bytes, once=once)


async def take_up_texts(connection: Connection, jobs: Jobs) -> int:
    """Go on with those that waited for a model, in a transaction; returns how many."""
    waiting = await connection.fetch(SQL["modelless"])
    for row in waiting:
        await enqueue_text(connection, jobs, row["recording_id"], row["wanted_at"])
    return len(waiting)


async def want_again(pool: Pool, jobs: Jobs, rules: Sequence[Rule], model: str, since: datetime) -> int:
    """Have written down anew what was not by `model` or never, of recordings found since; how many."""
    wanted, after = 0, UUID(int=0)
    while True:
        async with pool.acquire() as connection, connection.transaction():
            found = [row["id"] for row in await connection.fetch(SQL["outdated"], after, since, model)]
            for identifier in found:
                if (await _judged(connection, rules, identifier)).stop is None:
                    wanted_at = await connection.fetchval(SQL["want_again"], identifier)
                    if wanted_at is None:
                        continue  # refused meanwhile
                    await enqueue_text(connection, jobs, identifier, wanted_at)
                    wanted += 1
        if not found:
            return wanted
        after = found[-1]


async def _judged(connection: Connection, rules: Sequence[Rule], recording_id: UUID) -> Verdict:
    row = await connection.fetchrow(SQL["talk"], recording_id)
    assert row is not None
    return decide(rules, msgspec.convert(dict(row), Talk))
