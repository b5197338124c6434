"""`redis.url` of Sentinels and clusters: what it says, and what is told of a wrong one."""

import re
from typing import Any

import pytest
from redis.asyncio.connection import SSLConnection

from trunkline.errors import SettingsError
from trunkline.settings import load
from trunkline.valkey.address import address_of
from trunkline.valkey.client import open_valkey
from trunkline.valkey.cluster import Cluster

SENTINELS = "redis+sentinel://"


@pytest.mark.parametrize("url", ["", "redis://host:6379/0", "rediss://:a+b@host", "unix:///run/valkey.sock?db=0"])
def test_one_server_is_redis_pys_own_matter(url: str) -> None:
    assert address_of(url) is None


def test_what_a_url_says() -> None:
    found = address_of(
        "rediss+sentinel://me:p%40ss@a:1,[::1],b-2.example/calls/3?sentinel_password=s+%26&ssl_ca_certs=/ca"
    )
    assert found is not None
    assert (found.service, found.database, found.tls) == ("calls", 3, True)
    assert found.places == (("a", 1), ("::1", 26379), ("b-2.example", 26379))
    assert found.login == {"username": "me", "password": "p@ss", "ssl_ca_certs": "/ca"}
    assert found.sentinel_login == {"password": "s+&", "ssl_ca_certs": "/ca"}
    assert "p@ss" not in repr(found)
    found = address_of("redis+cluster://:secret@a,b:7001/0")
    assert found is not None
    assert (found.kind, found.places, found.login) == ("cluster", (("a", 6379), ("b", 7001)), {"password": "secret"})


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("http+sentinel://a/calls", "must be redis+sentinel://HOST:PORT,HOST:PORT/SERVICE or redis+cluster://"),
        ("redis+sentinal://a/calls", "must be redis+sentinel://HOST:PORT,HOST:PORT/SERVICE or redis+cluster://"),
        (f"{SENTINELS}a:26379", "must name the service the Sentinels watch, e.g. redis+sentinel://HOST:26379/mymaster"),
        (f"{SENTINELS}a:1,/calls", "place 2 is no HOST:PORT; write them with commas between, e.g. a:26379,b"),
        (f"{SENTINELS}a:1;b:2/calls", "place 1 is no HOST:PORT"),
        (f"{SENTINELS}a:65536/calls", "place 1 is no HOST:PORT"),
        (f"{SENTINELS}:sec@ret@a:1/calls", "@ / ? and # must be written as %40 %2F %3F and %23"),
        (f"{SENTINELS}:sec/ret@a:1/calls", "@ / ? and # must be written as %40 %2F %3F and %23"),
        (f"{SENTINELS}:sec?ret@a:1/calls", "@ / ? and # must be written as %40 %2F %3F and %23"),
        (f"{SENTINELS}:sec#ret@a:1/calls", "must be redis+sentinel://HOST:PORT"),
        (f"{SENTINELS}secret@a:1/calls", "before the @ must stand :PASSWORD or USER:PASSWORD"),
        (f"{SENTINELS}a:1/calls?ssl_ca_certs=/ca", "known are sentinel_password, sentinel_username"),
        ("redis+cluster://a:1/2", "a cluster has the database 0 alone"),
        ("redis+cluster://a:1?retries=3", "retries is not known behind the ?; nothing may follow a ? here"),
        ("memcached://a", "must begin with redis://, rediss://, unix://, redis+sentinel:// or redis+cluster://"),
    ],
)
def test_a_wrong_one_is_told_without_its_password(url: str, told: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(told)) as wrong:
        load(None, {"TRUNKLINE_REDIS_URL": url})
    assert [mistake.path for mistake in wrong.value.mistakes] == ["redis.url"]
    assert "sec" not in str(wrong.value)


async def test_tls_is_spoken_to_servers_and_sentinels() -> None:
    follower = open_valkey("rediss+sentinel://me:secret@a/calls/3?ssl_ca_certs=/ca", socket_timeout=2.0)
    pool: Any = follower.connection_pool
    server, sentinel = pool.make_connection(), pool.sentinel_manager.sentinels[0].connection_pool.make_connection()
    cluster = open_valkey("rediss+cluster://me:secret@a?ssl_ca_certs=/ca")
    assert isinstance(cluster, Cluster)
    node = cluster.startup_nodes[0].acquire_connection()

    for connection in (server, sentinel, node):
        assert isinstance(connection, SSLConnection)
        assert connection.ssl_context.ca_certs == "/ca"
    assert [(connection.username, connection.password) for connection in (server, node)] == [("me", "secret")] * 2
    assert (server.db, server.socket_timeout, sentinel.password) == (3, 2.0, None)
    await follower.aclose()
    await cluster.aclose()
