"""The jobs that analyse a text: what is hidden in it, its tags, then their row; done twice, they change nothing.

A worker that is killed leaves a text unanalysed, and the job queue gives it to another.
"""

import time
from dataclasses import dataclass
from functools import partial
from typing import Final
from uuid import UUID

from recordings import store
from recordings.analyses import SQL, Unanalysed, find_unanalysed, keep_tags, stop_analysis
from recordings.counting import ANALYSED, count_step, count_stop
from recordings.recording import Recording
from recordings.redactions import count_hidden, hide_kept_words
from recordings.silencing import Silencer
from recordings.transcripts import SQL as TEXTS
from recordings.tries import MOST_TRIES, a_try
from trunkline.db.types import Pool
from trunkline.log import get_logger
from trunkline.recorded.port import Settled, nobody_asks
from trunkline.writer import DATABASE_TROUBLE

log = get_logger(__name__)

_PAGE: Final = 100
_LAST: Final = UUID(int=(1 << 128) - 1)


@dataclass(frozen=True, slots=True)
class Analysing:
    """Does the jobs ANALYSE and RETAG."""

    pool: Pool
    silencer: Silencer
    redacts: bool = True
    settled: Settled = nobody_asks
    """Hears of each text that was looked through and whose sound is silenced, and of each on which that failed."""

    async def analyse(self, payload: bytes) -> None:
        """Analyse its text if that is wanted; raises what went wrong, to be tried again."""
        identifier = UUID(bytes=payload)
        async with self.pool.acquire() as connection:
            wanted = await find_unanalysed(connection, identifier)
            recording = await store.find(connection, identifier)
            if wanted is None or recording is None or recording.is_gone:
                return
            tries = await connection.fetchval(SQL["try_analysis"], identifier, wanted.wanted_at)
        if tries is not None and tries > MOST_TRIES:
            await self._stop(wanted, recording, "failed", wanted.told or "the worker ended over it each time", 0)
        elif tries is not None:
            await self._try(wanted, recording, tries)

    async def _try(self, wanted: Unanalysed, recording: Recording, tries: int) -> None:
        began, wish = time.perf_counter(), (wanted.recording_id, wanted.wanted_at)
        async with a_try(self.pool, SQL["analysis_not_tried"], wish, partial(self._failed, wanted, recording, tries)):
            if self.redacts:
                await self._hide(recording)
            await self.silencer.silence(recording)
            async with self.pool.acquire() as connection, connection.transaction():
                await store.hold_call(connection, recording.call_id)
                # Before its tags, as whoever lets it expire locks it.
                done = False
                if await connection.fetchval(TEXTS["lock_kept"], recording.id) is not None:
                    done = await keep_tags(connection, recording, wanted.wanted_at, began)
                    await self.settled(connection, recording.call_id)
        if done:
            count_step(ANALYSED, time.perf_counter() - began)

    async def _failed(self, wanted: Unanalysed, recording: Recording, tries: int, error: Exception) -> None:
        # A full disk or a lost server may be mended; TimeoutError is an OSError, and is ffmpeg's here.
        mended = isinstance(error, (*DATABASE_TROUBLE, OSError)) and not isinstance(error, TimeoutError)
        counted = tries - 1 if mended else tries
        await self._stop(wanted, recording, None, f"{type(error).__name__}: {error}", counted)

    async def _hide(self, recording: Recording) -> None:
        """Of a text that was kept before anything was hidden; what is kept now holds nothing of it any more."""
        async with self.pool.acquire() as connection, connection.transaction():
            if await connection.fetchval(TEXTS["lock_kept"], recording.id) is None:
                return
            hidden = await hide_kept_words(connection, recording)
        count_hidden(hidden)

    async def retag(self, _payload: bytes) -> None:
        """Tag anew what dictionaries of before tagged, the newest first, each in a transaction of its own."""
        before, done = _LAST, 0
        while True:
            async with self.pool.acquire() as connection:
                rows = await connection.fetch(SQL["outdated"], before, _PAGE)
            for row in rows:
                done += await self._retag(row["recording_id"])
            if len(rows) < _PAGE:
                break
            before = rows[-1]["recording_id"]
        log.info("recordings_retagged", recordings=done)

    async def _retag(self, identifier: UUID) -> bool:
        async with self.pool.acquire() as connection, connection.transaction():
            if await connection.fetchval(TEXTS["lock_kept"], identifier) is None:
                return False
            recording = await store.find(connection, identifier)
            return recording is not None and await keep_tags(connection, recording, None, 0.0)

    async def _stop(self, wanted: Unanalysed, recording: Recording, why: str | None, told: str, tries: int) -> None:
        log.info("analysis_stays", recording=str(wanted.recording_id), why=why, told=told)
        if why is not None:
            count_stop(ANALYSED, why)
        async with self.pool.acquire() as connection, connection.transaction():
            await store.hold_call(connection, recording.call_id)
            await stop_analysis(connection, wanted, why, told, tries)
            if why is not None:
                await self.settled(connection, recording.call_id)
