"""Outages: a pulse that stopped, a site that fell silent, and where they stand on the chart."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from calltracking.models.model import WHOLE
from calltracking.proof.outage import Outage, OutageKind, bands, silences
from calltracking.proof.outage_store import beat, read_outages
from calltracking.results.chart import chart_of
from calltracking.results.result import Result
from tests.calltracking.conftest import KEY, OWN, Rows
from tests.people.web import Browser
from tests.reports.calls import ANNA, add_call
from tests.web.composed import text_of
from trunkline.db.types import Pool
from trunkline.reports.days import Days

UTC_ZONE = ZoneInfo("UTC")
DAYS = Days(date(2026, 11, 10), date(2026, 11, 20), UTC_ZONE)
FIRST = datetime(2026, 10, 15, tzinfo=UTC)
HOUR = timedelta(hours=1)


def traffic(a_day: int, quiet: tuple[int, int] = (0, 0)) -> dict[datetime, int]:
    """Visits from 9 to 21 each day, but from hour to hour of the 12th."""
    hours = [FIRST + place * HOUR for place in range(36 * 24)]
    cut = [datetime(2026, 11, 12, tzinfo=UTC) + hour * HOUR for hour in quiet]
    return {hour: a_day for hour in hours if 9 <= hour.hour < 21 and not cut[0] <= hour < cut[1]}


@pytest.mark.parametrize(
    ("a_day", "quiet", "told"),
    [
        (10, (0, 0), []),
        (10, (10, 12), [(10, 12)]),
        (10, (10, 11), []),  # ten of a usual hour: chance, once in many years of hours
        (1, (9, 21), []),
        (2, (9, 21), [(-3, 33)]),  # the nights about it are as quiet as ever
    ],
)
def test_a_silence_is_what_chance_does_not_make(
    a_day: int, quiet: tuple[int, int], told: list[tuple[int, int]]
) -> None:
    found = silences(traffic(a_day, quiet), datetime(2026, 11, 19, 21, tzinfo=UTC), DAYS)
    day = datetime(2026, 11, 12, tzinfo=UTC)
    assert [(one.since, one.until) for one in found] == [
        (day + first * HOUR, day + last * HOUR) for first, last in told
    ]


def test_a_site_that_is_silent_still_is_told() -> None:
    visits = {hour: number for hour, number in traffic(10).items() if hour < datetime(2026, 11, 19, 12, tzinfo=UTC)}
    (one,) = silences(visits, datetime(2026, 11, 19, 15, 20, tzinfo=UTC), DAYS)
    assert (one.since.hour, one.until.hour) == (12, 15)
    assert silences({}, datetime(2026, 11, 19, tzinfo=UTC), DAYS) == []


def test_a_band_stands_where_its_time_is() -> None:
    chart = chart_of(DAYS, {DAYS.first: Result("", calls=WHOLE, answered=WHOLE)})
    noon = datetime(2026, 11, 12, 12, tzinfo=UTC)

    def band(since: datetime, until: datetime) -> tuple[float, float]:
        (one,) = bands(chart, DAYS, [Outage(OutageKind.SERVER, since, until)])
        return one.left, one.width

    assert band(noon, noon + timedelta(days=1)) == (25.0, 10.0)
    assert band(noon, noon + timedelta(seconds=1)) == (25.0, 0.25)
    assert band(FIRST, FIRST + timedelta(days=400)) == (0.0, 100.0)
    assert bands(None, DAYS, [Outage(OutageKind.SERVER, noon, noon)]) == []


async def test_a_pulse_that_stopped_is_an_outage_on_the_page(browser: Browser, pool: Pool) -> None:
    rows = await Rows(pool).make(1)
    start = datetime.now(UTC) - timedelta(hours=2)
    for second in (0, 50, 65, 200, 190):
        await beat(pool, start + timedelta(seconds=second))
    await pool.execute(
        "insert into link_gaps values ('office', $1, $2, 'cut', false)", start, start + timedelta(minutes=5)
    )
    days = Days(start.date(), (start + timedelta(days=1)).date(), UTC_ZONE)
    async with pool.acquire() as connection:
        found = await read_outages(connection, rows.site, days, datetime.now(UTC))
    assert [(one.kind, one.seconds) for one in found] == [(OutageKind.LINK, 300), (OutageKind.SERVER, 135)]

    assert "Our server was away" in await text_of(browser, f"/reports/proof?site={KEY}&days=7")
    await add_call(pool, ANNA, "answered", line=OWN, at=datetime.now(UTC) - timedelta(minutes=1), talk=40)
    page = await text_of(browser, f"/reports/proof?site={KEY}&days=7")
    assert "Our server was away" in page
    assert "chart-outage-link" in page
