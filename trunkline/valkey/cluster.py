"""redis-py's client of a cluster, mended where it would surprise those who know that of one server.

Its transactions are not for us: each queued command starts a thread with an event loop of its own (redis-py 8.1), so
what has to happen in one step is a script here. Keys of one script share a {tag}, thus a node.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from redis._parsers import AsyncCommandsParser
from redis.asyncio.cluster import ClusterNode, ClusterPubSub, RedisCluster
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ClusterError, RedisClusterException
from redis.exceptions import ConnectionError as NotConnected

from trunkline.valkey.address import Address

_TRIES_AGAIN: Final = 2
"""After a node was lost: the table of slots is read anew before each."""


class Cluster(RedisCluster):
    """Raises a ConnectionError, as a client of one server does, also where redis-py has an error of no such family."""

    def __init__(self, address: Address, **options: Any) -> None:
        self._address = address
        super().__init__(
            startup_nodes=[ClusterNode(host, port) for host, port in address.places],
            retry=Retry(NoBackoff(), _TRIES_AGAIN),
            ssl=address.tls,
            **address.login,
            **options,
        )
        self.commands_parser = _Commands()
        self._reading: asyncio.Task[RedisCluster] | None = None

    async def initialize(self, *args: Any, **kwargs: Any) -> "Cluster":
        """Read the table of slots, if it is not known. Whoever has no more patience goes, and the reading goes on.

        Some wait for 50 ms only: begun again by each of them, it might never end.
        """
        if self._initialize:
            if self._reading is None:
                self._reading = asyncio.ensure_future(super().initialize(*args, **kwargs))
                self._reading.add_done_callback(self._read)
            with self.as_lost():
                await asyncio.shield(self._reading)
        return self

    def _read(self, reading: "asyncio.Task[RedisCluster]") -> None:
        self._reading = None
        if not reading.cancelled():
            reading.exception()  # so that nobody looks for who missed it

    async def execute_command(self, *args: Any, **kwargs: Any) -> Any:
        """Send one command to the node of its key."""
        with self.as_lost():
            return await super().execute_command(*args, **kwargs)

    def pubsub(self, **kwargs: Any) -> "ClusterSubscription":  # type: ignore[override]  # we name no node
        """Subscriptions, all of them at one node: each hears what is published at any."""
        return ClusterSubscription(self, **kwargs)

    async def aclose(self) -> None:
        """Close the connections to all nodes; redis-py leaves them open when one of them was lost just before."""
        if self._reading is not None:
            await asyncio.wait([self._reading])
        await super().aclose()
        await self.nodes_manager.aclose()
        await self.nodes_manager.aclose("startup_nodes")

    @contextmanager
    def as_lost(self) -> Iterator[None]:
        """Name its errors as one server's are; the nodes the settings name are asked again beside those found since.

        Else nobody would be, once all have other addresses.
        """
        try:
            yield
        except (RedisClusterException, ClusterError) as error:
            for host, port in self._address.places:
                node = ClusterNode(host, port, **self.connection_kwargs)
                self.nodes_manager.startup_nodes.setdefault(node.name, node)
            raise NotConnected(str(error)) from error


class ClusterSubscription(ClusterPubSub):
    """Looks the cluster's nodes up before it subscribes, so that one that is gone is not asked for ever."""

    def __init__(self, cluster: Cluster, **kwargs: Any) -> None:
        super().__init__(cluster, **kwargs)
        self._ours = cluster

    async def execute_command(self, *args: Any, **kwargs: Any) -> Any:
        """Send it to the node subscribed at."""
        with self._ours.as_lost():
            if self.connection is None:
                await self._ours.initialize()
                await self._ours.nodes_manager.initialize()
            return await super().execute_command(*args, **kwargs)


class _Commands(AsyncCommandsParser):
    """Where each command has its keys: learned once, for that takes 75 ms of the event loop, and not at every loss."""

    async def initialize(self, node: ClusterNode | None = None) -> None:
        """Ask `node`, from now on the one that is asked."""
        if node is None or not self.commands:
            await super().initialize(node)
        else:
            self.node = node
