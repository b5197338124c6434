"""When a line counts as silent."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.directory.values import DayKind, Head
from trunkline.lines.silence import Traffic, is_silent, usual_gap, working_days

MOSCOW = ZoneInfo("Europe/Moscow")
MONDAY, TUESDAY, FRIDAY = (datetime(2026, 8, day, 9, tzinfo=UTC) for day in (3, 4, 7))
UNITY_DAY = Head(calendar={"RU": {date(2026, 11, 4): DayKind.OFF, date(2026, 11, 7): DayKind.WORKING}})


@pytest.mark.parametrize(
    ("last", "calls", "now", "silent"),
    [
        (MONDAY, 300, MONDAY + timedelta(hours=8), False),  # a gap of 2.4 h, but no whole day since
        (MONDAY, 300, TUESDAY + timedelta(hours=8), False),
        (MONDAY, 300, MONDAY + timedelta(days=2), True),  # Tuesday passed without a call
        (FRIDAY, 300, FRIDAY + timedelta(days=3), False),  # a weekend
        (FRIDAY, 300, FRIDAY + timedelta(days=4), True),
        (MONDAY, 30, MONDAY + timedelta(days=3), False),  # a call a day: not before three days
        (MONDAY, 30, MONDAY + timedelta(days=3, hours=1), True),
        (MONDAY, 1, MONDAY + timedelta(days=89), False),  # a call a month
        (MONDAY, 1, MONDAY + timedelta(days=91), True),
        (MONDAY, 0, MONDAY + timedelta(days=100), True),  # too long ago to know what was usual
        (None, 0, MONDAY, False),
    ],
)
def test_silence(last: datetime | None, calls: int, now: datetime, silent: bool) -> None:
    assert is_silent(Traffic(last, calls), now, MOSCOW, working_days(Head())) is silent


def test_the_calendar_tells_which_days_count() -> None:
    works = working_days(UNITY_DAY)
    assert [works(date(2026, 11, day)) for day in (3, 4, 5, 7, 8)] == [True, False, True, True, False]
    eve = datetime(2026, 11, 3, 12, tzinfo=UTC)
    assert not is_silent(Traffic(eve, 300), eve + timedelta(days=2), MOSCOW, works)


@given(
    st.integers(0, 5000),
    st.timedeltas(timedelta(0), timedelta(days=400)),
    st.timedeltas(timedelta(0), timedelta(days=30)),
)
def test_silence_lasts_until_the_next_call(calls: int, quiet: timedelta, longer: timedelta) -> None:
    traffic, works = Traffic(MONDAY, calls), working_days(Head())
    if is_silent(traffic, MONDAY + quiet, MOSCOW, works):
        assert is_silent(traffic, MONDAY + quiet + longer, MOSCOW, works)
        gap = usual_gap(traffic)
        assert gap is None or quiet > gap * 3
