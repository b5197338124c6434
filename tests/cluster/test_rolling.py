"""Nodes are restarted one after another, as an upgrade does: the PBX notices nothing."""

import asyncio

import pytest

from tests.cluster.cluster import Cluster, Tell

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.cluster,
    pytest.mark.timeout(600),
    pytest.mark.asyncio(loop_scope="session"),
]


async def test_nodes_are_restarted_one_after_another(cluster: Cluster, tell: Tell) -> None:
    async with cluster.load() as load:
        for node in cluster.nodes.values():
            await asyncio.to_thread(node.stop)
            node.begin()
            await cluster.whole()

    tell(str(load.asked))
