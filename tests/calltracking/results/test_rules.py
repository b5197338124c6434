"""Each site's calls count by its own rules: in what is rolled up, in what is not yet, and anew when a rule changes."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from calltracking.results.rolling import roll_up
from tests.calltracking.conftest import OWN, Rows, number_of
from tests.fakes.waiting import eventually
from tests.people.web import Browser
from tests.reports.calls import ANNA, BORIS, add_call
from tests.web.composed import text_of
from trunkline.calls.attribution import Attribution, ToldBy
from trunkline.calls.attribution_store import keep_attributions
from trunkline.db.partitions import ensure_partitions
from trunkline.db.types import Pool
from trunkline.ids import uuid7

MOSCOW = ZoneInfo("Europe/Moscow")
DAY = timedelta(days=1)
NOW = datetime.now(UTC) - timedelta(minutes=1)
STRICT = "target_seconds = 60, unique_days = 3, campaign_days = 2"


class Shops:
    """Two sites, Окна with the usual rules and Двери with its own, whose calls are alike."""

    def __init__(self, rows: Rows) -> None:
        self.rows, self.doors = rows, uuid7(time.time())

    async def make(self) -> "Shops":
        """The other site."""
        await self.rows.pool.execute(
            "insert into tracking_sites (id, key, name, hosts) values ($1, 'demosite0002', 'Двери', '{b.ru}')",
            self.doors,
        )
        await self.rows.pool.execute(f"update tracking_sites set {STRICT} where id = $1", self.doors)
        return self

    async def called(self, at: datetime, client: str, talk: float, *, visited: datetime | None = None) -> None:
        """One call to each and to none, its visitor's visit perhaps much before."""
        for site, name in ((self.rows.site, "Окна"), (self.doors, "Двери"), (None, "")):
            visit = await self._visit(site, visited or at) if site else None
            call = await add_call(self.rows.pool, client, "answered", line=number_of(0), at=at, talk=talk)
            told = ToldBy.VISIT if visit else ToldBy.NUMBER
            known = Attribution(call, number_of(0), client, told, 0.99, visit, visit, name, "Direct", "x")
            async with self.rows.pool.acquire() as connection:
                await keep_attributions(connection, [known])

    async def _visit(self, site: UUID, at: datetime) -> UUID:
        visit = uuid7(at.timestamp())
        await self.rows.pool.execute(
            "insert into visits (id, visitor, site_id, started_at, seen_at, landing, referrer, agent, consent, channel,"
            " source) values ($1, $1, $2, $3, $3, 'https://b.ru/', '', '', 'full', 'Paid Search', 'yandex')",
            *(visit, site, at),
        )
        return visit

    async def rolled_up(self) -> bool:
        """Of a server that others use too some changes wait for their transactions."""
        await roll_up(self.rows.pool, "Europe/Moscow")
        return not await self.is_noted()

    async def is_noted(self) -> bool:
        """Whether some day is to be counted."""
        return bool(await self.rows.pool.fetchval("select exists (select from tracking_changes)"))


@pytest.fixture
async def shops(pool: Pool) -> Shops:
    rows = await Rows(pool).make()
    async with pool.acquire() as connection:
        await ensure_partitions(connection, (NOW - 5 * DAY).date())
    shops = await Shops(rows).make()
    await shops.called(NOW - 4 * DAY, ANNA, 45)
    await shops.called(NOW - 2 * DAY, ANNA, 75, visited=NOW - 5 * DAY)
    return shops


_FIGURES = ("calls", "unique", "target", "unique_target")


async def told(browser: Browser) -> dict[str, tuple[float, ...]]:
    """By site what _FIGURES name."""
    answer = await browser.look("/api/v1/reports/channels?days=7&by=site")
    assert answer.status == 200, await answer.text()
    return {row["key"]: tuple(row[one] for one in _FIGURES) for row in (await answer.json())["rows"]}


async def by_channel(browser: Browser) -> dict[str, float]:
    """Calls by channel."""
    rows: list[dict[str, Any]] = (await (await browser.look("/api/v1/reports/channels?days=7")).json())["rows"]
    return {row["key"]: row["calls"] for row in rows}


