"""By when a missed client is promised a call: working minutes, whatever stands in the calendar."""

from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from trunkline.directory.values import DayKind, OverrideBrief, OverrideKind
from trunkline.missed.promise import Days, Rules, promised, week_of

MOSCOW = ZoneInfo("Europe/Moscow")
OFFICE = Rules(30, 5, week_of(["Mon-Fri 09:00-13:00", "Mon-Fri 14:00-18:00"]), "RU", MOSCOW)
HOLIDAYS = Days(
    {
        date(2026, 3, 9): DayKind.OFF,
        date(2026, 3, 10): DayKind.SHORT,
        date(2026, 3, 14): DayKind.WORKING,
    },
    [
        OverrideBrief("", date(2026, 3, 17), date(2026, 3, 17), OverrideKind.CLOSED),
        OverrideBrief("", date(2026, 3, 18), date(2026, 3, 18), OverrideKind.SHORT, "12:00"),
        OverrideBrief("", date(2026, 3, 21), date(2026, 3, 21), OverrideKind.OPEN, "", ("20:00-24:00",)),
    ],
)
NOBODY = UUID(int=0)


@pytest.mark.parametrize(
    ("missed", "expected"),
    [
        ("2026-03-04 10:00", "2026-03-04 10:30"),
        ("2026-03-04 12:45", "2026-03-04 14:15"),  # lunch between
        ("2026-03-04 17:30", "2026-03-04 18:00"),
        ("2026-03-04 17:45", "2026-03-05 09:15"),
        ("2026-03-04 03:00", "2026-03-04 09:30"),
        ("2026-03-06 18:30", "2026-03-10 09:30"),  # Friday evening, and Monday is a holiday
        ("2026-03-10 16:50", "2026-03-11 09:20"),  # the short day ends at 17:00
        ("2026-03-13 19:00", "2026-03-14 09:30"),  # a working Saturday
        ("2026-03-16 19:00", "2026-03-18 09:30"),  # somebody closed the 17th
        ("2026-03-18 11:50", "2026-03-19 09:20"),  # and the 18th at noon
        ("2026-03-21 23:45", "2026-03-23 09:15"),  # open until midnight
    ],
)
def test_working_minutes(missed: str, expected: str) -> None:
    since = datetime.fromisoformat(missed).replace(tzinfo=MOSCOW)

    told = promised(since, OFFICE, HOLIDAYS)

    assert told.astimezone(MOSCOW).strftime("%Y-%m-%d %H:%M") == expected


def test_round_the_clock() -> None:
    since = datetime(2026, 3, 7, 23, 50, tzinfo=MOSCOW)

    assert promised(since, Rules(30, zone=MOSCOW), Days({})) == datetime(2026, 3, 8, 0, 20, tzinfo=MOSCOW)


def test_clocks_that_are_put_forward() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    night = Rules(120, 5, week_of(["Mon-Sun 00:00-24:00"]), "DE", berlin)
    since = datetime(2026, 3, 29, 1, 30, tzinfo=berlin)

    assert promised(since, night, Days({})) == datetime(2026, 3, 29, 4, 30, tzinfo=berlin)


def test_a_company_that_is_closed_for_months_promises_plain_time() -> None:
    closed = Days({}, [OverrideBrief("", date(2026, 1, 1), date(2026, 12, 31), OverrideKind.CLOSED)])
    since = datetime(2026, 3, 4, 10, tzinfo=MOSCOW)

    assert promised(since, OFFICE, closed) == datetime(2026, 3, 4, 10, 30, tzinfo=MOSCOW)


@pytest.mark.parametrize("text", ["Fri-Mon 09:00-18:00", "Monday 09:00-18:00", "Mon 18:00-09:00", "09:00-18:00", ""])
def test_hours_that_are_none(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        week_of([text or "Mon"])
