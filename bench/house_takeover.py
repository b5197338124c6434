"""house.takeover: the acting one of two nodes is killed; until the other has spooled what was said after that."""

import asyncio
import secrets
import time
from collections.abc import Iterator
from pathlib import Path

from bench.figures import Context, Figure, absolute
from tests.fakes.ami_server import AmiServer
from tests.fakes.dialogue import call_again, stamped
from tests.fakes.pbx_nodes import Company, NodeProcess, nodes_running
from trunkline.db.migrate import migrate
from trunkline.db.pool import open_pool
from trunkline.embedded.addresses import postgres_url, valkey_url
from trunkline.embedded.ownership import owned
from trunkline.embedded.postgres import embedded_postgres
from trunkline.embedded.valkey import embedded_valkey

ROWS = ("house.takeover",)
_ROUNDS = 3
_LIMIT = 15.0


def measure(context: Context, _wanted: frozenset[str]) -> Iterator[Figure]:
    """Seconds, with the lease the product ships."""
    yield absolute("house.takeover", asyncio.run(_rounds(context.folder)), "s", "<=", 5)


async def _rounds(folder: Path) -> list[float]:
    key = secrets.token_bytes(32)
    with owned(folder):
        async with (
            embedded_postgres(folder, key),
            embedded_valkey(folder),
            open_pool(postgres_url(folder, key)) as pool,
            AmiServer() as server,
        ):
            async with pool.acquire() as connection:
                await migrate(connection)
            company = Company(postgres_url(folder, key), valkey_url(folder), key, pool)
            await company.add_pbx(server.port)
            return [await _round(server, company, folder / f"round-{number}") for number in range(_ROUNDS)]


async def _round(server: AmiServer, company: Company, folder: Path) -> float:
    folder.mkdir()
    await company.pool.execute("delete from pbx_acting")
    await company.pool.execute("delete from spool_positions")  # the folders of this round are empty
    async with nodes_running(company, folder, ["a", "b"]) as (a, b):
        await server.until(lambda: server.logged_in == 2, 30)
        talking = asyncio.create_task(_talk(server))
        await asyncio.sleep(1.5)
        await a.kill()
        killed = time.time()
        await _heard_after(b, killed)
        took = time.time() - killed
        talking.cancel()
        await asyncio.gather(talking, return_exceptions=True)
    await server.until(lambda: server.logged_in == 0)
    return took


async def _talk(server: AmiServer) -> None:
    for copy in range(10_000):
        for frame in call_again("simple_answered", copy, time.time()):
            await server.say(stamped(frame) + b"\r\n\r\n")
            await asyncio.sleep(0.01)


async def _heard_after(node: NodeProcess, moment: float) -> None:
    async with asyncio.timeout(_LIMIT):
        while True:
            for frame in node.fresh_frames():
                _, found, rest = frame.partition(b"\r\nTimestamp: ")
                if found and float(rest.partition(b"\r\n")[0]) > moment:
                    return
            await asyncio.sleep(0.005)
