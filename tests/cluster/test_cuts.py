"""The network between a node and what it needs is cut without a word, and mended again: nothing is lost."""

import time
from collections.abc import Callable, Sequence

import pytest

from tests.cluster.cluster import PATIENCE, PBX, PROMISED, Cluster, Tell
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
