"""A server that all nodes share is lost under load, and another takes its place.

The primary's death comes last: there is no standby after it.
"""

import asyncio
import time
from contextlib import AsyncExitStack

import pytest

from tests.cluster.cluster import PATIENCE, Cluster, Tell
from tests.fakes.waiting import eventually

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.cluster,
    pytest.mark.timeout(600),
    pytest.mark.asyncio(loop_scope="session"),
]


async def test_the_master_of_valkey_is_killed(cluster: Cluster, tell: Tell) -> None:
    async with cluster.load() as load:
        before = await asyncio.to_thread(cluster.valkeys.master)
        await asyncio.to_thread(cluster.valkeys.kill, before)
        killed = time.monotonic()
        await eventually(lambda: _is_another(cluster, before), PATIENCE)
        took = time.monotonic() - killed
        known = len(load.asked.answers)
        await eventually(lambda: load.asked.whole_since(known), PATIENCE)

    tell(f"another master after {took:.1f} s; {load.asked}")


async def test_the_machine_of_the_primary_is_gone(cluster: Cluster, tell: Tell) -> None:
    async with cluster.load() as load, AsyncExitStack() as gone:
        for node in cluster.nodes:  # nothing answers there any more, not even that nobody listens
            gone.enter_context(cluster.places.cut(node, cluster.postgres.addresses[0]))
        await asyncio.to_thread(cluster.postgres.kill_primary)
        killed = time.time()
        asked = len(load.asked.waits)
        # Three seconds of questions without a database.
        await eventually(lambda: len(load.asked.waits) > asked + 75, PATIENCE)
        await asyncio.to_thread(cluster.postgres.promote)
        promoted = time.time()
        await eventually(lambda: cluster.stored_since(promoted), PATIENCE)
        stored = time.time()

    tell(f"promoted after {promoted - killed:.1f} s, stored again {stored - promoted:.1f} s later; {load.asked}")


async def _is_another(cluster: Cluster, before: str) -> bool:
    return await asyncio.to_thread(cluster.valkeys.master) != before
