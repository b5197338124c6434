"""Where visitors are: looked up while they are answered, kept with the visit, and weighed against callers' homes."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import msgspec
import pytest
from redis.asyncio import Redis

from calltracking.explaining.candidate import Candidate, Home
from calltracking.explaining.follow import attribute_calls
from calltracking.explaining.homes import Homes
from calltracking.explaining.ranking import rank
from calltracking.leases.applier import VisitApplier
from calltracking.leases.wire import VisitRecord
from tests.calltracking.conftest import Rows, Street, number_of, open_street
from tests.calltracking.test_explaining import MOSCOW as ZONE
from tests.calltracking.test_explaining import call, no_news
from tests.fakes.mmdb import KAZAN, MOSCOW, write_mmdb
from trunkline.calls.attribution_store import attribution_of
from trunkline.writer import SpoolApplier

HERE, THERE = "203.0.113.7", "198.51.100.7"
NOON = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
MUSCOVITE = frozenset({"77", "50"})


@pytest.fixture
async def street(
    rows: Rows, database_url: str, valkey_url: str, redis: Redis, data_dir: Path, tmp_path: Path
) -> AsyncIterator[Street]:
    file = write_mmdb(tmp_path / "city.mmdb", {"203.0.113.0/24": MOSCOW, "198.51.100.0/24": KAZAN})
    await rows.make()
    async with open_street(database_url, valkey_url, data_dir, TRUNKLINE_GEO_FILE=str(file)) as street:
        yield street


@pytest.fixture
def writer(rows: Rows, redis: Redis, data_dir: Path) -> SpoolApplier:
    return SpoolApplier(rows.pool, "node", data_dir / "spool", [VisitApplier(redis, rows.pool)], no_news)


async def test_the_place_of_a_visit_is_that_of_its_first_page(street: Street, rows: Rows, writer: SpoolApplier) -> None:
    visitor, stranger = street.visitor(address=HERE), street.visitor(address="192.0.2.7")
    await visitor.swap()
    await writer.drain()
    visitor.address = THERE
    await visitor.swap()
    await stranger.swap()
    await writer.drain()

    kept = await rows.pool.fetch("select country, region, city, visits::text as whole from visits order by id")
    assert [tuple(row)[:3] for row in kept] == [("RU", "77", "Москва"), ("", "", "")]
    assert HERE not in str(kept)


async def test_who_is_known_by_less_is_placed_less_exactly(street: Street, rows: Rows, writer: SpoolApplier) -> None:
    await street.visitor(address=HERE).swap(consent="cookieless")
    await street.visitor(address=HERE).swap(consent="none")
    await writer.drain()

    kept = await rows.pool.fetch("select consent, country, region, city from visits")
    assert [tuple(row) for row in kept] == [("cookieless", "RU", "77", "")]


def test_records_of_before_are_read() -> None:
    ids = [uuid4().bytes for _ in range(3)]
    fields = ["https://www.example.ru/", "", "Firefox", "full", "", "", 12]
    old = msgspec.msgpack.encode([*(str(UUID(bytes=one)) for one in ids), 1.0, *fields])

    read = msgspec.msgpack.decode(old, type=VisitRecord)

    assert (read.skew_ms, read.country, read.region, read.city) == (12, "", "", "")


def visit(region: str) -> Candidate:
    seen = NOON - timedelta(minutes=3)
    told = ("Окна", "Direct", "(direct)", "", "", "", "https://www.example.ru/")
    return Candidate(uuid4(), uuid4(), seen, seen, *told, region)


@pytest.mark.parametrize(
    ("regions", "home", "first", "more"),
    [
        (("77", "16"), Home(MUSCOVITE, 0.4), 0, True),
        (("16", "50"), Home(MUSCOVITE, 0.4), 1, True),
        (("77", ""), Home(MUSCOVITE, 0.4), 0, True),
        (("77", "DE-BY"), Home(MUSCOVITE, 0.4), 0, True),
        (("77", "16"), None, 0, False),
        (("", "DE"), Home(MUSCOVITE, 0.4), 0, False),
    ],
)
def test_the_caller_s_home_speaks_for_a_visit_from_there(
    regions: tuple[str, str], home: Home | None, first: int, more: bool
) -> None:
    candidates = [visit(region) for region in regions]

    ranked = {one.candidate.visit_id: one for one in rank(candidates, NOON, "+79161234567", home=home)}
    best, other = ranked[candidates[first].visit_id], ranked[candidates[1 - first].visit_id]

    assert (best.confidence > other.confidence, "region" in best.reasons) == (more, more)
    assert "region" not in other.reasons


async def test_a_region_is_weighed_by_how_many_visits_come_from_it(rows: Rows) -> None:
    homes = Homes(lambda number: {"+7916": ("77", "50")}.get(number[:5], ()))
    traffic = [("77", 40), ("50", 20), ("16", 60), ("DE-BY", 500), ("", 500)]

    async def add(times: int) -> None:
        await rows.pool.executemany(
            'insert into report_traffic (day, "by", key, visits, visitors) values ($1, $2, $3, $4, 0)',
            [(date(2026, 11, 26 - times), "region", key, number) for key, number in traffic],
        )

    async with rows.pool.acquire() as connection:
        fresh = Homes(lambda _: ("77",))
        assert await fresh.of(connection, "+79161234567", NOON.date()) is None
        await add(0)
        assert await homes.of(connection, "+79161234567", NOON.date()) == Home(MUSCOVITE, 0.5)
        assert await homes.of(connection, "+74951234567", NOON.date()) is None
        assert await homes.of(connection, "", NOON.date()) is None
        assert await fresh.of(connection, "+79161234567", NOON.date()) is None  # asked again in five minutes


async def test_the_call_tells_that_the_region_agrees(street: Street, rows: Rows, writer: SpoolApplier) -> None:
    await rows.pool.execute("update tracking_pools set most_sharing = 2")
    await rows.pool.execute("delete from tracking_numbers where number <> $1", number_of(0))
    await rows.pool.execute(
        "insert into report_traffic (day, \"by\", key, visits, visitors) select current_date, 'region', key, 100, 0"
        " from unnest(array['77', '16', '66', '54']) as key"
    )
    await street.look()
    local, stranger = street.visitor(address=HERE), street.visitor(address=THERE)
    shown = {(await one.number())[0] for one in (local, stranger)}
    await writer.drain()
    news = call(number_of(0))

    async with rows.pool.acquire() as connection, connection.transaction():
        await attribute_calls(connection, [news], ZONE, Homes(lambda _: MUSCOVITE))
        found = await attribution_of(connection, news.call_id)

    assert shown == {number_of(0)}
    assert found is not None
    assert (str(found.visit_id), found.reasons) == (local.visit, ("visit", "region"))
    assert found.confidence > 0.85
