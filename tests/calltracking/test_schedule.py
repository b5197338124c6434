"""When a view is due, by table: lengths of months, and clocks that are put forward and back."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calltracking.schedule import Every, Schedule

MOSCOW, BERLIN, HAVANA = ZoneInfo("Europe/Moscow"), ZoneInfo("Europe/Berlin"), ZoneInfo("America/Havana")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("schedule", "zone", "now", "latest", "following", "days"),
    [
        ("day 0 9", MOSCOW, "2026-03-05T06:00", "2026-03-05T06:00", "2026-03-06T06:00", "03-04 03-04"),
        ("day 0 9", MOSCOW, "2026-03-05T05:59", "2026-03-04T06:00", "2026-03-05T06:00", "03-03 03-03"),
        ("day 0 0", MOSCOW, "2026-03-04T21:00", "2026-03-04T21:00", "2026-03-05T21:00", "03-04 03-04"),
        ("week 1 9", MOSCOW, "2026-03-05T12:00", "2026-03-02T06:00", "2026-03-09T06:00", "02-23 03-01"),
        ("week 5 9", MOSCOW, "2026-03-05T12:00", "2026-02-27T06:00", "2026-03-06T06:00", "02-16 02-22"),
        ("month 1 9", MOSCOW, "2026-03-05T12:00", "2026-03-01T06:00", "2026-04-01T06:00", "02-01 02-28"),
        ("month 31 9", MOSCOW, "2026-03-05T12:00", "2026-02-28T06:00", "2026-03-31T06:00", "01-01 01-31"),
        ("month 31 9", MOSCOW, "2028-03-05T12:00", "2028-02-29T06:00", "2028-03-31T06:00", "01-01 01-31"),
        ("month 30 9", MOSCOW, "2026-01-30T05:00", "2025-12-30T06:00", "2026-01-30T06:00", "11-01 11-30"),
        ("month 1 9", MOSCOW, "2026-01-01T05:00", "2025-12-01T06:00", "2026-01-01T06:00", "11-01 11-30"),
        # the clocks go from 2 to 3 on 29 March 2026, and from 3 to 2 on 25 October
        ("day 0 2", BERLIN, "2026-03-29T12:00", "2026-03-29T01:00", "2026-03-30T00:00", "03-28 03-28"),
        ("day 0 2", BERLIN, "2026-10-25T12:00", "2026-10-25T00:00", "2026-10-26T01:00", "10-24 10-24"),
        ("day 0 9", BERLIN, "2026-03-29T12:00", "2026-03-29T07:00", "2026-03-30T07:00", "03-28 03-28"),
        # the day itself begins at 1
        ("day 0 0", HAVANA, "2026-03-08T12:00", "2026-03-08T05:00", "2026-03-09T04:00", "03-07 03-07"),
    ],
)
def test_moments_and_days(schedule: str, zone: ZoneInfo, now: str, latest: str, following: str, days: str) -> None:
    every, day, hour = schedule.split()
    asked = Schedule(Every(every), int(day), int(hour))
    due = asked.latest(utc(now), zone)
    assert (due, asked.following(utc(now), zone)) == (utc(latest), utc(following))
    told = asked.finished(due, zone)
    assert f"{told.first:%m-%d} {told.last:%m-%d}" == days


@settings(max_examples=60)
@given(
    st.sampled_from(
        [Schedule(Every.DAY, 0, 2), Schedule(Every.WEEK, 7, 2), Schedule(Every.MONTH, 29, 2), Schedule(Every.DAY, 0, 0)]
    ),
    st.integers(min_value=1_577_836_800, max_value=2_051_222_400),
    st.sampled_from([MOSCOW, BERLIN, HAVANA]),
)
def test_no_moment_is_left_out_and_none_is_met_twice(schedule: Schedule, near: int, zone: ZoneInfo) -> None:
    now = datetime.fromtimestamp(near, UTC)
    latest, following = schedule.latest(now, zone), schedule.following(now, zone)
    assert latest <= now < following
    assert schedule.following(latest, zone) == following
    assert schedule.latest(following, zone) == following
    assert schedule.latest(following - timedelta(microseconds=1), zone) == latest
