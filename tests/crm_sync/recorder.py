"""Recordings of a company whose calls are told to a portal: the real pipeline, text and silencing over a folder."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from crm_sync.bitrix24.deliverer import Bitrix24Deliverer
from crm_sync.bitrix24.recordings import RecordDeliverer
from crm_sync.records import RecordNews
from crm_sync.telling import follow_ends, follow_seats
from recordings import store
from recordings.analysing import Analysing
from recordings.copying import Copies
from recordings.finding import follow_recordings
from recordings.handing_on import HandingOn
from recordings.pipeline import Pipeline
from recordings.policy import Rule
from recordings.prober import Prober
from recordings.recording import Recording
from recordings.search_store import open_month
from recordings.silencing import Silencer
from recordings.speech.transcriber import Transcriber
from recordings.transcript import Transcript
from recordings.transcripts import Wanted, find_wanted
from recordings.vault import Vault
from recordings.writing_down import WritingDown
from tests.calls.dialogues import PBX, dialogue
from tests.crm_sync.scene import Scene
from tests.recordings.conftest import tone
from trunkline.calls.announce import Announcement
from trunkline.calls.applier import CallApplier
from trunkline.db.types import Connection, Pool
from trunkline.jobs.queue import PgQueuerJobs
from trunkline.outbox.worker import OutboxWorker

MONITOR = "/monitor"
EVERYTHING = Rule.read("all least=0")
"""Is written down."""


def handing_on(pool: Pool, folder: Path) -> HandingOn:
    """What hands on the recordings that are kept in `folder`."""
    vault, workshop = Vault(folder / "kept"), folder / "workshop"
    return HandingOn(pool, vault, Copies(pool, vault, workshop), workshop)


@dataclass
class Recorder:
    """Whose recordings they are; `monitor` is where the PBX writes them."""

    scene: Scene
    monitor: Path
    recorded: HandingOn
    pipeline: Pipeline
    writing: WritingDown
    analysing: Analysing

    @property
    def pool(self) -> Pool:
        return self.scene.pool

    async def happens(self, name: str, files: Mapping[str, float], *, before: int | None = None) -> None:
        """A dialogue in which channels record: of each, whose id ends so, the seconds of its file `ID.wav`.

        `before`: only the frames before that one.
        """
        await self.hears(dialogue(name).frames[:before], files)

    async def hears(self, frames: Sequence[bytes], files: Mapping[str, float]) -> None:
        """The same of any frames."""
        for channel, seconds in files.items():
            tone(self.monitor / f"{channel}.wav", seconds, sides=2)
        told = [recorded_frame(frame, files) for frame in frames]
        await self.scene.hear(CallApplier(self._follow, follow_seats), told)

    async def _follow(self, connection: Connection, news: Sequence[Announcement]) -> frozenset[str]:
        """As trunkline/app/worker_spool.py has it."""
        await follow_recordings(connection, self.pipeline.jobs, news)
        told = await follow_ends(connection, news)
        await RecordNews(self.recorded).ended(connection, news)
        return told

    async def named(self, channel: str) -> Recording:
        """The one that the channel wrote."""
        identifier = await self.pool.fetchval("select id from recordings where file = $1", f"{MONITOR}/{channel}.wav")
        return await self.one(identifier)

    async def one(self, identifier: UUID) -> Recording:
        async with self.pool.acquire() as connection:
            found = await store.find(connection, identifier)
        assert found is not None
        return found

    async def kept(self, channel: str) -> Recording:
        """It goes as far as it comes."""
        one = await self.named(channel)
        await self.pipeline.go_on(one.id.bytes)
        return await self.one(one.id)

    async def wanted(self, one: Recording) -> Wanted:
        async with self.pool.acquire() as connection:
            await open_month(connection, one)
            found = await find_wanted(connection, one.id)
        assert found is not None
        return found

    async def written_down(self, one: Recording, transcript: Transcript) -> None:
        """Its text is made."""
        await self.writing.keep(await self.wanted(one), one, transcript, 1.0)

    async def looked_through(self, one: Recording) -> Recording:
        """What is hidden in its text is silenced in its sound."""
        await self.analysing.analyse(one.id.bytes)
        return await self.one(one.id)

    async def deliver(self) -> None:
        """All that waits is tried, whenever it is due."""
        await self.pool.execute("update outbox_streams set due = now(), lease = '-infinity', waiting = null")
        async with self.scene.portals() as portals:
            records = RecordDeliverer(self.pool, portals, self.recorded)
            calls = Bitrix24Deliverer(self.pool, portals)
            await OutboxWorker(self.pool, None, [calls, records], clock=self.scene.clock).drain()

    async def deliver_all(self, rounds: int = 12) -> None:
        """Until nothing waits; the clock goes on a minute a round."""
        for _ in range(rounds):
            await self.deliver()
            if not await self.pool.fetchval("select count(*) from outbox"):
                return
            self.scene.clock.at += 60
            await self.pool.execute("delete from outbox_accounts")
        raise AssertionError(await self.pool.fetch("select kind, attempts, last_error from outbox"))

    async def waiting(self) -> list[str]:
        """The kinds of what waits of recordings."""
        rows = await self.pool.fetch("select kind from outbox where kind in ($1, $2) order by id", *KINDS)
        return [row["kind"] for row in rows]

    async def warnings(self) -> list[str]:
        """Of deliveries."""
        rows = await self.pool.fetch("select warning from outbox_log where warning <> '' order by id")
        return [row["warning"] for row in rows]

    async def heard_there(self) -> bytes | None:
        """What the portal plays of the one call."""
        (call,) = await self.scene.calls()
        return self.scene.portal.record_of(str(call))


KINDS = ("bitrix24.record", "bitrix24.transcript")


@asynccontextmanager
async def recorder(scene: Scene, folder: Path, *rules: Rule) -> AsyncIterator[Recorder]:
    """Files of the PBX are in `folder`/monitor; by `rules` they are written down."""
    pool, monitor, workshop = scene.pool, folder / "monitor", folder / "workshop"
    monitor.mkdir()
    settings = {"recordings_seen": str(monitor), "recordings_at": MONITOR}
    await pool.execute(
        "insert into pbxs (id, name, kind, settings, active) values ($1, $1, 'asterisk', $2, true)"
        " on conflict (id) do update set settings = pbxs.settings || excluded.settings",
        *(PBX, settings),
    )
    jobs, recorded = PgQueuerJobs(pool, None), handing_on(pool, folder)
    vault, settled = recorded.vault, RecordNews(recorded).settled
    async with Prober() as prober, Transcriber() as transcriber:
        yield Recorder(
            scene,
            monitor,
            recorded,
            Pipeline(pool, jobs, vault, prober, workshop, rules, settled=settled),
            WritingDown(pool, vault, transcriber, folder, "", workshop, jobs, settled=settled),
            Analysing(pool, Silencer(pool, vault, workshop), settled=settled),
        )


def recorded_frame(frame: bytes, files: Mapping[str, float]) -> bytes:
    """The frame as it is told while these channels record."""
    for channel in files:
        if f".{channel}\r\n".encode() in frame.partition(b"Uniqueid: ")[2].partition(b"Linkedid")[0]:
            return frame.replace(
                b"MIXMONITOR_FILENAME=\r\n", f"MIXMONITOR_FILENAME={MONITOR}/{channel}.wav\r\n".encode()
            )
    return frame
