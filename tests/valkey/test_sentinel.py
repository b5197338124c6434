"""A Valkey behind Sentinels: whoever is master is found, and found again when another has taken its place."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest
from redis import Redis as Waiting
from redis.exceptions import RedisError

from tests.fakes.waiting import eventually
from tests.serving import free_port
from tests.valkey.servers import free_ports, running, wait_for
from trunkline.channel import follow
from trunkline.servers import valkey
from trunkline.settings import load
from trunkline.valkey.look import look

PASSWORD, SENTINELS_PASSWORD = "s3@cret", "w4tch"
DOWN_MS = 300


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, int, psutil.Popen]]:
    """The port of a Sentinel; that of the master it knows, which has one replica; that master's process."""
    folder = tmp_path_factory.mktemp("sentinel")
    master, replica, sentinel = free_ports(3)
    watched = folder / "sentinel.conf"
    watched.write_text(
        f"port {sentinel}\nrequirepass {SENTINELS_PASSWORD}\nsentinel monitor calls 127.0.0.1 {master} 1\n"
        f"sentinel auth-pass calls {PASSWORD}\nsentinel down-after-milliseconds calls {DOWN_MS}\n"
        "sentinel failover-timeout calls 2000\n"
    )
    with ExitStack() as stack:
        first = _server(stack, folder, master)
        _server(stack, folder, replica, "--replicaof", "127.0.0.1", str(master), "--replica-priority", "1")
        watching = stack.enter_context(Waiting(port=replica, password=PASSWORD))
        wait_for(lambda: watching.info("replication")["master_link_status"] == "up")
        stack.enter_context(running(watched, "--sentinel", "--dir", folder))
        asked = stack.enter_context(Waiting(port=sentinel, password=SENTINELS_PASSWORD))
        wait_for(lambda: asked.sentinel_masters()["calls"]["num-slaves"] == 1)
        yield sentinel, master, first


def _server(stack: ExitStack, folder: Path, port: int, *more: str) -> psutil.Popen:
    (place := folder / str(port)).mkdir()
    login = ("--requirepass", PASSWORD, "--primaryauth", PASSWORD)
    quick = ("--save", "", "--repl-diskless-sync-delay", "0")
    return stack.enter_context(running("--port", str(port), "--dir", place, *login, *quick, *more))


def _url(sentinel: int, service: str = "calls", password: str = SENTINELS_PASSWORD) -> str:
    gone, login = free_port(), PASSWORD.replace("@", "%40")
    return f"redis+sentinel://:{login}@127.0.0.1:{gone},127.0.0.1:{sentinel}/{service}?sentinel_password={password}"


async def test_doctor_tells_what_is_wrong(servers: tuple[int, int, psutil.Popen]) -> None:
    sentinel, master, _ = servers
    assert (await look(_url(sentinel))).well
    for url in (_url(sentinel, "other"), _url(sentinel, password="wrong")):
        found = await look(url)
        assert not found.well
        assert "no Sentinel that answers names the master of this service" in found.message
    assert "is a Sentinel, not a server" in (await look(f"redis://:{SENTINELS_PASSWORD}@127.0.0.1:{sentinel}")).message
    other = f"redis+sentinel://127.0.0.1:{master}/calls?sentinel_password={PASSWORD.replace('@', '%40')}"
    assert "what answers is no Sentinel" in (await look(other)).message


async def test_the_next_master_is_found(servers: tuple[int, int, psutil.Popen]) -> None:
    sentinel, _, first = servers
    client = valkey(load(None, {"TRUNKLINE_REDIS_URL": _url(sentinel)}), socket_timeout=1.0)
    heard: list[bytes] = []
    following = asyncio.create_task(follow(client, {"news": heard.append}, away_seconds=0.05))

    async def hears(word: bytes) -> bool:
        try:
            await client.publish("news", word)
        except (RedisError, OSError):
            return False
        return word in heard

    try:
        script = client.register_script("return redis.call('SET', KEYS[1], ARGV[1])")
        await script(["kept"], ["by the replica too"])
        await client.wait(1, 5000)
        await eventually(lambda: hears(b"before"), 30)
        first.suspend()  # as if its machine were gone: nobody is told that a connection ended
        await eventually(lambda: hears(b"after"), 30)
        assert await client.get("kept") == b"by the replica too"
        await script(["kept"], ["and changed"])
        assert await client.get("kept") == b"and changed"
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        await client.aclose()
