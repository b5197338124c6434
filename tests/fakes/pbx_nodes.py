"""Nodes of a company as real processes: `pbx` of each in a subprocess, the worker's writer of each in this one."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from tests.fakes.waiting import eventually
from trunkline.calls.announce import Announcement
from trunkline.calls.applier import CallApplier
from trunkline.crypto import SecretBox
from trunkline.db.types import Connection, Pool
from trunkline.pbx.asterisk.acting import MarkApplier
from trunkline.pbx.asterisk.framing import split_frames
from trunkline.pbx.ports import unpack_run
from trunkline.pbx.store import save_pbx
from trunkline.spool import Kind, Position, SpoolReader
from trunkline.writer import Post, SpoolApplier


@dataclass(frozen=True, slots=True)
class Company:
    """The servers all nodes share, and their key."""

    database_url: str
    valkey_url: str
    key: bytes
    pool: "Pool"

    async def add_pbx(self, port: int, *, secret: str = "s3cret") -> None:
        """An Asterisk of the name `office` on loopback."""
        settings = {"host": "127.0.0.1", "port": port}
        box = SecretBox(self.key)
        row = {"pbx": "office", "name": "Office", "kind": "asterisk", "settings": settings}
        await save_pbx(self.pool, box, **row, secrets={"secret": secret})  # type: ignore[arg-type]

    async def acts(self, node: str) -> bool:
        """Whether that node acts for it."""
        held = "select from pbx_acting where pbx = 'office' and node = $1 and until > clock_timestamp()"
        return await self.pool.fetchrow(held, node) is not None


class NodeProcess:
    """One node: killed as a machine that loses its power is, process and writer together."""

    def __init__(self, company: Company, name: str, folder: Path) -> None:
        self.name = name
        self._company = company
        self._folder = folder
        self._process: asyncio.subprocess.Process | None = None
        self._writing: asyncio.Task[None] | None = None
        self._reader = SpoolReader(self.spool / "pbx")
        self._read_to = Position(0, 0)
        root = self.spool
        self.writer = SpoolApplier(
            company.pool, name, root, [CallApplier(_follow_nothing), MarkApplier()], _wake_nobody
        )

    @property
    def spool(self) -> Path:
        return self._folder / "spool"

    async def start(self) -> None:
        """Start its `pbx` and its writer."""
        company = self._company
        environment = {
            "PATH": os.environ["PATH"],
            "TRUNKLINE_NODE": self.name,
            "TRUNKLINE_DATA_DIR": str(self._folder),
            "TRUNKLINE_DATABASE_URL": company.database_url,
            "TRUNKLINE_REDIS_URL": company.valkey_url,
            "TRUNKLINE_KEY": company.key.hex(),
            "TRUNKLINE_LOG_LEVEL": "error",
        }
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "trunkline.app", "pbx", env=environment, cwd=Path(__file__).parents[2]
        )
        self._writing = asyncio.create_task(self.writer.run())

    async def kill(self) -> None:
        """SIGKILL, and nothing of its spool is stored any more."""
        await self._stop_writing()
        await self._end(signal.SIGKILL)

    async def stop(self) -> None:
        """SIGTERM, and all it accepted is stored."""
        await self._end(signal.SIGTERM)
        await self._stop_writing()
        await self.writer.drain()

    def fresh_frames(self) -> list[bytes]:
        """Frames in its spool since the last look."""
        records, self._read_to = self._reader.read(self._read_to, most=1_000_000)
        runs = [unpack_run(record.payload)[1] for record in records if record.kind == Kind.AMI]
        return [frame for run in runs for frame in split_frames(run)[0]]

    async def _end(self, how: signal.Signals) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(how)
            await self._process.wait()

    async def _stop_writing(self) -> None:
        if self._writing is not None:
            self._writing.cancel()
            await asyncio.gather(self._writing, return_exceptions=True)
            self._writing = None


@asynccontextmanager
async def nodes_running(company: Company, folder: Path, names: Sequence[str]) -> AsyncIterator[list[NodeProcess]]:
    """Start a node of each name, the first acting; kill what still runs at the end."""
    nodes = []
    try:
        for name in names:
            node = NodeProcess(company, name, folder / name)
            (folder / name).mkdir()
            nodes.append(node)
            await node.start()
            await eventually(lambda: company.acts(names[0]), 30)
        yield nodes
    finally:
        for node in nodes:
            await node.kill()


async def _follow_nothing(_connection: Connection, _news: Sequence[Announcement]) -> frozenset[str]:
    return frozenset()


async def _wake_nobody(_topics: frozenset[str], _posts: Sequence[Post]) -> None:
    return None


async def story_steps(pool: "asyncpg.Pool") -> list[bytes]:
    """The ids of all live steps that are stored."""
    return [row["step_id"] for row in await pool.fetch("select step_id from steps where source = 'live'")]
