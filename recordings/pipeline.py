"""What takes a recording from stage to stage: each step's work, then its row; a step done twice changes nothing.

A worker that is killed leaves a recording at its last stage, and the job queue gives it to another.
"""

import asyncio
import os
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Final
from uuid import UUID

from msgspec.structs import replace

from recordings import store
from recordings.converting import NotConverted, convert
from recordings.finding import GO_ON, refuse_all
from recordings.forgetting import forget_strays
from recordings.linked import Linked
from recordings.policy import Rule
from recordings.prober import NoSound, Prober
from recordings.recording import Recording, Stage, Stop
from recordings.references import FROM_LINK
from recordings.refusing import forget_refused, is_gone
from recordings.stopping import FILES, Stopped, again
from recordings.tries import MOST_TRIES
from recordings.vault import Vault
from recordings.wanting import follow_kept
from trunkline.db.types import Pool
from trunkline.jobs.port import Jobs
from trunkline.linechild import ChildFailed
from trunkline.log import get_logger
from trunkline.pbx.recorded import Outside, folder_of, settled
from trunkline.pbx.store import find_pbx

log = get_logger(__name__)

_WRITTEN_SECONDS: Final = 30.0
"""Longer than any recorder writes on after the call."""


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Does the job GO_ON; `workshop` is a folder of this machine for what is being worked on."""

    pool: Pool
    jobs: Jobs
    vault: Vault
    prober: Prober
    workshop: Path
    rules: tuple[Rule, ...] = ()
    """Which are written down."""
    linked: Linked | None = None
    """Fetches what providers have; without it that waits for a worker that does."""
    processors: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(os.cpu_count() or 1))
    """Taken while ffmpeg works: other files are copied and their rows committed meanwhile."""

    async def go_on(self, payload: bytes) -> None:
        """Take the recording as far as it comes; raises what went wrong, to be tried again."""
        identifier = UUID(bytes=payload)
        async with self.pool.acquire() as connection:
            one = await store.find(connection, identifier)
        while one is not None and one.stage in _STEPS:
            one = await self._step(one)

    async def _step(self, one: Recording) -> Recording | None:
        """One step; the recording as it is then, or None where it goes no further."""
        async with self.pool.acquire() as connection:
            tries = await store.try_it(connection, one)
        if tries is None:
            return None
        if tries > MOST_TRIES:
            await self._stop(one, Stopped(Stop.FAILED, one.told or "the worker ended over it each time"))
            return None
        began = time.perf_counter()
        stage, work = _STEPS[one.stage]
        try:
            done = await work(self, one)
        except Stopped as stopped:
            await self._stop(one, stopped)
            return None
        except asyncio.CancelledError:
            async with self.pool.acquire() as connection:
                await connection.execute(store.SQL["not_tried"], one.id, one.stage)
            raise
        except Exception as error:
            await self._failed(one, tries, error)
            raise
        return await self._reach(one, done, stage, time.perf_counter() - began)

    async def _reach(self, one: Recording, done: Recording, stage: Stage, took: float) -> Recording | None:
        """Write the stage; where it was refused or expired meanwhile, what was put for it goes."""
        async with self.pool.acquire() as connection, connection.transaction():
            # The call before its recordings, as who tells of a refusal changes them.
            if await store.is_refused(connection, one.call_id):
                await refuse_all(connection, self.jobs, one.call_id)
            if await store.reach(connection, replace(done, stage=one.stage), stage, took):
                if stage is Stage.KEPT:
                    await follow_kept(connection, self.jobs, self.rules, one.id)
                return replace(done, stage=stage, tries=0, told="")
            now = await store.find(connection, one.id)
        await forget_strays(self.vault, now)
        return None

    async def _stop(self, one: Recording, stopped: Stopped) -> None:
        log.info("recording_stays", recording=str(one.id), stage=one.stage, why=stopped.why)
        async with self.pool.acquire() as connection, connection.transaction():
            await store.stop(connection, one, stopped.why, stopped.told, 0)
            if stopped.again is not None:
                # Another name than the job at work has, beside which it could not be added.
                name = f"{one.id}:{int(time.time() + stopped.again)}"
                job = FROM_LINK if one.sent else GO_ON
                await self.jobs.enqueue(connection, job, one.id.bytes, once=name, delay=stopped.again)

    async def _failed(self, one: Recording, tries: int, error: Exception) -> None:
        """Keep what went wrong; what may be mended without it (a full disk, a lost server) is no fault of the file."""
        counted = tries if isinstance(error, _FAULTS_OF_FILES) else tries - 1
        async with self.pool.acquire() as connection:
            await store.stop(connection, one, None, f"{type(error).__name__}: {error}", counted)

    async def fetch(self, one: Recording) -> Recording:
        """Copy what the PBX wrote into our store."""
        if one.sent and self.linked is not None:
            return await self.linked.fetch(one)
        if one.sent:
            raise Stopped(Stop.MISSING, store.NOT_SENT)
        path = await self._path_of(one)
        try:
            async with asyncio.timeout(_WRITTEN_SECONDS):
                size = await settled(path)
        except TimeoutError:
            raise Stopped(Stop.MISSING, "it is still written to", again=_WRITTEN_SECONDS) from None
        if size is None:
            raise Stopped(Stop.MISSING, f"there is no {path}", again=_again(one))
        if not size:
            raise Stopped(Stop.EMPTY, "the file is empty", again=_again(one))
        digest = await self.vault.put(one.source_key, path)
        return replace(one, size=size, sha256=digest)

    async def forget(self, one: Recording) -> Recording:
        """Delete what nobody may keep: ours first, then the PBX's own file, for which it looks as for any other."""
        await forget_refused(self.pool, self.vault, one)
        if one.sent:
            return replace(one, size=0, peaks=b"")  # a file of its name in the PBX's folder is another
        path = await self._path_of(one)
        try:
            gone = await asyncio.to_thread(is_gone, path)
        except OSError as error:
            raise Stopped(Stop.UNDELETED, f"{path}: {error.strerror}", again=_again(one)) from error
        again = None if gone else _again(one)
        if again is not None:
            raise Stopped(Stop.MISSING, f"there is no {path}", again=again)
        return replace(one, size=0, peaks=b"")

    async def _path_of(self, one: Recording) -> Path:
        """Where this machine sees what the PBX wrote."""
        async with self.pool.acquire() as connection:
            row = await find_pbx(connection, one.pbx)
        folder = folder_of(row.settings) if row else None
        if folder is None:
            raise Stopped(Stop.NO_FOLDER)
        try:
            return await asyncio.to_thread(folder.path_of, one.file)
        except Outside as error:
            raise Stopped(Stop.OUTSIDE, str(error)) from error

    async def check(self, one: Recording) -> Recording:
        """Find out what it is."""
        async with self._at_hand(one) as path:
            try:
                sound = await self.prober.probe(path, one.file)
            except NoSound as error:
                raise Stopped(Stop.UNREADABLE, str(error)) from error
        return replace(one, codec=sound.codec, rate=sound.rate, channels=sound.channels, seconds=sound.seconds)

    async def convert(self, one: Recording) -> Recording:
        """Make its Opus, and what the player draws."""
        async with self._at_hand(one) as path:
            target = path.with_name("sound.opus")
            async with self.processors:
                made = await convert(path, one, target)
            if not made.seconds:
                raise Stopped(Stop.EMPTY, "it holds no sound")
            size = target.stat().st_size
            digest = await self.vault.put(one.key, target)
        return replace(one, seconds=made.seconds, peaks=made.peaks, size=size, sha256=digest)

    async def keep(self, one: Recording) -> Recording:
        """Make sure of what is kept before the source goes."""
        if await self.vault.size(one.key) != one.size:
            raise NotConverted(f"{one.key} is not kept whole")
        await self.vault.forget(one.source_key)
        return one

    def _at_hand(self, one: Recording) -> "_AtHand":
        return _AtHand(self.vault, self.workshop, one)


