"""What takes a recording from stage to stage: each step's work, then its row; a step done twice changes nothing.

A worker that is killed leaves a recording at its last stage, and the job queue gives it to another.
"""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple
from uuid import UUID

from msgspec.structs import replace

from recordings import store
from recordings.at_hand import AtHand
from recordings.at_pbx import BACK_SECONDS, THERE_AGAIN, came_back, delete_there, place_of
from recordings.converting import LONGEST_SOUND, NotConverted, TooLong, convert
from recordings.counting import count_step, count_stop
from recordings.finding import GO_ON, refuse_all
from recordings.forgetting import forget_strays
from recordings.linked import Linked
from recordings.policy import Rule
from recordings.prober import NoSound, Prober
from recordings.putting import put_at_stage
from recordings.recording import Recording, Stage, Stop
from recordings.references import FROM_LINK
from recordings.refusing import forget_refused
from recordings.stopping import FILES, Stopped, again
from recordings.tries import MOST_TRIES
from recordings.vault import Vault
from recordings.wanting import follow_kept
from recordings.whole import cut_short
from trunkline.db.types import Pool
from trunkline.jobs.port import Jobs
from trunkline.linechild import ChildFailed
from trunkline.log import get_logger
from trunkline.pbx.recorded import settled
from trunkline.recorded.port import Settled, nobody_asks

log = get_logger(__name__)

_WRITTEN_SECONDS: Final = 30.0
"""Longer than any recorder writes on after the call."""


