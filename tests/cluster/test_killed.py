"""A node, or one process of it, dies under load: the other goes on, and nothing is lost."""

import time

import pytest

from tests.cluster.cluster import PROMISED, Cluster, Tell
from tests.fakes.waiting import eventually
from trunkline.supervise import PROCESSES

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.cluster,
    pytest.mark.timeout(180),
    pytest.mark.asyncio(loop_scope="session"),
]


async def test_the_acting_node_is_killed(cluster: Cluster, tell: Tell) -> None:
    async with cluster.load() as load:
        acting, _ = await cluster.until_acting(*cluster.nodes)
        (other,) = cluster.nodes.keys() - {acting}
        cluster.nodes[acting].kill()
        killed = time.time()
        _, since = await cluster.until_acting(other)
        await eventually(lambda: cluster.stored_since(since))
        cluster.nodes[acting].begin()
        await cluster.whole()

    tell(f"another acts after {since - killed:.1f} s; {load.asked}")
    assert since - killed <= PROMISED


async def test_each_process_is_killed(cluster: Cluster, tell: Tell) -> None:
    async with cluster.load() as load:
        for node in cluster.nodes.values():
            for process in PROCESSES:
                before = node.restarts(process)
                node.kill_one(process)
                await eventually(lambda: node.restarts(process) > before)  # noqa: B023  (awaited here)
                await cluster.whole()

    tell(f"{len(PROCESSES)} processes on each node; {load.asked}")
