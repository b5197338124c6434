"""Public holidays where no calendar was imported."""

import os
import xml.etree.ElementTree as ET
from datetime import date
from pathlib import Path

import pytest

from trunkline.directory.calendar import completed, public_holidays
from trunkline.directory.values import DayKind

DATA = Path(os.environ.get("TRUNKLINE_TEST_DATA", "nothing")) / "calendar"
# Non-working days by decree, which the package does not count as holidays (pbx.md §5.3).
DECREES = {2014, 2020, 2021}


def test_a_year_without_rows_gets_public_holidays() -> None:
    whole = completed({}, {"RU"}, (2026,))["RU"]

    assert whole[date(2026, 11, 4)] is DayKind.OFF
    assert whole[date(2026, 1, 9)] is DayKind.OFF
    assert date(2026, 11, 5) not in whole


def test_a_working_saturday() -> None:
    assert public_holidays("RU", (2025,))[date(2025, 11, 1)] is DayKind.WORKING


def test_a_year_with_rows_stays_as_it_was_imported() -> None:
    stored = {"RU": {date(2026, 4, 30): DayKind.SHORT}}
    whole = completed(stored, {"RU"}, (2026, 2027))["RU"]

    assert {day for day in whole if day.year == 2026} == {date(2026, 4, 30)}
    assert whole[date(2027, 6, 12)] is DayKind.OFF


def test_an_unknown_country_has_none() -> None:
    assert completed({}, {"ZZ"}, (2026,)) == {"ZZ": {}}


@pytest.mark.skipif(not DATA.is_dir(), reason="TRUNKLINE_TEST_DATA names no folder with calendar/")
@pytest.mark.parametrize("year", [year for year in range(2013, 2027) if year not in DECREES])
def test_weekdays_off_are_those_of_the_published_calendar(year: int) -> None:
    days = ET.parse(DATA / f"ru-{year}.xml").getroot().iterfind("days/day")
    published = {(date(year, *map(int, day.attrib["d"].split("."))), day.attrib["t"]) for day in days}
    ours = public_holidays("RU", (year,))

    assert {day for day, kind in ours.items() if kind is DayKind.OFF and day.weekday() < 5} == {
        day for day, kind in published if kind == "1" and day.weekday() < 5
    }
    assert {day for day, kind in ours.items() if kind is DayKind.WORKING} == {
        day for day, kind in published if kind == "3" or (kind == "2" and day.weekday() > 4)
    }
