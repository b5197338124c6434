"""When a message may be said: tables, and that rest is disturbed by nothing."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.directory.intervals import Intervals
from trunkline.directory.values import DayKind, OverrideBrief, OverrideKind
from trunkline.messages.posting import together
from trunkline.messages.rule import Digest
from trunkline.messages.timing import Plan, Working, no_own_hours, turn
from trunkline.missed.promise import LOOKAHEAD, Days, Rules

MOSCOW = ZoneInfo("Europe/Moscow")
WEEK = (((540, 1080),),) * 5 + ((), ())
"""Nine to six on working days."""
HOLIDAY = date(2026, 11, 4)
WORKING = Working(Rules(week=WEEK, zone=MOSCOW), Days({HOLIDAY: DayKind.OFF}))
NOW, HOURLY, DAILY = Plan(Digest.NOW, 0, True), Plan(Digest.HOURLY, 0, False), Plan(Digest.DAILY, 570, False)


def moscow(text: str) -> datetime:
    """`25 10:00` of November 2026, a Wednesday."""
    return datetime.strptime(f"2026-11-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=MOSCOW).astimezone(UTC)


@pytest.mark.parametrize(
    ("plan", "since", "now", "at", "why"),
    [
        (NOW, "25 10:00", "25 10:00", "25 10:00", ""),
        (NOW, "25 08:00", "25 08:00", "25 09:00", "hours"),
        (NOW, "25 18:00", "25 18:00", "26 09:00", "hours"),
        (NOW, "27 19:00", "27 19:00", "30 09:00", "hours"),
        (NOW, "03 19:00", "03 19:00", "05 09:00", "hours"),
        # A later step of a chain waits for its own minute by due_at, never by this.
        (Plan(Digest.NOW, 0, False), "25 03:00", "25 03:00", "25 03:00", ""),
        (HOURLY, "25 10:05", "25 10:05", "25 11:00", "digest"),
        (HOURLY, "25 10:05", "25 11:00", "25 11:00", ""),
        (HOURLY, "25 10:00", "25 10:00", "25 10:00", ""),
        (Plan(Digest.HOURLY, 0, True), "25 17:30", "25 17:30", "26 09:00", "hours"),
        (DAILY, "25 10:00", "25 10:00", "26 09:30", "digest"),
        (DAILY, "25 09:00", "25 09:00", "25 09:30", "digest"),
        # The worker stood still: at once, not at the next slot.
        (DAILY, "25 09:00", "25 15:00", "25 15:00", ""),
        (Plan(Digest.DAILY, 570, True), "27 10:00", "27 10:00", "30 09:00", "hours"),
    ],
)
def test_turns(plan: Plan, since: str, now: str, at: str, why: str) -> None:
    assert turn(plan, moscow(since), WORKING, no_own_hours, moscow(now)) == (moscow(at), why)


def test_ones_own_hours_are_kept_within_the_companys() -> None:
    def late_shift(day: date) -> Intervals:
        return ((720, 1260),) if day.day != 26 else ()

    at = [turn(NOW, moscow(now), WORKING, late_shift, moscow(now)).at for now in ("25 10:00", "25 17:00", "25 18:30")]
    assert at == [moscow("25 12:00"), moscow("25 17:00"), moscow("27 12:00")]


@pytest.mark.parametrize(("now", "at"), [("25 10:00", "25 10:00"), ("25 03:00", "25 09:00"), ("27 19:00", "30 09:00")])
def test_whose_own_hours_never_come_goes_by_the_companys(now: str, at: str) -> None:
    assert turn(NOW, moscow(now), WORKING, lambda _day: (), moscow(now)).at == moscow(at)


EVENING = ((1140, 1260),)
"""Seven to nine: when those who open at nine and close at six are never at work."""
CLOSED = OverrideBrief("", date(2026, 11, 1), date(2027, 12, 31), OverrideKind.CLOSED)


@pytest.mark.parametrize(
    "working",
    [
        Working(WORKING.rules, WORKING.days, EVENING),
        Working(WORKING.rules, Days({}, [CLOSED])),
        Working(Rules(zone=MOSCOW), Days({}, [CLOSED])),
    ],
)
@pytest.mark.parametrize("now", ["25 03:00", "25 10:00", "25 20:00"])
def test_where_nothing_ever_opens_nobody_is_told(working: Working, now: str) -> None:
    told = turn(NOW, moscow(now), working, no_own_hours, moscow(now))
    assert told == (moscow(now) + LOOKAHEAD, "hours")


def test_a_day_that_is_said_to_be_open_has_quiet_hours_too() -> None:
    saturday = date(2026, 11, 28)
    days = Days({}, [OverrideBrief("", saturday, saturday, OverrideKind.OPEN, "", ("00:00-24:00",))])
    working = Working(WORKING.rules, days, ((540, 1260),))
    at = [turn(NOW, moscow(now), working, no_own_hours, moscow(now)).at for now in ("28 03:00", "28 20:59", "28 21:00")]
    assert at == [moscow("28 09:00"), moscow("28 20:59"), moscow("30 09:00")]


def test_without_hours_of_the_company_quiet_ones_are_kept() -> None:
    working = Working(Rules(zone=MOSCOW), Days({}), ((540, 1260),))
    assert turn(NOW, moscow("28 23:00"), working, no_own_hours, moscow("28 23:00")).at == moscow("29 09:00")


@given(
    st.integers(0, 11 * 30 * 1440).map(lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)),
    st.integers(0, 5000),
    st.sampled_from(list(Digest)),
    st.integers(0, 1439),
    st.sampled_from([None, ((600, 700),), ((0, 600), (1000, 1440))]),
)
def test_quiet_hours_are_never_disturbed(
    since: datetime, waited: int, digest: Digest, minute: int, own: Intervals | None
) -> None:
    now = since + timedelta(minutes=waited)
    plan = Plan(digest, minute, True)
    at, _ = turn(plan, since, WORKING, lambda _day: own, now)
    here = at.astimezone(MOSCOW)
    assert at >= now
    assert here.weekday() < 5
    assert here.date() != HOLIDAY
    assert 540 <= here.hour * 60 + here.minute < 1080
    assert own is None or any(opens <= here.hour * 60 + here.minute < closes for opens, closes in own)
    assert turn(plan, since, WORKING, lambda _day: own, at).at == at, "when its turn has come, it has"


ROWS = st.lists(
    st.fixed_dictionaries({
        "id": st.uuids(),
        "recipient": st.sampled_from(["anna", "boris"]),
        "channel": st.sampled_from(["email", "chat"]),
        "client": st.booleans(),
        "plan": st.sampled_from([{"digest": one.value} for one in Digest]),
    }),
    unique_by=lambda row: row["id"],
)  # fmt: skip


@given(ROWS)
def test_each_goes_in_exactly_one_message(rows: list[dict[str, Any]]) -> None:
    groups = together(rows)
    assert sorted(row["id"] for group in groups for row in group) == sorted(row["id"] for row in rows)
    for group in groups:
        assert len({(row["recipient"], row["channel"]) for row in group}) == 1
        assert len(group) == 1 or all(not row["client"] and row["plan"]["digest"] != "now" for row in group)
    gathered = [group[0] for group in groups if not group[0]["client"] and group[0]["plan"]["digest"] != "now"]
    assert len(gathered) == len({(row["recipient"], row["channel"]) for row in gathered})
