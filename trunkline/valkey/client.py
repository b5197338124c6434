"""The client of the Valkey that `redis.url` names, of whichever kind."""

from typing import Any, Final, cast

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel, SentinelConnectionPool
from redis.backoff import NoBackoff

from trunkline.valkey.address import Address, Kind, address_of
from trunkline.valkey.cluster import Cluster

_SENTINEL_SECONDS: Final = 1.0
"""How long one Sentinel may take before the next is asked."""


def open_valkey(url: str, **options: Any) -> Redis:
    """A client that connects when it is first used; `options` are those of redis-py."""
    address = address_of(url)
    if address is None:
        return Redis.from_url(url, **options)
    if address.kind is Kind.CLUSTER:
        # Not a Redis by descent: what we ask of one (commands on one key's node, scripts, channels) it answers alike.
        return cast("Redis", Cluster(address, **options))
    return _follower(address, options)


def _follower(address: Address, options: dict[str, Any]) -> Redis:
    patience = {"socket_timeout": _SENTINEL_SECONDS, "socket_connect_timeout": _SENTINEL_SECONDS}
    sentinel = Sentinel(  # type: ignore[no-untyped-call]  # redis leaves it untyped
        address.places,
        # A Sentinel that is gone is not asked ten times: the next one knows as much.
        sentinel_kwargs={**patience, **address.sentinel_login, "ssl": address.tls, "retry": Retry(NoBackoff(), 0)},
    )
    asked = {**address.login, "db": address.database, "ssl": address.tls, **options}
    client: Redis = sentinel.master_for(
        address.service, redis_class=_Follower, connection_pool_class=_Connections, **asked
    )
    return client


class _Connections(SentinelConnectionPool):
    """Leaves the old master as soon as the new one is known, also where it is only listened to.

    Of a machine that is gone nobody says that a connection ended: a subscription would wait there.
    """

    _known: tuple[str, int] | None = None

    async def get_master_address(self) -> tuple[str, int]:
        """Ask the Sentinels."""
        found: tuple[str, int] = await super().get_master_address()  # type: ignore[no-untyped-call]  # as above
        before, self._known = self._known, found
        if before not in {None, found}:  # of those who ask at once, the first
            await self.disconnect(inuse_connections=True)
        return found


class _Follower(Redis):
    """A client of the master, which the Sentinels are asked for at each new connection."""

    async def aclose(self, close_connection_pool: bool | None = None) -> None:
        """Leave the master, and the Sentinels, which redis-py's client of a master leaves to its owner."""
        await super().aclose(close_connection_pool)
        await self.connection_pool.sentinel_manager.aclose()  # type: ignore[attr-defined]  # master_for made the pool
