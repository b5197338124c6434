"""A number shared by two sites: the call to it goes where the site of its visitor says; from the swap to the answer."""

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import pytest
from aiohttp.test_utils import TestClient, TestServer
from redis.asyncio import Redis

from calltracking.leases.applier import VisitApplier
from calltracking.leases.following import Hold, LeaseFollower, SiteQueue, leased_of
from calltracking.leases.proposals import utc
from calltracking.leases.serving import sweep
from router.web import desk_key
from router.wiring import build_question_app
from tests.calltracking.conftest import OWN, Rows, Street, Visitor, number_of
from tests.router.company import head_of
from trunkline.directory.leased import Leased, LeasesFile
from trunkline.directory.packing import pack
from trunkline.directory.reader import FILE_NAME, FRESH_NAME, Directory
from trunkline.directory.values import LineBrief
from trunkline.ids import uuid7
from trunkline.keys import settings_key
from trunkline.spool import SpoolWriter
from trunkline.writer import SpoolApplier

DOORS = "demosite0002"
ONE, TWO, GONE = UUID(int=1), UUID(int=2), UUID(int=3)
SITES = {ONE: SiteQueue("Окна", "windows"), TWO: SiteQueue("Двери", "doors"), GONE: SiteQueue("Полы", "")}
NOW = 1_795_780_800.0


def hold(site: UUID, until: float, *, seen: float = 0.0, present: bool = False) -> Hold:
    return Hold(site, NOW + until, NOW + seen, present)


@pytest.mark.parametrize(
    ("holds", "last", "expected"),
    [
        ([], None, Leased("city", 60)),
        ([], hold(ONE, -30), Leased("city", 60, "Окна", "windows", NOW - 30)),
        ([hold(ONE, 900, seen=60, present=True)], hold(TWO, -1), Leased("city", 60, "Окна", "windows")),
        ([hold(ONE, 500, seen=-60)], None, Leased("city", 60, "Окна", "windows")),
        ([hold(ONE, -1, seen=-900)], None, Leased("city", 60, "Окна", "windows", NOW - 1)),
        ([hold(ONE, 500, seen=-60), hold(TWO, 900, seen=-50)], None, Leased("city", 60, "Двери", "doors")),
        ([hold(ONE, 900, seen=60, present=True)] * 2, None, Leased("city", 60, "Окна", "windows")),
        (
            [hold(ONE, 900, seen=60, present=True), hold(TWO, 900, seen=50, present=True)],
            None,
            Leased("city", 60, several=True),
        ),
        ([hold(GONE, 900, present=True)], None, Leased("city", 60, "Полы", "city")),
        ([hold(UUID(int=9), 900, present=True)], None, Leased("city", 60)),
    ],
)
def test_what_leases_tell_of_a_number(holds: list[Hold], last: Hold | None, expected: Leased) -> None:
    assert leased_of("city", 60, holds, last, SITES, NOW) == expected


@dataclass
class City:
    """Two sites of a city with one pool, the worker's file of leases, and a PBX that asks."""

    street: Street
    rows: Rows
    pbx: TestClient[Any, Any]
    file: LeasesFile
    follower: LeaseFollower
    calls: int = 0

    async def call(self, number: str, *, after: float = 0.0) -> tuple[str, str]:
        """Rule and queue of a call to `number`, `after` seconds from now."""
        self.calls += 1
        now = time.time() + after
        async with self.rows.pool.acquire() as connection:
            await sweep(connection, utc(now))
            self.file.tell(await self.follower.leased(connection, utc(now).date(), now))
        self.pbx.app[desk_key].refresh()
        body = {"call_id": f"{int(now)}.{self.calls}", "from": "+79160000004", "to": number, "at": now}
        answer = await (await self.pbx.post("/router/v1/route", json=body)).json()
        assert "leases" not in answer["degraded"]
        return answer["rule"], answer["target"]

    def visitor(self, key: str, origin: str) -> Visitor:
        return replace(self.street.visitor(), origin=origin, key=key)