class _AtHand:
    """What the PBX wrote, as a file of this machine, while it is worked on."""

    def __init__(self, vault: Vault, workshop: Path, one: Recording) -> None:
        self._vault, self._workshop, self._one = vault, workshop, one
        self._folder: tempfile.TemporaryDirectory[str]

    async def __aenter__(self) -> Path:
        await asyncio.to_thread(self._workshop.mkdir, mode=0o700, parents=True, exist_ok=True)
        self._folder = tempfile.TemporaryDirectory(dir=self._workshop)
        path = Path(self._folder.name, "source")
        try:
            await self._vault.fetch(self._one.source_key, path)
        except BaseException:
            self._folder.cleanup()
            raise
        return path

    async def __aexit__(self, *_error: object) -> None:
        await asyncio.to_thread(self._folder.cleanup)


def _again(one: Recording) -> float | None:
    """In how many seconds a file that was not there is looked for again; None once it is given up."""
    return again(FILES, one.found_at, datetime.now(UTC))


_FAULTS_OF_FILES: Final = (NotConverted, ChildFailed, TimeoutError)
Work = Callable[[Pipeline, Recording], Awaitable[Recording]]
_STEPS: Final[Mapping[Stage, tuple[Stage, Work]]] = MappingProxyType(
    {
        Stage.FOUND: (Stage.FETCHED, Pipeline.fetch),
        Stage.FETCHED: (Stage.CHECKED, Pipeline.check),
        Stage.CHECKED: (Stage.CONVERTED, Pipeline.convert),
        Stage.CONVERTED: (Stage.KEPT, Pipeline.keep),
        Stage.REFUSED: (Stage.DELETED, Pipeline.forget),
    }
)
"""From each stage the next, and the work that leads there."""
