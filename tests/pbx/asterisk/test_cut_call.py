"""Recorded calls whose link is cut in the middle: what CEL tells afterwards makes them whole, and the gap is marked."""

import asyncio
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import asyncpg
import pytest

from tests.fakes.ami_server import AmiServer
from tests.fakes.dialogue import cel_again, paced
from tests.fakes.waiting import eventually
from tests.pbx.asterisk.conftest import Node
from trunkline.calls.announce import Announcement
from trunkline.calls.applier import CallApplier
from trunkline.db.types import Connection
from trunkline.pbx.asterisk.acting import MarkApplier
from trunkline.writer import Applier, Post, SpoolApplier


async def follow_nothing(_connection: Connection, _news: Sequence[Announcement]) -> frozenset[str]:
    return frozenset()


async def wake_nobody(_topics: frozenset[str], _posts: Sequence[Post]) -> None:
    return None


@pytest.mark.parametrize(
    ("name", "cut_after", "with_cel", "outcome"),
    [
        ("simple_answered", 0.3, True, "answered"),
        ("simple_answered", 1.2, True, "answered"),
        ("simple_no_answer", 0.3, True, "missed"),
        ("simple_answered", 1.2, False, "answered"),
    ],
)
async def test_a_call_cut_in_the_middle_is_told_to_its_end(
    name: str,
    cut_after: float,
    with_cel: bool,
    outcome: str,
    server: AmiServer,
    node_of: Callable[..., Node],
    pool: asyncpg.Pool,
    tmp_path: Path,
) -> None:
    cel = tmp_path / "trunkline.csv"
    node = node_of("a")
    async with node.station(server, cel=cel if with_cel else None):
        await eventually(lambda: "Resynced" in node.spooled.link_events())
        start = float(int(time.time()) + 1)  # linkedids carry whole seconds
        await say_until(server, name, start, start + cut_after)
        await server.stop()
        rows = cel_again(name, 1, start)
        await asyncio.sleep(max(0.0, rows[-1][0] - time.time()))
        cel.write_bytes(b"".join(row for _, row in rows))
        await server.start()
        await eventually(lambda: node.spooled.link_events()[-2:] == ["Gap", "Resynced"])
    appliers: list[Applier] = [CallApplier(follow_nothing), MarkApplier()]
    root = node.plug.folder / "spools"
    root.mkdir()
    node.plug.spool.sync()
    (root / "pbx").symlink_to(node.spooled.folder)
    await SpoolApplier(pool, "a", root, appliers, wake_nobody).drain()

    call = await pool.fetchrow("select outcome, ended_at, has_gap from calls where pbx = 'office'")
    assert call is not None
    assert call["outcome"] == outcome
    assert call["ended_at"] is not None
    assert call["has_gap"] is not with_cel
    assert await pool.fetchval("select count(*) from spool_rejects") == 0


async def say_until(server: AmiServer, name: str, start: float, cut: float) -> None:
    """Say the call as it went, up to the cut."""
    for moment, frame in paced(name, 1, start):
        await asyncio.sleep(max(0.0, min(moment, cut) - time.time()))
        if moment >= cut:
            return
        await server.say(frame + b"\r\n\r\n")
