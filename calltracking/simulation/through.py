"""A run through a running Trunkline, from a process that shares nothing with it but its wires.

Visitors come over HTTP, calls over the AMI of a simulated Asterisk, and what became of them is read from the API.
"""

import asyncio
import math
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import aiohttp

from calltracking.simulation.score import Run
from calltracking.simulation.seen import Explained, judged
from calltracking.simulation.shapes import DAY
from calltracking.simulation.street import Pace, PlayFailed, Site, Street
from calltracking.simulation.traffic import Ring, Traffic
from trunkline.background import running
from trunkline.demo.dialogue import Parties, linkedid, load_dialogue
from trunkline.demo.exchange import Exchange
from trunkline.ids import call_uuid

_HEARD_SECONDS: Final = 60.0
_READ_SECONDS: Final = 30.0
_PAUSE_SECONDS: Final = 0.5
_DIALOGUE: Final = "simple_answered"
_AGENTS: Final = ("101", "102", "103")
_PAGE: Final = 1000
_TIMEOUT: Final = aiohttp.ClientTimeout(total=10)


@dataclass(frozen=True, slots=True)
class Wires:
    """How the server is reached: its API with a token, and the PBX of its that the simulator plays."""

    pages: str
    token: str
    pbx: str


@dataclass(frozen=True, slots=True)
class Played:
    """What came of it."""

    run: Run
    placed: int
    """Calls that were made; who saw no leased number makes none."""
    explained: int
    refused: dict[str, int]


async def require_readable(wires: Wires) -> None:
    """Raise PlayFailed where the token reads no calls: before anything is played."""
    async with aiohttp.ClientSession(timeout=_TIMEOUT) as session:
        async for _ in _attributions(session, wires):
            return


@asynccontextmanager
async def playing_pbx(port: int, secret: str) -> AsyncIterator[Exchange]:
    """A simulated Asterisk on loopback that the server has logged in to; raises PlayFailed where it does not."""
    exchange = Exchange(secret, _AGENTS)
    await exchange.start(port)
    try:
        async with running({"exchange": exchange.run}):
            try:
                await asyncio.wait_for(exchange.until_heard(), _HEARD_SECONDS)
            except TimeoutError:
                told = f"nobody logged in to the simulated PBX on 127.0.0.1:{exchange.port} within a minute"
                raise PlayFailed(f"{told}: is it the address of a PBX there (`trunkline pbx add`)?") from None
            yield exchange
    finally:
        await exchange.stop()


async def play_through(traffic: Traffic, site: Site, wires: Wires, exchange: Exchange, speed: float) -> Played:
    """Let the traffic happen, `speed` times as fast as it says, and judge what the server made of it."""
    connector = aiohttp.TCPConnector(limit=50)
    async with aiohttp.ClientSession(timeout=_TIMEOUT, connector=connector) as session:
        pace = Pace(speed)
        street = Street(site, traffic, session, pace)
        calls = _Calls(traffic, street, exchange, wires.pbx)
        try:
            async with asyncio.TaskGroup() as both:
                visits = both.create_task(street.play())
                await calls.play(pace)
                await pace.until(traffic.days * DAY)
                visits.cancel()  # who stays longer is looked at no more
        except BaseExceptionGroup as group:
            raise _first(group) from group
        explained = await _read(session, wires, calls.placed, street)
    run = judged(traffic, street.all_shown(), explained)
    return Played(run, len(calls.placed), len(explained), dict(street.refused))


class _Calls:
    """The calls of a run, each to the number its caller was shown."""

    def __init__(self, traffic: Traffic, street: Street, exchange: Exchange, pbx: str) -> None:
        self._traffic, self._street, self._exchange, self._pbx = traffic, street, exchange, pbx
        self.placed: dict[UUID, int] = {}
        """Places of the rings by the ids their calls have on the server."""

    async def play(self, pace: Pace) -> None:
        for serial, ring in enumerate(self._traffic.rings):
            await pace.until(ring.at)
            await self._call(serial, ring)

    async def _call(self, serial: int, ring: Ring) -> None:
        if ring.visit is None:
            return
        shown = await self._street.shown(ring.visit)
        if not shown.leased:
            return
        # An id of Asterisk's tells the whole second its call began in: no call may begin before its visitor came.
        start = float(math.ceil(time.time()))
        parties = Parties(_phone(ring.phone), shown.number, "sales", _AGENTS, serial, f"{serial:012x}", 1.0)
        self._exchange.play(load_dialogue(_DIALOGUE).play(parties, start))
        self.placed[call_uuid(self._pbx, linkedid(serial, start), start)] = serial


def _phone(name: str) -> str:
    """A mobile number by the simulator's name for it: `p7` is a person's own, `o7-12` another one he called from."""
    digits = "".join(filter(str.isdigit, name))
    return f"+79{'1' if name.startswith('p') else '2'}{digits[-8:]:0>8}"


async def _read(
    session: aiohttp.ClientSession, wires: Wires, placed: dict[UUID, int], street: Street
) -> dict[int, Explained]:
    """What the server says of the calls, waited for while some are not told of."""
    until = time.monotonic() + _READ_SECONDS
    while True:
        found: dict[int, Explained] = {}
        async for row in _attributions(session, wires):
            place = placed.get(UUID(row["call_id"]))
            if place is not None and row["visit_id"] is not None:
                found[place] = Explained(street.visits.get(row["visit_id"]), row["confidence"])
        if len(found) == len(placed) or time.monotonic() > until:
            return found
        await asyncio.sleep(_PAUSE_SECONDS)


async def _attributions(session: aiohttp.ClientSession, wires: Wires) -> AsyncIterator[dict[str, Any]]:
    headers, cursor = {"Authorization": f"Bearer {wires.token}"}, ""
    while True:
        asked = {"days": "2", "limit": str(_PAGE), **({"cursor": cursor} if cursor else {})}
        async with session.get(f"{wires.pages}/api/v1/attributions", params=asked, headers=headers) as answer:
            if answer.status != 200:
                raise PlayFailed(f"calls cannot be read ({answer.status}): {(await answer.text())[:300]}")
            page = await answer.json()
        for row in page["items"]:
            yield row
        if page["next"] is None:
            return
        cursor = page["next"]


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The error that ended the rest."""
    inner = group.exceptions[0]
    return _first(inner) if isinstance(inner, BaseExceptionGroup) else inner
