"""calltracking.swap_rate, .swap_p95: visitors before a real web process, on real servers."""

import asyncio
import os
import secrets
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import aiohttp
import asyncpg
from redis.asyncio import Redis

from bench._leases import make_company, requests
from bench._question import free_port
from bench.figures import ROUNDS, Context, Figure, absolute, percentile
from trunkline.db.migrate import migrate
from trunkline.embedded.addresses import postgres_url, valkey_url
from trunkline.embedded.ownership import owned
from trunkline.embedded.postgres import embedded_postgres
from trunkline.embedded.valkey import embedded_valkey

ROWS = ("calltracking.swap_rate", "calltracking.swap_p95")
_NUMBERS = 20_000
"""So many that every visitor of a round gets one of his own: the dearest answer."""
_SECONDS = 4.0
_RATE = 800


def measure(context: Context, wanted: frozenset[str]) -> Iterator[Figure]:
    """The servers are those we ship; PostgreSQL flushes every commit."""
    yield from asyncio.run(_measure(context.folder, wanted))


async def _measure(folder: Path, wanted: frozenset[str]) -> list[Figure]:
    key = secrets.token_bytes(32)
    figures = []
    with owned(folder):
        async with embedded_postgres(folder, key), AsyncExitStack() as stack:
            await stack.enter_async_context(embedded_valkey(folder))
            database = await asyncpg.connect(postgres_url(folder, key))
            stack.push_async_callback(database.close)
            await migrate(database)
            await make_company(database, _NUMBERS)
            if wanted & {"calltracking.swap_rate", "calltracking.swap_p95"}:
                async with _serving(folder, key) as port:
                    if "calltracking.swap_rate" in wanted:
                        rates = [(await _load(folder, database, port, "closed"))[0] for _ in range(ROUNDS)]
                        figures.append(absolute("calltracking.swap_rate", rates, "/s", ">=", 2000))
                    if "calltracking.swap_p95" in wanted:
                        rounds = [await _load(folder, database, port, "open") for _ in range(ROUNDS)]
                        took = [1000 * percentile(one, 0.95) for one in rounds]
                        figures.append(absolute("calltracking.swap_p95", took, "ms", "<=", 10))
    return figures


@asynccontextmanager
async def _serving(folder: Path, key: bytes) -> AsyncIterator[int]:
    """The processes web and worker as shipped; yields the port of the public listener."""
    ports = [free_port() for _ in range(4)]
    names = [f"TRUNKLINE_LISTEN_{name}" for name in ("QUESTION", "WEB", "PUBLIC", "FASTAGI")]
    own = {
        "TRUNKLINE_DATA_DIR": str(folder / "data"),
        "TRUNKLINE_DATABASE_URL": postgres_url(folder, key),
        "TRUNKLINE_REDIS_URL": valkey_url(folder),
        "TRUNKLINE_SERVER_TRUSTED_PROXIES": "127.0.0.1/32",
        **{name: f"127.0.0.1:{port}" for name, port in zip(names, ports, strict=True)},
    }
    children = []
    with (folder / "serve.log").open("ab") as log:
        for process in ("web", "worker"):
            command = (sys.executable, "-m", "trunkline", "serve", process)
            environment = {**os.environ, **own}
            children.append(await asyncio.create_subprocess_exec(*command, env=environment, stdout=log, stderr=log))
    try:
        await _until_served(ports[2])
        yield ports[2]
    finally:
        for child in children:
            child.terminate()
        for child in children:
            await child.wait()


async def _until_served(port: int) -> None:
    """Wait for the first number."""
    _, _, body = requests(1)[0].partition(b"\r\n\r\n")
    headers = {"Origin": "https://www.example.ru", "User-Agent": "Mozilla/5.0 (X11) Firefox/145.0"}
    async with aiohttp.ClientSession() as session, asyncio.timeout(120):
        while True:
            try:
                url = f"http://127.0.0.1:{port}/calltracking/v1/swap"
                async with session.post(url, data=body, headers=headers) as answer:
                    if b'"exclusive"' in await answer.read():
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.1)


async def _load(folder: Path, database: asyncpg.Connection, port: int, kind: str) -> list[float]:
    """One round from a process of its own, on numbers that nobody holds."""
    await _empty(folder, database)
    await _until_served(port)
    command = (sys.executable, "-m", "bench._leases", "load", str(port), kind, str(_SECONDS), str(_RATE))
    child = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    told, _ = await child.communicate()
    if child.returncode:
        raise RuntimeError(f"the load ended with code {child.returncode}")
    kinds = await database.fetch("select kind, count(*) from lease_current group by 1")
    if [row["kind"] for row in kinds] != ["exclusive"]:
        raise RuntimeError(f"not everybody had a number of his own: {kinds}")
    return [float(line) for line in told.split()]


async def _empty(folder: Path, database: asyncpg.Connection) -> None:
    await database.execute("truncate lease_current, lease_history")
    await database.execute("checkpoint")
    redis: Redis = Redis.from_url(valkey_url(folder))
    await redis.flushall()
    await redis.aclose()
