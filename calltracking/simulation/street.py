"""Simulated visitors before the public listener of a running Trunkline: they send what the script sends."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from typing import Any, Final

import aiohttp

from calltracking.simulation.seen import Shown
from calltracking.simulation.traffic import Traffic, Visit
from trunkline.errors import TrunklineError

_FIRST_ADDRESS: Final = int(IPv4Address("198.18.0.0"))
"""RFC 2544 keeps this block for benchmarks: it is nobody's."""
_ADDRESSES: Final = 1 << 17
_AGENT: Final = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
_PAGES: Final = {
    "paid": ("/?utm_source=yandex&utm_medium=cpc&utm_campaign=simulated", ""),
    "organic": ("/", "https://yandex.ru/"),
    "referral": ("/", "https://partner.example/"),
}
"""The page and its referrer by the channel; any other comes directly."""


class PlayFailed(TrunklineError):
    """The play cannot go on; the message says what would be right."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where visitors go: the public listener, the site's key, the placement whose number they see, a page's origin."""

    public: str
    key: str
    placement: str
    origin: str


@dataclass(slots=True)
class Pace:
    """The simulator's time in ours: `speed` seconds of it to one, since it began."""

    speed: float
    began: float = field(default_factory=time.monotonic)

    async def until(self, at: float) -> None:
        """Wait for a moment of the simulation; one that is over is not waited for."""
        await asyncio.sleep(max(0.0, self.began + at / self.speed - time.monotonic()))


class Street:
    """The visitors of a run, and what each was shown."""

    def __init__(self, site: Site, traffic: Traffic, session: aiohttp.ClientSession, pace: Pace) -> None:
        self._site, self._traffic, self._session, self._pace = site, traffic, session, pace
        self._known: dict[int, str] = {}
        self._shown: dict[int, asyncio.Future[Shown]] = {}
        self.visits: dict[str, int] = {}
        """Places of visits by the server's ids."""
        self.refused: Counter[str] = Counter()
        """Beats and taps that were not taken, by what and status."""

    async def shown(self, visit: int) -> Shown:
        """What a visit was shown, once it is."""
        return await self._shown[visit]

    def all_shown(self) -> dict[int, Shown]:
        """By a visit's place."""
        return {place: one.result() for place, one in self._shown.items() if one.done()}

    async def play(self) -> None:
        """Let every visit happen."""
        loop = asyncio.get_running_loop()
        self._shown = {visit.place: loop.create_future() for visit in self._traffic.visits}
        async with asyncio.TaskGroup() as visits:
            for visit in self._traffic.visits:
                visits.create_task(self._visit(visit))

    async def _visit(self, visit: Visit) -> None:
        await self._pace.until(visit.at)
        beat_seconds, ids = await self._open(visit)
        for at, what in self._doings(visit, beat_seconds * self._pace.speed):
            await self._pace.until(at)
            await self._do(what, visit, ids)

    def _doings(self, visit: Visit, beat: float) -> Iterator[tuple[float, str]]:
        """What his browser says after the page is open, in order; who falls silent does not say that he leaves."""
        beats = [(visit.at + beat * count, "beat") for count in range(1, int((visit.until - visit.at) / beat) + 1)]
        leave = [(visit.until, "leave")] if visit.free_at <= visit.until else []
        yield from sorted([*beats, *((tap, "tap") for tap in visit.taps), *leave])

    async def _open(self, visit: Visit) -> tuple[int, dict[str, str]]:
        page, referrer = _PAGES.get(visit.channel, ("/", ""))
        body: dict[str, Any] = {"page": self._site.origin + page, "referrer": referrer}
        body |= {"placements": [self._site.placement]}
        if visit.visitor in self._known:
            body["visitor"] = self._known[visit.visitor]
        async with self._post("swap", visit, body) as answer:
            if answer.status != 200:
                hint = "; server.trusted_proxies must name this machine" if answer.status == 429 else ""
                raise PlayFailed(f"a visit was refused with {answer.status}: {(await answer.text())[:300]}{hint}")
            told = await answer.json()
        if told["visit"] is None:
            raise PlayFailed("visits are not kept: the site's visitors may be known by nothing; let it know a cookie")
        ids = {"visit": told["visit"], "visitor": told["visitor"]}
        self._known[visit.visitor] = told["visitor"]
        self.visits[told["visit"]] = visit.place
        number = told["numbers"][self._site.placement]
        self._shown[visit.place].set_result(Shown(number["number"], number["kind"]))
        return told["beat"], ids

    async def _do(self, what: str, visit: Visit, ids: dict[str, str]) -> None:
        body: dict[str, Any] = dict(ids)
        if what == "tap":
            number = (await self.shown(visit.place)).number
            body |= {"placement": self._site.placement, "number": number}
        elif what == "leave":
            body |= {"visible": False, "leave": True}
        async with self._post("tap" if what == "tap" else "beat", visit, body) as answer:
            if answer.status != 204:
                self.refused[f"{what} {answer.status}"] += 1

    def _post(self, what: str, visit: Visit, body: dict[str, Any]) -> Any:
        headers = {"Origin": self._site.origin, "User-Agent": _AGENT, "X-Forwarded-For": _address(visit.person)}
        told = {"site": self._site.key, "at": int(time.time() * 1000), **body}
        return self._session.post(f"{self._site.public}/calltracking/v1/{what}", json=told, headers=headers)


def _address(person: int) -> str:
    return str(IPv4Address(_FIRST_ADDRESS + person % _ADDRESSES))
