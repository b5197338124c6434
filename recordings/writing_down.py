"""The job that writes a recording down: its words, then their row; done twice, it changes nothing.

A worker that is killed leaves a text wanted, and the job queue gives it to another.
"""

import asyncio
import tempfile
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final
from uuid import UUID

from recordings import store
from recordings.counting import TRANSCRIBED, count_stop
from recordings.keeping_text import TextKeeper
from recordings.recording import Recording, Stage
from recordings.speech.models import Model, usable, why_none
from recordings.speech.transcriber import NotWrittenDown, Transcriber
from recordings.transcript import TextStop, Transcript
from recordings.transcripts import SQL, Wanted, find_wanted, stop_text, try_text
from recordings.tries import MOST_TRIES, a_try
from recordings.vault import Vault
from trunkline.db.types import Pool
from trunkline.jobs.port import Jobs
from trunkline.linechild import ChildFailed
from trunkline.log import get_logger
from trunkline.recorded.port import Settled, nobody_asks

log = get_logger(__name__)

_FAULTS_OF_FILES: Final = (NotWrittenDown, ChildFailed)
"""What may be mended without the file (a full disk, a lost server) is none."""


@dataclass(frozen=True, slots=True)
class WritingDown:
    """Does the job TRANSCRIBE. `models` is the folder of models, `model` the one that is wanted, "" for any."""

    pool: Pool
    vault: Vault
    transcriber: Transcriber
    models: Path
    model: str
    workshop: Path
    jobs: Jobs
    redacts: bool = True
    settled: Settled = nobody_asks
    """Hears of each that gets no text; of the others whoever looks through theirs says it."""

    async def transcribe(self, payload: bytes) -> None:
        """Write the recording down if that is wanted; raises what went wrong, to be tried again."""
        identifier = UUID(bytes=payload)
        async with self.pool.acquire() as connection:
            wanted = await find_wanted(connection, identifier)
            recording = await store.find(connection, identifier)
        if wanted is None or recording is None or recording.stage is not Stage.KEPT:
            return
        model = await asyncio.to_thread(usable, self.models, self.model)
        if model is None:
            why = await asyncio.to_thread(why_none, self.models, self.model)
            await self._stop(wanted, recording, TextStop.NO_MODEL, why, wanted.tries)
            return
        async with self.pool.acquire() as connection:
            tries = await try_text(connection, wanted)
        if tries is not None and tries > MOST_TRIES:
            told = wanted.told or "the worker ended over it each time"
            await self._stop(wanted, recording, TextStop.FAILED, told, 0)
        elif tries is not None:
            await self._try(wanted, recording, model, tries)

    async def _try(self, wanted: Wanted, recording: Recording, model: Model, tries: int) -> None:
        began, wish = time.perf_counter(), (wanted.recording_id, wanted.wanted_at)
        async with a_try(self.pool, SQL["text_not_tried"], wish, partial(self._failed, wanted, recording, tries)):
            transcript = await self._heard(model, recording)
        await self.keep(wanted, recording, transcript, time.perf_counter() - began)

    async def _failed(self, wanted: Wanted, recording: Recording, tries: int, error: Exception) -> None:
        counted = tries if isinstance(error, _FAULTS_OF_FILES) else tries - 1
        why = str(error) if isinstance(error, NotWrittenDown) else f"{type(error).__name__}: {error}"
        await self._stop(wanted, recording, None, why, counted)

    async def keep(self, wanted: Wanted, recording: Recording, transcript: Transcript, took: float) -> None:
        """Keep its words, and with them what follows. `took` is in seconds."""
        keeper = TextKeeper(self.pool, self.jobs, self.redacts, self.settled)
        await keeper.keep(recording, wanted.wanted_at, transcript, took)

    async def _heard(self, model: Model, recording: Recording) -> Transcript:
        await asyncio.to_thread(self.workshop.mkdir, mode=0o700, parents=True, exist_ok=True)
        folder = tempfile.TemporaryDirectory(dir=self.workshop)
        try:
            path = Path(folder.name, "sound.opus")
            await self.vault.fetch(recording.key, path)
            return await self.transcriber.write_down(model, path, path.name, recording.channels)
        finally:
            await asyncio.to_thread(folder.cleanup)

    async def _stop(self, wanted: Wanted, recording: Recording, why: TextStop | None, told: str, tries: int) -> None:
        log.info("text_stays", recording=str(wanted.recording_id), why=why, told=told)
        if why is not None:
            count_stop(TRANSCRIBED, why)
        async with self.pool.acquire() as connection, connection.transaction():
            await store.hold_call(connection, recording.call_id)
            await stop_text(connection, wanted, why, told, tries)
            if why is not None:
                await self.settled(connection, recording.call_id)
