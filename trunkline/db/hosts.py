"""A connection to whichever host of `database.url` takes it, which ends when that host's machine is gone.

asyncpg gives all the hosts of a URL one limit together: a first one that is gone without a word uses it up, and the
standby behind it is never asked. Here each has its own. What is sent to a dead machine would wait for a quarter of an
hour (Linux, `tcp_retries2`): our connections give up after DEAD_AFTER seconds. So does the server at its end: a node
cut off within a transaction would hold its locks for two hours, and every other writer stand still
(docs/decisions/0931).
"""

import socket
from collections.abc import Mapping
from typing import Any, Final

import asyncpg

DEAD_AFTER: Final = 10
_HOST_SECONDS: Final = 3.0
_CONNECT_SECONDS: Final = 60.0  # asyncpg's own
_SOCKET: Final[Mapping[str, int]] = {
    "TCP_USER_TIMEOUT": DEAD_AFTER * 1000,  # something was sent
    "TCP_KEEPIDLE": 4,  # nothing was: we wait for an answer, or for news
    "TCP_KEEPINTVL": 2,
    "TCP_KEEPCNT": 3,
}
_SERVER: Final[Mapping[str, str]] = {
    "tcp_user_timeout": f"{DEAD_AFTER * 1000}",
    "tcp_keepalives_idle": "4",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "3",
}
"""The same at PostgreSQL's end of the connection; by a local socket it takes no notice."""
_last: dict[str, str] = {}
"""By URL, the host that took the last connection: it is asked first."""


async def connect(dsn: str | None = None, **options: Any) -> "asyncpg.Connection[asyncpg.Record]":
    """As asyncpg.connect; raises what a host raised, ConnectionError where all answered and none was as asked for."""
    url = dsn or ""
    urls = each_host(url)
    whole = options.pop("timeout", _CONNECT_SECONDS)
    options["server_settings"] = {**_SERVER, **(options.get("server_settings") or {})}
    patience = whole if len(urls) == 1 else min(_HOST_SECONDS, whole / len(urls))
    failed: Exception | None = None
    for one in sorted(urls, key=lambda url_of_host: url_of_host != _last.get(url)):
        try:
            connection = await asyncpg.connect(one, timeout=patience, **options)
        except (OSError, TimeoutError, asyncpg.CannotConnectNowError) as error:
            failed = error
        except asyncpg.TargetServerAttributeNotMatched:
            continue
        else:
            _last[url] = one
            return _mortal(connection)
    raise failed or ConnectionError("no host is one that target_session_attrs asks for: each that answers is another")


def each_host(url: str) -> list[str]:
    """One URL for each host that stands in `url` before the path, in their order; hosts behind the ? stay together."""
    scheme, _, rest = url.partition("://")
    end = min(at for at in (rest.find(sign) % (len(rest) + 1) for sign in "/?#"))
    login, at, hosts = rest[:end].rpartition("@")
    return [f"{scheme}://{login}{at}{host}{rest[end:]}" for host in hosts.split(",")]


def _mortal(connection: "asyncpg.Connection[asyncpg.Record]") -> "asyncpg.Connection[asyncpg.Record]":
    transport = getattr(connection, "_transport", None)  # asyncpg shows it to nobody
    held = None if transport is None else transport.get_extra_info("socket")
    if held is not None and held.family in {socket.AF_INET, socket.AF_INET6}:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in _SOCKET.items():
            if hasattr(socket, name):
                held.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
    return connection