async def target_calls(browser: Browser) -> float:
    """Of all sites."""
    answer = await (await browser.look("/api/v1/reports/channels?days=7")).json()
    return float(answer["total"]["target"])


async def test_alike_calls_count_by_the_rules_of_their_sites(browser: Browser, shops: Shops) -> None:
    """By the usual rules a call two days after another is unique; by the strict ones only the first is."""
    early = {"Окна": (2, 2, 2, 2), "Двери": (2, 1, 1, 1), "": (2, 2, 2, 2)}
    # The strict site's second visit lay three days before its call: the call's number alone tells of it.
    channels = {"Paid Search": 3, "Direct": 3}
    assert (await told(browser), await by_channel(browser)) == (early, channels)
    await eventually(shops.rolled_up)
    assert (await told(browser), await by_channel(browser)) == (early, channels)

    await shops.called(NOW, BORIS, 45)
    later = {"Окна": (3, 3, 3, 3), "Двери": (3, 2, 1, 1), "": (3, 3, 3, 3)}
    assert await shops.is_noted()  # today is read afresh, the days before from the roll-up
    assert await told(browser) == later
    await eventually(shops.rolled_up)
    assert await told(browser) == later


async def test_a_changed_rule_is_told_at_once_and_rolled_up_anew(browser: Browser, shops: Shops) -> None:
    pool = shops.rows.pool
    await eventually(shops.rolled_up)
    await pool.execute("update tracking_sites set brand = 'Б'")
    assert not await shops.is_noted()

    await pool.execute("update tracking_sites set target_seconds = 76 where id = $1", shops.doors)
    assert (await told(browser))["Двери"] == (2, 1, 0, 0)
    await eventually(shops.rolled_up)
    assert (await told(browser))["Двери"] == (2, 1, 0, 0)
    await pool.execute("update tracking_sites set unique_days = 1, campaign_days = 4 where id = $1", shops.doors)
    await eventually(shops.rolled_up)
    assert (await told(browser))["Двери"] == (2, 2, 0, 0)
    assert await by_channel(browser) == {"Paid Search": 4, "Direct": 2}


async def test_a_day_just_being_rolled_up_is_noted_too(shops: Shops) -> None:
    """The job took its notes and is not done: the change of a rule must outlive it."""
    pool = shops.rows.pool
    async with pool.acquire() as job, job.transaction():
        await job.execute("delete from tracking_changes")
        await pool.execute("insert into tracking_zone (zone) values ('Europe/Moscow')")
        await pool.execute("update tracking_sites set target_seconds = 0 where id = $1", shops.doors)
    noted = {row["hour"].astimezone(MOSCOW).date() for row in await pool.fetch("select hour from tracking_changes")}
    assert {(NOW - ago * DAY).astimezone(MOSCOW).date() for ago in (2, 4)} <= noted


async def test_a_renamed_site_counts_calls_of_its_former_name(browser: Browser, shops: Shops) -> None:
    pool = shops.rows.pool
    await eventually(shops.rolled_up)
    await pool.execute("update tracking_sites set name = 'Ворота' where id = $1", shops.doors)
    assert not await shops.is_noted()
    await pool.execute("update attributions set channel = channel")
    assert await target_calls(browser) == 2 + 1 + 2
    # Who takes a name that another had takes its calls: they are counted anew.
    await eventually(shops.rolled_up)
    await pool.execute("update tracking_sites set name = 'Двери' where id = $1", shops.rows.site)
    assert await target_calls(browser) == 2 + 2 + 2


async def test_the_page_says_the_seconds_only_where_they_are_everybody_s(browser: Browser, shops: Shops) -> None:
    pool, page = shops.rows.pool, "/reports/channels?days=7"
    assert "a talk as long as its site says" in await text_of(browser, page)
    await pool.execute("update tracking_sites set target_seconds = 50")
    assert "talk of 50 s or more" in await text_of(browser, page)
    await shops.rows.tell(OWN, source="billboard")
    assert "a talk as long as its site says" in await text_of(browser, page)
    await pool.execute("update tracking_sites set target_seconds = 30")
    assert "talk of 30 s or more" in await text_of(browser, page)
