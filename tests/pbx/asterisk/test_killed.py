"""The process `pbx` killed at every point of hearing a call: what it accepted is stored, its standby has the rest."""

import asyncio
import shutil
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import asyncpg
import pytest

from tests.fakes.ami_server import AmiServer
from tests.fakes.dialogue import call_again, stamped
from tests.fakes.pbx_nodes import Company, story_steps
from tests.fakes.waiting import eventually
from tests.faults.harness import kill_at_every_point
from tests.pbx.asterisk.conftest import Node
from tests.pbx.asterisk.doomed import NODE, calls_frames
from trunkline.calls.applier import CallApplier
from trunkline.pbx.asterisk.acting import MarkApplier
from trunkline.pbx.asterisk.messages import events_of
from trunkline.writer import SpoolApplier

PORTIONS = 3
_LINKED = b"\r\nLinkedid: "


class Stage:
    """One call after another, each heard by a doomed node that acts and by a standby, and what became of it."""

    def __init__(self, server: AmiServer, company: Company, folder: Path, standby: Callable[..., Node]) -> None:
        self._server = server
        self._company = company
        self._doomed = folder / NODE
        self._folder = folder
        self._make_standby = standby
        self._rounds = 0
        self._told: list[bytes] = []
        self._dead = asyncio.Event()

    @property
    def arguments(self) -> list[str]:
        """Those of the doomed node: the last says how many frames of the call it has to hear."""
        company, frames = self._company, call_again("simple_answered", 0, 0)
        key, told = company.key.hex(), sum(_LINKED in frame for frame in frames)
        return [company.database_url, company.valkey_url, key, str(self._doomed), str(told)]

    async def prepare(self) -> None:
        """The doomed node's seat is kept for it; the standby listens; the call begins once both do."""
        pool = self._company.pool
        await pool.execute("truncate calls, steps, spool_positions, spool_rejects, pbx_marks, pbx_acting")
        await pool.execute("insert into pbx_acting (pbx, node, until) values ('office', $1, now() + '1 min')", NODE)
        shutil.rmtree(self._doomed, ignore_errors=True)
        self._rounds += 1
        self._dead.clear()
        self._standby = self._make_standby(f"b{self._rounds}", stand_by=0.02)
        self._station = self._standby.station(self._server)
        await self._station.__aenter__()
        await self._server.until(lambda: self._server.logged_in == 1)
        self._told = [stamped(frame) for frame in call_again("simple_answered", self._rounds, time.time())]
        self._telling = asyncio.create_task(self._tell())

    async def _tell(self) -> None:
        await self._until(lambda: self._server.logged_in == 2)
        size = -(-len(self._told) // PORTIONS)
        for first in range(0, len(self._told), size):
            await self._server.say(b"".join(one + b"\r\n\r\n" for one in self._told[first : first + size]))
            heard = sum(_LINKED in frame for frame in self._told[: first + size])
            await self._until(partial(self._heard, heard))

    def _heard(self, frames: int) -> bool:
        return len(calls_frames(self._doomed / "spool" / "pbx")) >= frames

    async def _until(self, true: Callable[[], bool]) -> None:
        """Until the doomed node is so far, or dead."""
        await eventually(lambda: self._dead.is_set() or true(), 60)

    async def check(self) -> None:
        """The standby takes over: all that was said is stored once, and first what the doomed node had accepted."""
        self._dead.set()
        await self._telling
        await self._company.pool.execute("update pbx_acting set until = now() where node = $1", NODE)
        await eventually(lambda: "LinkUp" in self._standby.spooled.look().link_events(), 30)
        await self._station.__aexit__(None, None, None)
        accepted = {e.step_id for f in calls_frames(self._doomed / "spool" / "pbx") for e in events_of("office", f, 0)}
        await self._store(NODE, self._doomed / "spool")
        assert accepted <= set(await story_steps(self._company.pool))
        await self._store(self._standby.plug.node, self._standby.plug.folder)
        stored = await story_steps(self._company.pool)
        assert len(stored) == len(set(stored))
        assert set(stored) == {event.step_id for frame in self._told for event in events_of("office", frame, 0)}
        rows = await self._company.pool.fetch("select ended_at is not null as ended from calls")
        assert [row["ended"] for row in rows] == [True]
        assert await self._company.pool.fetchval("select count(*) from spool_rejects") == 0

    async def _store(self, node: str, spool: Path) -> None:
        await SpoolApplier(self._company.pool, node, spool, [CallApplier(), MarkApplier()], _wake).drain()


async def _wake(_topics: frozenset[str], _posts: object) -> None:
    """Nobody listens."""


@pytest.fixture
async def stage(
    server: AmiServer,
    database_url: str,
    valkey_url: str,
    secret_key: bytes,
    pool: asyncpg.Pool,
    tmp_path: Path,
    node_of: Callable[..., Node],
) -> Stage:
    company = Company(database_url, valkey_url, secret_key, pool)
    await company.add_pbx(server.port)
    return Stage(server, company, tmp_path, node_of)


@pytest.mark.timeout(120)
@pytest.mark.parametrize(("kind", "every"), [("file", 1), ("sql", 2), ("socket", 4)])
async def test_pbx_killed_at_every_point_loses_no_frame(
    stage: Stage, kind: str, every: int, record_property: Callable[[str, object], None]
) -> None:
    tried = await kill_at_every_point(
        kind,
        "tests.pbx.asterisk.doomed:hear",
        stage.arguments,
        tell=record_property,
        prepare=stage.prepare,
        check=stage.check,
        every=every,
    )

    assert tried.points >= PORTIONS
