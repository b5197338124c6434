"""What tests of the Asterisk link share: a server, a plug for stations, and a view of what was spooled."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import pytest
from redis.asyncio import Redis

from tests.fakes.ami_server import AmiServer
from trunkline.background import end
from trunkline.pbx.asterisk.framing import Frame, decode, split_frames
from trunkline.pbx.asterisk.gaps import GapTiming
from trunkline.pbx.asterisk.plug import Plug, Timing
from trunkline.pbx.asterisk.session import Patience
from trunkline.pbx.asterisk.station import Station
from trunkline.pbx.asterisk.terms import Address, Limits
from trunkline.pbx.ports import LinkRecord, Mark, unpack_link, unpack_run
from trunkline.spool import Kind, Position, SpoolReader, SpoolWriter

TIMING = Timing(
    lease=1.5,
    renew=0.1,
    stand_by=0.1,
    away_after=0.3,
    alarm_tick=0.05,
    journal_every=0.05,
    gaps=GapTiming(settle=0.05),
    patience=Patience(
        link=Limits(connect=5, action=5, ping_after=0.5, pong=5),
        boot=5,
        proof_every=0.1,
        proof_within=5,
        back_off_first=0.02,
        back_off_longest=0.2,
        refused=0.5,
    ),
)
"""What is waited for on purpose is short; what must not run out on a busy machine is as long as in the product."""


@pytest.fixture
async def event_loop_errors() -> list[dict[str, Any]]:
    """What the event loop was told went wrong outside of any awaited task."""
    errors: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: errors.append(context))
    return errors


@pytest.fixture
async def server() -> AsyncIterator[AmiServer]:
    async with AmiServer() as server:
        yield server


@dataclass
class Spooled:
    """What one node's pbx process has spooled."""

    folder: Path
    frames: list[Frame] = field(default_factory=list)
    links: list[LinkRecord] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    _reader: SpoolReader = field(init=False)
    _position: Position = field(default_factory=lambda: Position(0, 0))

    def __post_init__(self) -> None:
        self._reader = SpoolReader(self.folder)

    def look(self) -> "Spooled":
        """Read what is new."""
        records, self._position = self._reader.read(self._position, most=100_000)
        for record in records:
            if record.kind == Kind.AMI:
                frames, rest = split_frames(unpack_run(record.payload)[1])
                assert not rest.strip()
                self.frames += [decode(frame) for frame in frames]
            elif record.kind == Kind.LINK:
                self.links.append(unpack_link(record.payload))
            else:
                self.marks.append(msgspec.msgpack.decode(record.payload, type=Mark))
        return self

    def extens(self) -> list[str]:
        """The Exten of each Newchannel, in order: tests count with it."""
        return [str(frame["Exten"]) for frame in self.look().frames if frame.get("Event") == "Newchannel"]

    def link_events(self) -> list[str]:
        """Names of what happened to the link."""
        return [type(record).__name__ for record in self.look().links]


@dataclass
class Node:
    """One node of a test."""

    plug: Plug
    spooled: Spooled

    @asynccontextmanager
    async def station(self, server: AmiServer, *, cel: Path | None = None) -> AsyncIterator[Station]:
        """A station on `server`, running."""
        address = Address("127.0.0.1", server.port, "trunkline", "s3cret")
        station = Station("office", address, cel, self.plug)
        running = asyncio.create_task(station.run())
        try:
            yield station
            assert not running.done(), running.result()
        finally:
            await end([running])


@pytest.fixture
async def office(pool: asyncpg.Pool) -> None:
    await pool.execute("insert into pbxs (id, name, kind) values ('office', 'Office', 'asterisk')")


@pytest.fixture
def node_of(tmp_path: Path, pool: asyncpg.Pool, redis: Redis, office: None) -> Iterator[Callable[..., Node]]:
    """Make a node by name; `cap_bytes` limits its spool, other arguments replace parts of its timing."""
    writers: list[SpoolWriter] = []

    def make(name: str, *, cap_bytes: int = 1 << 30, **timing: Any) -> Node:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        spool = SpoolWriter(folder / "spool", cap_bytes=cap_bytes)
        writers.append(spool)
        plug = Plug(name, spool, pool, redis, folder, replace(TIMING, **timing))
        return Node(plug, Spooled(folder / "spool"))

    yield make
    for writer in writers:
        writer.close()
