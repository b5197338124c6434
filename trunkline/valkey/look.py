"""What `trunkline doctor` sees of Valkey: its version, and whether `redis.url` names the kind of server it is."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from redis.asyncio import Redis
from redis.asyncio.sentinel import MasterNotFoundError
from redis.exceptions import ResponseError

from trunkline.valkey.client import open_valkey
from trunkline.valkey.cluster import Cluster

_OLDEST: Final = 7
_OTHER_KINDS: Final = {
    "sentinel": ("is a Sentinel, not a server", "write redis+sentinel://HOST:PORT/SERVICE in redis.url"),
    "cluster": ("is one node of a cluster", "write redis+cluster://HOST:PORT,HOST:PORT in redis.url"),
}


class Looked(NamedTuple):
    """Whether it is well; what is so; what would be right."""

    well: bool
    message: str
    remedy: str


async def look(url: str, **options: Any) -> Looked:
    """Ask the servers behind `url`; raises what redis does where nobody answers."""
    client = open_valkey(url, **options)
    try:
        return _judged(await _infos(client), clustered=isinstance(client, Cluster))
    except MasterNotFoundError:
        return Looked(
            False,
            "no Sentinel that answers names the master of this service",
            "look at the service and sentinel_password in redis.url; ask one: `valkey-cli -p 26379 sentinel masters`",
        )
    except ResponseError as error:
        if "sentinel" not in str(error).lower():
            raise
        return Looked(False, "what answers is no Sentinel", "write the Sentinels' own ports, or redis://HOST:PORT")
    finally:
        await client.aclose()


async def _infos(client: Redis) -> list[Mapping[str, Any]]:
    """What each server that keys lie on says of itself."""
    if not isinstance(client, Cluster):
        return [await client.info("server")]
    found = await client.execute_command("INFO", "server", target_nodes=Cluster.PRIMARIES)
    return list(found.values()) if len(client.get_primaries()) > 1 else [found]


def _judged(infos: list[Mapping[str, Any]], *, clustered: bool) -> Looked:
    mode = str(infos[0].get("server_mode") or infos[0].get("redis_mode"))
    if not clustered and mode in _OTHER_KINDS:
        message, remedy = _OTHER_KINDS[mode]
        return Looked(False, message, remedy)
    versions = sorted({str(info.get("valkey_version") or info.get("redis_version")) for info in infos}, key=_major)
    message = f"version {', '.join(versions)}" + (f", a cluster of {len(infos)}" if clustered else "")
    return Looked(_major(versions[0]) >= _OLDEST, message, "Valkey or Redis 7 or newer is needed")


def _major(version: str) -> int:
    return int(version.split(".", maxsplit=1)[0])
