"""Visitors of the demo company's websites: they tell the public listener what the script does, some call or write."""

import asyncio
import math
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any, Final
from uuid import UUID

import aiohttp
import msgspec

from trunkline.demo.sites import Shop
from trunkline.demo.words import load_words
from trunkline.log import get_logger

log = get_logger(__name__)

_AGENT: Final = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
_PLACEMENT: Final = "main"
# What stands behind the page's address, where he came from, and how many of a hundred come so.
_WAYS: Final = (
    ("?utm_source=yandex&utm_medium=cpc&utm_campaign=autobus-svadba&utm_term=заказ+автобуса&yclid=1795320084", "", 26),
    ("?utm_source=yandex&utm_medium=cpc&utm_campaign=vahta&utm_term=перевозка+сотрудников&yclid=1795320085", "", 14),
    ("", "https://yandex.ru/", 18),
    ("", "https://www.google.com/", 8),
    ("?utm_source=vk&utm_medium=social&utm_campaign=post", "https://vk.com/", 8),
    ("?utm_source=newsletter&utm_medium=email&utm_campaign=november", "", 6),
    ("?utm_source=partner.example&utm_medium=referral", "https://partner.example/", 5),
    ("?utm_source=chatgpt.com", "https://chatgpt.com/", 3),
    ("", "", 12),
)
_STAYS_SECONDS: Final = (15.0, 60.0)
_CALLS: Final = 0.3
_WRITES: Final = 0.12
_AGREED: Final = "demo-policy-1"
_QUESTIONS: Final = (
    "Нужен автобус на 40 человек в субботу",
    "Сколько стоит возить смену до завода?",
    "Экскурсия для класса, 28 детей",
    "Перезвоните, пожалуйста, после обеда",
)
_COMES_BACK: Final = 0.25
_REMEMBERED: Final = 200
_TIMEOUT: Final = aiohttp.ClientTimeout(total=5)


class _Number(msgspec.Struct):
    number: str


class _Swapped(msgspec.Struct):
    """What is read of the answer to a swap (docs/http.md)."""

    beat: int
    numbers: dict[str, _Number]
    visit: str | None = None
    visitor: str | None = None


class Visitors:
    """Makes visits for ever; chance is an argument. `origin` is where the sites are, `public` whom their pages tell."""

    def __init__(
        self,
        shops: Sequence[Shop],
        origin: str,
        public: str,
        call_line: Callable[[str], Awaitable[bool]],
        chance: random.Random,
    ) -> None:
        self._shops, self._origin, self._public = shops, origin, public
        self._call_line, self._chance = call_line, chance
        self._words = load_words()
        self._known: list[tuple[Shop, str]] = []

    async def run(self, visits_a_minute: float) -> None:
        """Let them come at random moments, each for a while; none where there are no sites."""
        async with aiohttp.ClientSession(timeout=_TIMEOUT) as session, asyncio.TaskGroup() as visits:
            while self._shops:
                visits.create_task(self._visit(session))
                await asyncio.sleep(self._chance.expovariate(visits_a_minute / 60))

    async def _visit(self, session: aiohttp.ClientSession) -> None:
        with suppress(aiohttp.ClientError, TimeoutError, msgspec.DecodeError):  # the server is being started again
            await self.visit(session, self._chance.uniform(*_STAYS_SECONDS))

    async def visit(self, session: aiohttp.ClientSession, seconds: float) -> None:
        """One visit: the page, its beats, perhaps a call to the number it shows or a form, and away."""
        shop, visitor = self._who()
        query, referrer, _ = self._chance.choices(_WAYS, [way[2] for way in _WAYS])[0]
        page = {"page": f"{self._origin}/{shop.key}{query}", "referrer": referrer, "placements": [_PLACEMENT]}
        swapped = await self._swap(session, shop, page | ({"visitor": visitor} if visitor else {}))
        if swapped is None:
            return
        ids = {"visit": swapped.visit, "visitor": swapped.visitor}
        began = time.monotonic()
        for at, what in self._doings(swapped.beat, seconds):
            await asyncio.sleep(began + at - time.monotonic())
            if what == "call":
                await self._call_line(swapped.numbers[_PLACEMENT].number)
            elif what == "write":
                await self._post(session, "form", shop, {**ids, "page": page["page"], **self._written()})
            else:
                leaves = what == "leave"
                await self._post(session, "beat", shop, {**ids, "visible": not leaves, "leave": leaves})

    def _doings(self, beat: int, seconds: float) -> list[tuple[float, str]]:
        """What happens after the page is open, and when: its beats, perhaps a call or a form, and at last he leaves."""
        doings = [(float(at), "beat") for at in range(beat, math.ceil(seconds), beat)]
        if self._chance.random() < _CALLS:
            doings.append((self._chance.uniform(0.2, 0.8) * seconds, "call"))
        elif self._chance.random() < _WRITES:
            doings.append((self._chance.uniform(0.2, 0.8) * seconds, "write"))
        return [*sorted(doings), (seconds, "leave")]

    def _written(self) -> dict[str, Any]:
        """What he writes into the form: a stranger, who wants to be called."""
        return {
            "id": str(UUID(int=self._chance.getrandbits(128), version=4)),
            "phone": f"+79{self._chance.randrange(10**9):09d}",
            "name": self._words.person(self._chance),
            "agreed": _AGREED,
            "fields": {"question": self._chance.choice(_QUESTIONS)},
        }

    def _who(self) -> tuple[Shop, str]:
        """Somebody new, or one who was here before."""
        if self._known and self._chance.random() < _COMES_BACK:
            return self._chance.choice(self._known)
        return self._chance.choice(self._shops), ""

    async def _swap(self, session: aiohttp.ClientSession, shop: Shop, page: dict[str, Any]) -> _Swapped | None:
        status, body = await self._post(session, "swap", shop, page)
        if status != 200:
            log.debug("demo_visit_refused", status=status)
            return None
        swapped = msgspec.json.decode(body, type=_Swapped)
        if swapped.visit is None or swapped.visitor is None:
            return None
        self._known = [*self._known[-_REMEMBERED:], (shop, swapped.visitor)]
        return swapped

    async def _post(
        self, session: aiohttp.ClientSession, what: str, shop: Shop, told: dict[str, Any]
    ) -> tuple[int, bytes]:
        url, headers = f"{self._public}/calltracking/v1/{what}", {"Origin": self._origin, "User-Agent": _AGENT}
        body = {"site": shop.key, "at": int(time.time() * 1000), **told}
        async with session.post(url, data=msgspec.json.encode(body), headers=headers) as answer:
            return answer.status, await answer.read()
