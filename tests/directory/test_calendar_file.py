"""Production calendars as xmlcalendar publishes them, held against the package `holidays` for every year there is."""

import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from router.hours import Clock
from trunkline.directory.calendar import public_holidays
from trunkline.directory.calendar_file import CalendarYear, read_calendar
from trunkline.directory.head import read_head
from trunkline.directory.values import DayKind
from trunkline.errors import InvalidInput

DATA = Path(os.environ.get("TRUNKLINE_TEST_DATA", "nothing")) / "calendar"
published = pytest.mark.skipif(not DATA.is_dir(), reason="TRUNKLINE_TEST_DATA names no folder with calendar/")
YEARS = range(2013, 2027)

# pbx.md §5.3: where holidays and the published calendar differ, and what the published one adds.
DECREED = {2014: 1, 2020: 29, 2021: 7}
WORKING_WEEKENDS = {
    date(2016, 2, 20), date(2018, 4, 28), date(2018, 6, 9), date(2018, 12, 29), date(2021, 2, 20), date(2022, 3, 5),
    date(2024, 4, 27), date(2024, 11, 2), date(2024, 12, 28), date(2025, 11, 1),
}  # fmt: skip
WEEKDAYS_OFF_2026 = {
    *(date(2026, 1, day) for day in (1, 2, 5, 6, 7, 8, 9)), date(2026, 2, 23), date(2026, 3, 9), date(2026, 5, 1),
    date(2026, 5, 11), date(2026, 6, 12), date(2026, 11, 4), date(2026, 12, 31),
}  # fmt: skip
WEEK = [["09:00-18:00"]] * 5 + [[], []]


def year_of(year: int) -> CalendarYear:
    return read_calendar((DATA / f"ru-{year}.xml").read_bytes())


def works(days: dict[date, DayKind], day: date) -> bool:
    """Whether a company with a five-day week works at noon."""
    clock = Clock(ZoneInfo("Europe/Moscow"), WEEK, days, 60)
    return clock.at(datetime(day.year, day.month, day.day, 9, tzinfo=UTC).timestamp()).open


@published
@pytest.mark.parametrize("year", YEARS)
def test_every_day_is_worked_as_published_and_as_the_package_says(year: int) -> None:
    found = year_of(year)
    imported = {each.day: each.kind for each in found.days}
    package = public_holidays("RU", (year,))
    first = date(year, 1, 1)
    days = [first + timedelta(days=count) for count in range((date(year + 1, 1, 1) - first).days)]
    differ = [day for day in days if works(imported, day) != works(package, day)]

    assert (found.country, found.year, found.refused) == ("RU", year, [])
    assert len(differ) == DECREED.get(year, 0)
    assert all(not works(imported, day) for day in differ)


@published
def test_working_weekends_are_those_of_the_facts() -> None:
    found = {
        each.day
        for year in YEARS
        for each in year_of(year).days
        if each.day.weekday() > 4 and each.kind is not DayKind.OFF
    }
    assert found == WORKING_WEEKENDS


@published
def test_2026_has_its_short_days_and_days_off() -> None:
    days = year_of(2026).days

    short = {each.day for each in days if each.kind is DayKind.SHORT}
    assert short == {date(2026, 4, 30), date(2026, 5, 8), date(2026, 6, 11), date(2026, 11, 3)}
    assert {each.day for each in days if each.kind is DayKind.OFF and each.day.weekday() < 5} == WEEKDAYS_OFF_2026
    assert next(each.name for each in days if each.day == date(2026, 2, 23)) == "День защитника Отечества"


def test_a_day_that_cannot_be_read_is_told_by_its_line_and_the_rest_goes_in() -> None:
    found = read_calendar(
        b'<calendar year="2027" country="kz"><days>\n<day d="01.01" t="1"/>\n<day d="13.01" t="1"/>\n'
        b'<day d="02.30" t="1"/>\n<day d="01.02" t="7"/>\n<day d="01.01" t="2"/>\n<day d="03.22" t="3"/>'
        b"</days></calendar>"
    )

    assert [(each.day, each.kind) for each in found.days] == [
        (date(2027, 1, 1), DayKind.OFF),
        (date(2027, 3, 22), DayKind.WORKING),
    ]
    assert [mistake.path for mistake in found.refused] == ["line 3", "line 4", "line 5", "line 6"]
    assert found.country == "KZ"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is not XML"),
        (b"day;kind\n", "is not XML"),
        (b"<days/>", "is no calendar"),
        (b'<calendar year="26" country="ru"/>', "must be a year"),
        (b'<calendar year="2026" country="r\xd1\x83"/>', "must be two letters"),
        (b'<!DOCTYPE c [<!ENTITY a SYSTEM "file:///etc/passwd">]><calendar year="2026" country="ru"/>', "DOCTYPE"),
        (b" " * (1 << 20) + b"<calendar/>", "larger than"),
    ],
)
def test_what_is_no_calendar_is_told(content: bytes, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        read_calendar(content)


async def test_an_imported_year_wins_over_public_holidays(database_url: str, data_dir: Path, tmp_path: Path) -> None:
    year = datetime.now(UTC).year
    file = tmp_path / "ru.xml"
    file.write_text(f'<calendar year="{year}" country="ru"><days><day d="03.02" t="2"/></days></calendar>')
    environment = os.environ | {"TRUNKLINE_DATABASE_URL": database_url, "TRUNKLINE_DATA_DIR": str(data_dir)}
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-m", "trunkline", "import", "calendar", str(file)],
            env=environment, capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert (done.returncode, done.stdout) == (0, f"RU {year}: 0 off, 1 short, 0 working, 0 refused\n"), done.stderr
    connection = await asyncpg.connect(database_url)
    await connection.execute(
        """insert into plans (body) values ('{"country": "RU", "branches": {"almaty": {"country": "KZ"}}}')"""
    )
    head = await read_head(connection)
    audited = await connection.fetchval("select count(*) from audit where action = 'calendar.imported'")
    await connection.close()

    assert {day: kind for day, kind in head.calendar["RU"].items() if day.year == year} == {
        date(year, 3, 2): DayKind.SHORT
    }
    assert head.calendar["RU"][date(year + 1, 6, 12)] is DayKind.OFF
    assert head.calendar["KZ"][date(year, 12, 16)] is DayKind.OFF
    assert audited == 2
