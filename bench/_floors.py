"""The running house with its pages: `web` as shipped, agents signed in, cards open and a report read."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
from redis.asyncio import Redis

from bench.story import House, house, process
from tests.fakes.waiting import eventually
from tests.serving import free_port
from tests.softphone_card.floor import Floor
from trunkline.ids import uuid7
from trunkline.people.roles import Role
from trunkline.people.sessions import Lifetime, Origin, open_session
from trunkline.people.statements import QUERIES

AGENTS = ["101", "102", "103", *(str(1000 + number) for number in range(497))]
"""The first three are whom the recorded dialogues ring."""

_LIFETIME = Lifetime(timedelta(hours=12), timedelta(hours=2))
# Every page a supervisor has open over the longest stretch it offers.
_REPORTS = ("/reports?days=90", "/reports/agents?days=30", "/reports/callbacks?days=90")


@dataclass(frozen=True, slots=True)
class Floors:
    """The running house with its pages, and the sessions of the agents and of the supervisor there."""

    house: House
    web: asyncio.subprocess.Process
    address: str
    floor: Floor
    secrets: Sequence[str]
    supervisor: str


@asynccontextmanager
async def floors(folder: Path) -> AsyncIterator[Floors]:
    """The house with an agent signed in at each of `AGENTS`."""
    web = f"127.0.0.1:{free_port()}"
    listen = {"TRUNKLINE_LISTEN_WEB": web, "TRUNKLINE_LISTEN_PUBLIC": f"127.0.0.1:{free_port()}"}
    async with house(folder) as running, process("web", folder, running.company, **listen) as served:
        redis: Redis = Redis.from_url(running.company.valkey_url)
        signed_in = [await _sign_in(running, extension, Role.AGENT) for extension in AGENTS]
        supervisor = await _sign_in(running, "900", Role.SUPERVISOR)
        async with aiohttp.ClientSession() as session:
            await eventually(lambda: _ready(session, f"http://{web}/readyz"), 60)
        yield Floors(running, served, f"http://{web}", Floor(running.pool, redis), signed_in, supervisor)
        await redis.aclose()


@asynccontextmanager
async def open_cards(floors: Floors) -> AsyncIterator[list[aiohttp.ClientWebSocketResponse]]:
    """The card of every agent, connected and told its state."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session, AsyncExitStack() as stack:
        cards = [
            await stack.enter_async_context(session.ws_connect(f"{floors.address}/card/ws", headers=cookie(secret)))
            for secret in floors.secrets
        ]
        for card in cards:
            assert (await card.receive_json())["type"] == "state"
        yield cards


async def read_reports(floors: Floors) -> None:
    """The reports, one after another without end."""
    async with aiohttp.ClientSession(floors.address, headers=cookie(floors.supervisor)) as session:
        while True:
            for path in _REPORTS:
                async with session.get(path, allow_redirects=False) as answer:
                    if answer.status != 200:
                        raise RuntimeError(f"{path} was answered {answer.status}")
                    await answer.read()


def cookie(secret: str) -> dict[str, str]:
    """The header of a session."""
    return {"Cookie": f"trunkline={secret}"}


async def open_session_of(running: House, extension: str) -> str:
    """Another session of who is at `extension`."""
    async with running.pool.acquire() as connection:
        person = await connection.fetchval("select id from people where extension = $1", extension)
        return await open_session(connection, person, Origin(None, "bench"), _LIFETIME, datetime.now(UTC))


async def _sign_in(running: House, extension: str, role: Role) -> str:
    person = uuid7(time.time(), secrets.token_bytes(10))
    async with running.pool.acquire() as connection:
        await connection.execute(
            "insert into people (id, name, login, extension) values ($1, $2, $2, $3)",
            person,
            f"a{extension}",
            extension,
        )
        await connection.execute(QUERIES["save_account"], person, role.value, [], True, True)
    return await open_session_of(running, extension)


async def _ready(session: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with session.get(url) as answer:
            return answer.status == 200
    except aiohttp.ClientError:
        return False
