"""A company with a site, a pool of numbers and visitors' browsers before the public listener."""

import itertools
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, Self
from uuid import UUID

import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer
from redis.asyncio import Redis

from calltracking.callbacks.public import company_kinds_key
from calltracking.explaining.homes import Homes
from calltracking.leases.public import engine_key
from trunkline.app.public import build_public
from trunkline.db.partitions import ensure_partitions
from trunkline.db.types import Pool
from trunkline.ids import uuid7
from trunkline.settings import load

ORIGIN = "https://www.example.ru"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
KEY = "demosite0001"
OWN = "+74951000000"
NO_HOMES = Homes(lambda _: ())
"""No numbering registry: nobody's home is known."""
DOUBLES = """
select count(*) from (
    select closed_at > lead(granted_at) over (partition by number order by granted_at, closed_at) as doubled
    from (select number, granted_at, until as closed_at from lease_current where kind <> 'shared'
          union all select number, granted_at, closed_at from lease_history where kind <> 'shared') as every_lease
) as judged where doubled
"""


def number_of(place: int) -> str:
    """The pool's number with this place."""
    return f"+7495200{place:04d}"


@dataclass
class Rows:
    """The rows of a company with one site."""

    pool: Pool
    site: UUID = field(default_factory=lambda: uuid7(time.time()))
    numbers: UUID = field(default_factory=lambda: uuid7(time.time()))

    async def make(self, numbers: int = 3, **site: Any) -> Self:
        """A site whose placement `main` is leased numbers of a pool."""
        async with self.pool.acquire() as connection:
            await ensure_partitions(connection, datetime.now().date())  # noqa: DTZ005
        await self.add_lines([OWN, *map(number_of, range(numbers))])
        await self.pool.execute("insert into tracking_pools (id, name) values ($1, 'Москва')", self.numbers)
        await self.pool.execute(
            "insert into tracking_sites (id, key, name, hosts, city) values ($1, $2, 'Окна', $3, 'Москва')",
            self.site,
            KEY,
            ["www.example.ru", "*.shop.example.ru"],
        )
        for name, value in site.items():
            await self.pool.execute(f"update tracking_sites set {name} = $1", value)
        await self.pool.execute(
            "insert into tracking_placements (id, site_id, name, number, pool_id) values ($1, $2, 'main', $3, $4)",
            uuid7(time.time()),
            self.site,
            OWN,
            self.numbers,
        )
        for place in range(numbers):
            await self.tell(number_of(place), pool_id=self.numbers)
        return self

    async def add_lines(self, numbers: Sequence[str]) -> None:
        """Lines in use."""
        rows = [(uuid7(time.time()), number) for number in numbers]
        await self.pool.executemany("insert into lines (id, number) values ($1, $2)", rows)

    async def tell(self, number: str, **told: Any) -> None:
        """What a number tells from long ago on."""
        names, values = list(told), list(told.values())
        places = ", ".join(f"${place + 4}" for place in range(len(names)))
        await self.pool.execute(
            f"insert into tracking_numbers (id, number, since, {', '.join(names)}) values ($1, $2, $3, {places})",
            uuid7(time.time()),
            number,
            date(2026, 1, 1),
            *values,
        )


@dataclass
class Visitor:
    """A browser on the site: it keeps its ids, and has an address of its own."""

    client: "TestClient[web.Request, web.Application]"
    address: str
    origin: str = ORIGIN
    agent: str = FIREFOX
    visitor: str | None = None
    visit: str | None = None
    key: str = KEY
    clock: "itertools.count[int]" = field(default_factory=lambda: itertools.count(int(time.time() * 1000)))

    async def post(self, what: str, **body: Any) -> ClientResponse:
        """Send as the script does."""
        headers = {"Origin": self.origin, "User-Agent": self.agent, "X-Forwarded-For": self.address}
        told = {"site": self.key, "at": next(self.clock)} | body
        return await self.client.post(
            f"/calltracking/v1/{what}", json=told, headers={**headers, "Content-Type": "text/plain"}
        )

    async def swap(self, **body: Any) -> dict[str, Any]:
        """See a page; what is shown at each placement."""
        known = {name: value for name in ("visitor", "visit") if (value := getattr(self, name))}
        page = f"{self.origin}/?utm_source=yandex&utm_medium=cpc"
        answer = await self.post("swap", **({"page": page, "placements": ["main"]} | known | body))
        assert answer.status == 200, await answer.text()
        told: dict[str, Any] = await answer.json()
        self.visitor, self.visit = told["visitor"], told["visit"]
        numbers: dict[str, Any] = told["numbers"]
        return numbers

    async def number(self) -> tuple[str, str]:
        """The number at `main`, and how exclusive it is."""
        shown = (await self.swap())["main"]
        return shown["number"], shown["kind"]


@dataclass
class Street:
    """The public listener with people before it."""

    app: web.Application
    client: "TestClient[web.Request, web.Application]"
    passed: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def visitor(self, **traits: Any) -> Visitor:
        """Somebody new, from an address of his own."""
        place = next(self.passed)
        return Visitor(self.client, **{"address": f"203.0.{place // 250}.{place % 250 + 1}"} | traits)

    async def look(self) -> None:
        """Read sites anew, as happens every two seconds."""
        await self.app[engine_key].catalogue.refresh()


@pytest.fixture
def rows(pool: Pool) -> Rows:
    return Rows(pool)


@asynccontextmanager
async def open_street(database_url: str, valkey_url: str, data_dir: Path, **more: str) -> AsyncIterator[Street]:
    """The public application on a database and a Valkey; its ids are good for every other on the same key."""
    settings = load(
        None,
        {
            "TRUNKLINE_DATABASE_URL": database_url,
            "TRUNKLINE_REDIS_URL": valkey_url,
            "TRUNKLINE_DATA_DIR": str(data_dir),
            "TRUNKLINE_KEY": "11" * 32,
            "TRUNKLINE_SERVER_TRUSTED_PROXIES": "127.0.0.1/32",
            **more,
        },
    )
    app = build_public(settings, web.Application())
    app[company_kinds_key] = lambda _today: {}  # days like any other, on whatever day the test runs
    async with TestClient(TestServer(app)) as client:
        street = Street(app, client)
        await street.look()
        yield street


@pytest.fixture
async def street(rows: Rows, database_url: str, valkey_url: str, redis: Redis, data_dir: Path) -> AsyncIterator[Street]:
    await rows.make()
    async with open_street(database_url, valkey_url, data_dir) as street:
        yield street
