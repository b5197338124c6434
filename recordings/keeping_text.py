"""Keeping the words of a recording, whoever wrote them down, and with them what follows, in one transaction."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from recordings import store
from recordings.analyses import want_analysis
from recordings.counting import TRANSCRIBED, count_step
from recordings.hiding import Hidden
from recordings.recording import Recording
from recordings.redacting import redact
from recordings.redactions import count_hidden, note_hidden
from recordings.search_store import open_month
from recordings.transcript import Transcript
from recordings.transcripts import SQL, keep_transcript
from trunkline.db.types import Connection, Pool
from trunkline.jobs.port import Jobs
from trunkline.recorded.port import Settled, nobody_asks


@dataclass(frozen=True, slots=True)
class TextKeeper:
    """Writes texts. `redacts`: what must not be kept is never written. `settled` hears of each without a word."""

    pool: Pool
    jobs: Jobs
    redacts: bool = True
    settled: Settled = nobody_asks

    async def keep(self, recording: Recording, wanted_at: datetime | None, transcript: Transcript, took: float) -> bool:
        """Keep its words as the answer to the wish of that moment, or to none: then in place of what is there.

        `took` is in seconds. False where the recording is no more kept, or somebody else answered that wish.
        """
        hidden: Sequence[Hidden] = ()
        if self.redacts:  # a talk of numerals alone takes a second an hour
            transcript, hidden = await asyncio.to_thread(redact, transcript)
        async with self.pool.acquire() as connection:
            await open_month(connection, recording)
        async with self.pool.acquire() as connection, connection.transaction():
            await store.hold_call(connection, recording.call_id)
            kept = await self._keep(connection, recording, wanted_at, transcript, took)
            if kept:
                await note_hidden(connection, recording.id, hidden)
                await want_analysis(connection, self.jobs, recording.id)
                if not transcript.pieces:
                    await self.settled(connection, recording.call_id)
        if kept:
            count_hidden(hidden)
            count_step(TRANSCRIBED, took)
        return kept

    async def _keep(
        self,
        connection: Connection,
        recording: Recording,
        wanted_at: datetime | None,
        transcript: Transcript,
        took: float,
    ) -> bool:
        wish = wanted_at or await connection.fetchval(SQL["want_again"], recording.id)
        return wish is not None and await keep_transcript(connection, recording, wish, transcript, took)