@pytest.fixture
async def city(street: Street, rows: Rows) -> AsyncIterator[City]:
    doors = uuid7(time.time())
    await rows.pool.execute(
        "insert into queues (id, name, target) values ('sales', 'Продажи', 'q-sales'),"
        " ('service', 'Сервис', 'q-service'), ('reserve', 'Резерв', 'q-reserve')"
    )
    await rows.pool.execute("update tracking_sites set queue_id = 'sales'")
    await rows.pool.execute("update tracking_pools set queue_id = 'reserve', late_minutes = 30, most_sharing = 2")
    await rows.pool.execute(
        "insert into tracking_sites (id, key, name, hosts, queue_id) values ($1, $2, 'Двери', '{doors.ru}', 'service')",
        *(doors, DOORS),
    )
    await rows.pool.execute(
        "insert into tracking_placements (id, site_id, name, number, pool_id) values ($1, $2, 'main', $3, $4)",
        *(uuid7(time.time()), doors, OWN, rows.numbers),
    )
    await street.look()
    settings = street.app[settings_key]
    folder = settings.data_dir / "directory"
    folder.mkdir(parents=True)
    lines = {number: LineBrief(number) for number in map(number_of, range(3))}
    head = replace_lines(lines)
    pack(folder / FILE_NAME, contacts={}, spam={}, head=head, built_at=1000.0, build_id=bytes(16))
    (folder / FRESH_NAME).touch()
    with SpoolWriter(settings.data_dir / "spool" / "question", cap_bytes=1 << 24) as spool:
        app = build_question_app(settings, Directory.open(folder), spool)
        async with TestClient(TestServer(app)) as pbx:
            yield City(street, rows, pbx, LeasesFile(folder), LeaseFollower())


def replace_lines(lines: dict[str, LineBrief]) -> Any:
    """The company without a plan, with these lines."""
    head = head_of(None)
    return type(head)(pbxs=head.pbxs, queues=head.queues, lines=lines)


async def test_routing_follows_the_lease_and_falls_back_to_the_city(city: City, redis: Redis) -> None:
    windows = city.street.visitor()
    doors = city.visitor(DOORS, "https://doors.ru")
    (first, _), (second, _) = await windows.number(), await doors.number()
    assert first != second

    assert await city.call(first) == ("lease", "q-sales")
    assert await city.call(second) == ("lease", "q-service")
    assert await city.call(number_of(2)) == ("lease", "q-reserve")
    await redis.flushall()
    assert await city.call(second) == ("lease", "q-service")

    writer = SpoolApplier(
        city.rows.pool, "node", city.street.app[settings_key].data_dir / "spool",
        [VisitApplier(redis, city.rows.pool)], no_news,
    )  # fmt: skip
    await doors.post("beat", visit=doors.visit, visitor=doors.visitor, leave=True, visible=False)
    await writer.drain()
    assert await city.call(second, after=10 + 900 - 5) == ("lease", "q-service")
    assert await city.call(second, after=10 + 900 + 1700) == ("lease", "q-service")
    city.follower = LeaseFollower()  # a worker that has begun again knows it from the history
    assert await city.call(second, after=10 + 900 + 1700) == ("lease", "q-service")
    assert await city.call(second, after=10 + 900 + 1900) == ("lease", "q-reserve")


async def test_a_number_given_to_another_site_or_shared_by_both(city: City, redis: Redis) -> None:
    people = [city.street.visitor() for _ in range(3)]
    shown = [(await one.number())[0] for one in people]
    other = city.visitor(DOORS, "https://doors.ru")
    number, kind = await other.number()

    assert kind == "shared"
    assert await city.call(number) == ("lease", "q-reserve")
    alone = next(one for one in shown if one != number)
    await city.rows.pool.execute(
        "update lease_current set seen_until = granted_at, until = granted_at + interval '1 h' where number = $1", alone
    )
    assert await city.call(alone) == ("lease", "q-sales")
    await redis.flushall()  # what was proposed is forgotten
    late = city.visitor(DOORS, "https://doors.ru")
    assert await late.number() == (alone, "cooling")
    assert await city.call(alone) == ("lease", "q-service")


async def test_without_queues_the_lines_own_rules_decide(city: City) -> None:
    number, _ = await city.street.visitor().number()
    await city.rows.pool.execute("update tracking_sites set queue_id = null")
    await city.rows.pool.execute("update tracking_pools set queue_id = null")

    assert (await city.call(number))[0] == "default"
    await city.rows.pool.execute("delete from queues where id = 'service'")


async def no_news(*_: object) -> None:
    """Nobody listens."""
