"""The network between a node and what it needs is cut without a word, and mended again: nothing is lost."""

import asyncio
import os
import sys
import time
from collections.abc import Callable, Sequence

import pytest

from tests.cluster.cluster import PATIENCE, PBX, PROMISED, Cluster, Tell
from tests.cluster.node import REPOSITORY
from tests.fakes.waiting import eventually

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.cluster,
    pytest.mark.timeout(600),
    pytest.mark.asyncio(loop_scope="session"),
]

_PAIRS: dict[str, Callable[[Cluster], Sequence[str]]] = {
    "PostgreSQL": lambda cluster: cluster.postgres.addresses,
    "Valkey": lambda cluster: cluster.valkeys.addresses,
    "HAProxy": lambda cluster: [cluster.places.address(1)],
}
"""What a node is cut off from; HAProxy asks nodes from the bridge's own address."""


@pytest.mark.parametrize("other", _PAIRS)
async def test_the_acting_node_is_cut_off(cluster: Cluster, tell: Tell, other: str) -> None:
    async with cluster.load() as load:
        acting, _ = await cluster.until_acting(*cluster.nodes)
        with cluster.places.cut(acting, *_PAIRS[other](cluster)):
            cut = time.time()
            await eventually(lambda: cluster.stored_since(cut + PROMISED), PATIENCE)
            stored = time.time()
        await cluster.whole()

    tell(f"{other} cut off from the acting node for {stored - cut:.1f} s; {load.asked}")


async def test_the_acting_node_no_longer_hears_the_pbx(cluster: Cluster, tell: Tell) -> None:
    async with cluster.load() as load:
        acting, _ = await cluster.until_acting(*cluster.nodes)
        others = cluster.nodes.keys() - {acting}
        with cluster.places.cut(acting, cluster.places.address(PBX)):
            cut = time.time()
            _, since = await cluster.until_acting(*others)
            await eventually(lambda: cluster.stored_since(since), PATIENCE)
        await cluster.whole()

    tell(f"another acts after {since - cut:.1f} s; {load.asked}")
    assert since - cut <= PROMISED


_HOLDS = """
import asyncio, sys
from trunkline.db.hosts import connect

async def hold():
    connection = await connect(sys.argv[1])
    await connection.execute("begin; select pg_advisory_xact_lock(77)")
    print("held", flush=True)
    await asyncio.Event().wait()

asyncio.run(hold())
"""


async def test_what_a_node_held_in_postgresql_is_free_soon_after_it_is_cut_off(cluster: Cluster, tell: Tell) -> None:
    """By the system's own keepalive it would be held for two hours."""
    node = next(iter(cluster.nodes))
    program = (*cluster.places.inside(node), sys.executable, "-c", _HOLDS, cluster.postgres.url)
    surroundings = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    holder = await asyncio.create_subprocess_exec(*program, stdout=asyncio.subprocess.PIPE, env=surroundings)
    try:
        assert holder.stdout is not None
        assert await holder.stdout.readline() == b"held\n"
        assert not await _free(cluster)
        with cluster.places.cut(node, *cluster.postgres.addresses):
            cut = time.time()
            await eventually(lambda: _free(cluster), PATIENCE)
            free = time.time()
    finally:
        holder.kill()
        await holder.wait()
    await cluster.whole()

    tell(f"free after {free - cut:.1f} s")


async def _free(cluster: Cluster) -> bool:
    held = await cluster.rows("select count(*) from pg_locks where locktype = 'advisory' and objid = 77")
    return bool(held) and held[0][0] == 0
