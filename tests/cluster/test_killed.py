"""A node, or one process of it, dies under load: the other goes on, and nothing is lost."""

import time

import pytest

from tests.cluster.cluster import PATIENCE, PROMISED, Cluster, Tell
from tests.fakes.waiting import eventually
from trunkline.supervise import PROCESSES

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.cluster,
    pytest.mark.timeout(600),
    pytest.mark.asyncio(loop_scope="session"),
]


async def test_the_acting_node_is_killed_until_one_is_left(cluster: Cluster, tell: Tell) -> None:
    """Of two nodes one, of three one and then the one that took its place."""
    took: list[float] = []
    async with cluster.load() as load:
        alive = set(cluster.nodes)
        acting, _ = await cluster.until_acting(*alive)
        while len(alive) > 1:
            alive.remove(acting)
            killed = time.time()
            cluster.nodes[acting].kill()
            acting, since = await cluster.until_acting(*alive)
            took.append(since - killed)
            await eventually(lambda: cluster.stored_since(since), PATIENCE)  # noqa: B023  (awaited here)
        for name in cluster.nodes.keys() - alive:
            cluster.nodes[name].begin()
        await cluster.whole()

    tell(f"another acts after {', '.join(f'{one:.1f} s' for one in took)}; {load.asked}")
    assert max(took) <= PROMISED


async def test_each_process_is_killed(cluster: Cluster, tell: Tell) -> None:
    async with cluster.load() as load:
        for node in cluster.nodes.values():
            for process in PROCESSES:
                before = node.restarts(process)
                node.kill_one(process)
                await eventually(lambda: node.restarts(process) > before, PATIENCE)  # noqa: B023  (awaited here)
                await cluster.whole()

    tell(f"{len(PROCESSES)} processes on each node; {load.asked}")
