"""The whole of it: network, servers, nodes, HAProxy and a PBX, and what a test asks of them."""

import asyncio
import os
import secrets
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg

from tests.cluster import company
from tests.cluster.load import Load, under_load
from tests.cluster.network import Network, network
from tests.cluster.node import Node, Shared
from tests.cluster.servers import DATABASES, FRONT, THIRD_SENTINEL, VALKEYS, Postgres, Valkeys, haproxy
from tests.e2e.asterisk.waiting import PACE
from tests.fakes.ami_server import AmiServer
from tests.fakes.waiting import eventually
from trunkline.db.pool import prepare_connection

PBX = 31
PROMISED = 5.0  # seconds within which another node hears a PBX
_NAMES = {"2": "ab", "3": "abc"}[os.environ.get("TRUNKLINE_CLUSTER_NODES", "2")]
_NODES = {name: last for last, name in enumerate(_NAMES, start=2)}
PATIENCE = 60.0 * PACE  # seconds: no figure, only what a busy machine must not run into


@dataclass(frozen=True, slots=True)
class Cluster:
    """The nodes and all they need; every test leaves all of them running."""

    places: Network
    postgres: Postgres
    valkeys: Valkeys
    nodes: dict[str, Node]
    pbx: AmiServer

    @property
    def front(self) -> str:
        """HAProxy's address."""
        return self.places.address(FRONT)

    @asynccontextmanager
    async def load(self) -> AsyncIterator[Load]:
        """Whole and under load; afterwards all that was told and asked is stored, once, and no question was refused."""
        await self.whole()
        async with under_load(self.front, self.pbx) as load:
            await eventually(lambda: len(load.asked.waits) > 25, PATIENCE)
            yield load
        await self._nothing_lost(load)

    async def whole(self) -> None:
        """All nodes are ready, hear the PBX, and one acts."""
        for node in self.nodes.values():
            await asyncio.to_thread(node.until_ready)
        await eventually(lambda: self.pbx.logged_in == len(self.nodes), PATIENCE)
        await self.until_acting(*self.nodes)

    async def until_acting(self, *names: str) -> tuple[str, float]:
        """One of these acts: which, and since when by the product's own clock, Unix seconds."""
        found: list[tuple[str, float]] = []

        async def acts() -> bool:
            query = "select node, extract(epoch from since)::float8 from pbx_acting where until > clock_timestamp()"
            rows = await self.rows(query)
            found[:] = [(row[0], row[1]) for row in rows if row[0] in names]
            return bool(found)

        await eventually(acts, PATIENCE)
        return found[0]

    async def rows(self, query: str, *arguments: Any) -> list[Any]:
        """What the database says; nothing while there is none to ask."""
        try:
            async with asyncio.timeout(5):
                connection = await asyncpg.connect(self.postgres.url)
        except (OSError, asyncpg.PostgresError, asyncpg.InternalClientError):
            return []
        try:
            return list(await connection.fetch(query, *arguments))
        finally:
            await connection.close()

    async def stored_since(self, moment: float) -> bool:
        """Whether a step that was told after that moment (Unix seconds) is stored."""
        found = await self.rows("select max(at) > to_timestamp($1) from steps where source = 'live'", moment)
        return bool(found and found[0][0])

    async def _nothing_lost(self, load: Load) -> None:
        told, asked = load.steps(), set(load.asked.ids) - set(load.asked.refused)

        async def all_stored() -> bool:
            return told <= set(await self._steps()) and asked <= await self._decided()

        try:
            await eventually(all_stored, PATIENCE)
        except TimeoutError:
            missing, unsaid = told - set(await self._steps()), asked - await self._decided()
            moments = sorted(load.told_at(missing)) or [0.0]
            raise AssertionError(
                f"lost: {len(missing)} of {len(told)} steps, told between {moments[0]:.2f} and {moments[-1]:.2f}; "
                f"{len(unsaid)} decisions\n" + "\n".join(node.tail() for node in self.nodes.values())
            ) from None
        steps = await self._steps()
        assert len(steps) == len(set(steps)), "told twice"
        assert (load.asked.refused, load.asked.astray) == ([], [])
        open_calls = await self.rows("select id from calls where ended_at is null")
        assert open_calls == []

    async def _steps(self) -> list[bytes]:
        return [row[0] for row in await self.rows("select step_id from steps where source = 'live'")]

    async def _decided(self) -> set[str]:
        return {row[0] for row in await self.rows("select linkedid from decisions")}


@asynccontextmanager
async def running() -> AsyncIterator[Cluster]:
    """Build it, settle the company, and wait until a question is answered from its plan."""
    servers = [*DATABASES, *VALKEYS, FRONT, THIRD_SENTINEL, PBX]
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="trunkline-cluster-")))
        folder.chmod(0o711)
        places = stack.enter_context(network(_NODES, servers))
        postgres, valkeys = Postgres(folder, places), Valkeys(folder, places)
        for server in (postgres, valkeys):
            stack.push_async_callback(asyncio.to_thread, server.stop)
        await asyncio.gather(asyncio.to_thread(postgres.start), asyncio.to_thread(valkeys.start))
        key = secrets.token_bytes(32)
        shared = Shared(postgres.url, valkeys.url, key)
        nodes = {name: Node(name, folder, places, shared) for name in _NODES}
        for node in nodes.values():
            stack.push_async_callback(asyncio.to_thread, node.kill)
            node.begin()
        pbx = await stack.enter_async_context(AmiServer(host=places.address(PBX)))
        pbx.write_seconds = 1.0
        stack.enter_context(haproxy(folder, places))
        cluster = Cluster(places, postgres, valkeys, nodes, pbx)
        for node in nodes.values():
            await asyncio.to_thread(node.until_ready)
        connection = await asyncpg.connect(postgres.url)
        await prepare_connection(connection)
        await company.settle(connection, key, places.address(PBX), pbx.port)
        await connection.close()
        await cluster.whole()
        await _until_known(cluster)
        yield cluster


async def _until_known(cluster: Cluster) -> None:
    """Each node's directory follows the database: ask until nothing of a second's questions goes astray."""
    await eventually(lambda: _goes_right(cluster), PATIENCE)


async def _goes_right(cluster: Cluster) -> bool:
    async with under_load(cluster.front, cluster.pbx) as load:
        await eventually(lambda: len(load.asked.waits) >= 20, PATIENCE)
    return not (load.asked.refused or load.asked.astray)


def seconds(since: float, until: float | None = None) -> str:
    """For a figure."""
    return f"{(time.time() if until is None else until) - since:.1f} s"


Tell = Callable[[str], None]