class Made(NamedTuple):
    """What a step leads to; `path` is put into the store under `key` together with the stage.

    `unfound`: of what was to be deleted, what was not there.
    """

    one: Recording
    path: Path | None = None
    key: str = ""
    unfound: str = ""


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
    settled: Settled = nobody_asks
    """Hears of each that came as far as it comes, in the transaction that says so."""
    processors: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(os.cpu_count() or 1))
    """Taken while ffmpeg works: other files are copied and their rows committed meanwhile."""

    async def go_on(self, payload: bytes) -> None:
        """Take the recording as far as it comes; raises what went wrong, to be tried again."""
        identifier = UUID(bytes=payload)
        async with self.pool.acquire() as connection:
            one = await store.find(connection, identifier)
        if one is not None and one.stage is Stage.DELETED and await came_back(self.pool, one):
            one = replace(one, stage=Stage.REFUSED, told=THERE_AGAIN)
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
            async with AsyncExitStack() as beside:
                return await self._reach(one, await work(self, one, beside), stage, began)
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

    async def _reach(self, one: Recording, made: Made, stage: Stage, began: float) -> Recording | None:
        """Put what was made and write the stage; where it was refused or expired meanwhile, what was put goes."""
        done: Recording | None = made.one
        reached: Recording | None = None
        async with self.pool.acquire() as connection, connection.transaction():
            if made.path is not None:
                done = await put_at_stage(connection, self.vault, made.one, made.key, made.path)
            # The call before its recordings, as who tells of a refusal changes them.
            if await store.is_refused(connection, one.call_id):
                await refuse_all(connection, self.jobs, one.call_id)
            took = time.perf_counter() - began
            if done is not None and await store.reach(connection, done, stage, took, made.unfound):
                if stage is Stage.KEPT:
                    await follow_kept(connection, self.jobs, self.rules, one.id)
                    await self.settled(connection, one.call_id)
                if stage is Stage.DELETED and not one.sent:
                    again = f"{one.id}:back:{int(time.time())}"
                    await self.jobs.enqueue(connection, GO_ON, one.id.bytes, once=again, delay=BACK_SECONDS)
                reached = replace(done, stage=stage, tries=0, told="")
            now = await store.find(connection, one.id) if reached is None else None
        if reached is not None:
            count_step(stage, took)
            return reached
        await forget_strays(self.vault, now)
        # One that was sent in, and that its PBX named while it was forgotten: its file there goes as well.
        return now if now is not None and now.stage is one.stage is Stage.REFUSED else None

    async def _stop(self, one: Recording, stopped: Stopped) -> None:
        log.info("recording_stays", recording=str(one.id), stage=one.stage, why=stopped.why)
        count_stop(_STEPS[one.stage][0], stopped.why)
        async with self.pool.acquire() as connection, connection.transaction():
            await store.hold_call(connection, one.call_id)
            await store.stop(connection, one, stopped.why, stopped.told, 0)
            await self.settled(connection, one.call_id)
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

    async def fetch(self, one: Recording, beside: AsyncExitStack) -> Made:
        """Copy what the PBX wrote, or what a provider has, into our store."""
        if one.sent and self.linked is not None:
            return Made(one, await self.linked.fetch(one, beside), one.source_key)
        if one.sent:
            raise Stopped(Stop.MISSING, store.NOT_SENT)
        _, path = await place_of(self.pool, one)
        try:
            async with asyncio.timeout(_WRITTEN_SECONDS):
                written = await settled(path)
        except TimeoutError:
            raise Stopped(Stop.MISSING, "it is still written to", again=_WRITTEN_SECONDS) from None
        if written is None:
            raise Stopped(Stop.MISSING, f"there is no {path}", again=_again(one))
        if not written.size:
            raise Stopped(Stop.EMPTY, "the file is empty", again=_again(one))
        async with self.pool.acquire() as connection:
            why = await cut_short(connection, one, datetime.fromtimestamp(written.at, UTC), datetime.now(UTC))
        if why:
            raise Stopped(Stop.MISSING, why, again=_again(one))
        return Made(one, path, one.source_key)

    async def forget(self, one: Recording, _beside: AsyncExitStack) -> Made:
        """Delete what nobody may keep: ours first, then the PBX's own file, for which it looks as for any other."""
        await forget_refused(self.pool, self.vault, one)
        gone = Made(replace(one, size=0, peaks=b""))
        if one.sent:
            return gone  # a file of its name in the PBX's folder is another
        return gone._replace(unfound=await delete_there(self.pool, one))

    async def check(self, one: Recording, beside: AsyncExitStack) -> Made:
        """Find out what it is."""
        path = await beside.enter_async_context(AtHand(self.vault, self.workshop, one))
        try:
            sound = await self.prober.probe(path, one.file)
        except NoSound as error:
            raise Stopped(Stop.UNREADABLE, str(error)) from error
        return Made(replace(one, codec=sound.codec, rate=sound.rate, channels=sound.channels, seconds=sound.seconds))

    async def convert(self, one: Recording, beside: AsyncExitStack) -> Made:
        """Make its Opus, and what the player draws."""
        path = await beside.enter_async_context(AtHand(self.vault, self.workshop, one))
        target = path.with_name("sound.opus")
        try:
            async with self.processors:
                made = await convert(path, one, target)
        except TooLong:
            told = f"it is longer than {LONGEST_SOUND / 3600:g} hours, the most that is kept"
            raise Stopped(Stop.TOO_LARGE, told) from None
        if not made.seconds:
            raise Stopped(Stop.EMPTY, "it holds no sound")
        return Made(replace(one, seconds=made.seconds, peaks=made.peaks), target, one.key)

    async def keep(self, one: Recording, _beside: AsyncExitStack) -> Made:
        """Make sure of what is kept before the source goes."""
        if await self.vault.size(one.key) != one.size:
            raise NotConverted(f"{one.key} is not kept whole")
        await self.vault.forget(one.source_key)
        return Made(one)


def _again(one: Recording) -> float | None:
    """In how many seconds a file that was not there is looked for again; None once it is given up."""
    return again(FILES, one.found_at, datetime.now(UTC))


_FAULTS_OF_FILES: Final = (NotConverted, ChildFailed, TimeoutError)
Work = Callable[[Pipeline, Recording, AsyncExitStack], Awaitable[Made]]
"""What is entered on the stack stays until its stage is reached."""
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
