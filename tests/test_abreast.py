"""Two nodes' writers that lock what the other needs next: each waits its turn, nobody is ended by PostgreSQL."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from trunkline.abreast import go_abreast
from trunkline.calls.applier import CallApplier
from trunkline.db.types import Connection, Pool
from trunkline.missed.keep import SQL
from trunkline.spool import Kind, Record, SpoolWriter
from trunkline.spool.reader import START
from trunkline.writer import Applied, Post, SpoolApplier

CLIENTS = (b"+79160000001", b"+79160000002")

_LOCKERS = """
    select count(distinct pid) from pg_locks
    where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())
"""


class Missing:
    """Locks the clients a batch is about as the missed-call list does, one round a kind."""

    kinds = CallApplier.kinds

    def __init__(self, pool: Pool, gone: asyncio.Event) -> None:
        self._pool = pool
        self._gone = gone
        self.applied: list[bytes] = []

    async def apply(self, connection: Connection, records: Sequence[Record]) -> Applied:
        await connection.execute(SQL["hold_numbers"], [record.payload.decode() for record in records])
        self.applied += [record.payload for record in records]
        if records[0].kind == Kind.AMI:
            await self._until_the_other_is_as_far()
        return Applied()

    def rounds(self, records: Sequence[Record]) -> int:
        return CallApplier().rounds(records)

    def forget(self) -> None:
        """Nothing is remembered."""

    async def _until_the_other_is_as_far(self) -> None:
        """He has locked too, waits for his turn, or is done."""
        async with asyncio.timeout(20):
            while not self._gone.is_set() and await self._pool.fetchval(_LOCKERS) < 2:  # noqa: ASYNC110 - a lock has nothing to be awaited by
                await asyncio.sleep(0.01)


async def nobody(_topics: frozenset[str], _posts: Sequence[Post]) -> None:
    """Nobody listens."""


def writer(pool: Pool, gone: asyncio.Event, root: Path, first: bytes, second: bytes) -> tuple[SpoolApplier, Missing]:
    """A node whose PBX told of one client, and whose link then told of another."""
    with SpoolWriter(root / "pbx", cap_bytes=1 << 20) as spool:
        spool.append(Kind.AMI, first)
        spool.append(Kind.LINK, second)
    missing = Missing(pool, gone)
    return SpoolApplier(pool, root.name, root, [missing], nobody), missing


async def test_two_nodes_that_need_each_others_clients(pool: Pool, tmp_path: Path) -> None:
    keys = await pool.fetchval(
        "select count(distinct hashtext(number) & 255) from unnest($1::text[]) as number",
        [client.decode() for client in CLIENTS],
    )
    assert keys == 2, "two locks, or nothing could go wrong"
    gone = asyncio.Event()
    one, first = writer(pool, gone, tmp_path / "node-a", *CLIENTS)
    other, second = writer(pool, gone, tmp_path / "node-b", *reversed(CLIENTS))

    async def step(node: SpoolApplier) -> int:
        stored = await node.step()
        gone.set()
        return stored

    assert [*await asyncio.gather(step(one), step(other))] == [2, 2]

    assert (first.applied, second.applied) == ([*CLIENTS], [*reversed(CLIENTS)])


async def test_what_takes_its_locks_once_goes_side_by_side(pool: Pool) -> None:
    async with pool.acquire() as one, pool.acquire() as other, one.transaction(), other.transaction():
        await go_abreast(one, 1)
        await go_abreast(other, 1)
        assert await pool.fetchval("select count(*) from pg_locks where objid = 7245210 and granted") == 2


@pytest.mark.parametrize("rounds", [1, 2])
async def test_nobody_waits_for_ever_for_a_node_that_stands_still(pool: Pool, rounds: int) -> None:
    async with pool.acquire() as one, pool.acquire() as other, one.transaction(), other.transaction():
        await go_abreast(one, 2)
        await go_abreast(other, rounds)
        assert await other.fetchval("show lock_timeout") == "0"


@pytest.mark.parametrize(
    ("kinds", "rounds"),
    [((), 0), ((Kind.AMI,), 1), ((Kind.AMI, Kind.AMI), 1), ((Kind.LINK,), 1), ((Kind.LINK, Kind.LINK), 2)],
)
def test_rounds_of_a_story(kinds: tuple[Kind, ...], rounds: int) -> None:
    assert CallApplier().rounds([Record(kind, 0.0, b"", START) for kind in kinds]) == rounds
