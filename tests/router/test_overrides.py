"""Days on which a place keeps other hours: over every calendar, and followed by calls."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.clocks import DaySource, branch_clock, company_clock, next_change, source_of
from router.plan import read_plan
from router.policy import policies_of
from router.rules import decide
from router.switchboard import _plan_sources
from tests.router.company import OFFICE, SERVICE, head_of
from tests.router.test_places import ALMATY, MOSCOW, PLACED
from tests.router.test_rules import STRANGER, with_
from trunkline.directory.intervals import Intervals
from trunkline.directory.values import DayKind, Head, OverrideBrief, OverrideKind
from trunkline.pbx.port import Question

THURSDAY, SATURDAY, HOLIDAY = date(2026, 8, 6), date(2026, 8, 8), date(2026, 11, 4)
CLOSED, SHORT, OPEN = OverrideKind
ELEVEN = ("11:00-13:00",)


def override(kind: OverrideKind, day: date = THURSDAY, branch: str = "", **more: Any) -> OverrideBrief:
    """Of one day, or until `last`."""
    return OverrideBrief(branch, day, more.pop("last", day), kind, **more)


def head_with(*overrides: OverrideBrief) -> Head:
    return msgspec.structs.replace(head_of(PLACED), overrides=overrides)


PLAN = read_plan(PLACED)


@pytest.mark.parametrize(
    ("overrides", "line", "moment", "zone", "expected"),
    [
        # Of the company: a day off like any other.
        ([override(CLOSED)], OFFICE, "2026-08-06 12:00", MOSCOW, "holiday queue:q-quality"),
        ([override(CLOSED)], OFFICE, "2026-08-05 12:00", MOSCOW, "class queue:q-sales"),
        ([override(CLOSED, last=date(2026, 8, 7))], OFFICE, "2026-08-07 12:00", MOSCOW, "holiday queue:q-quality"),
        # It holds at branches too, but for one that has a word of its own.
        ([override(CLOSED)], SERVICE, "2026-08-06 12:00", ALMATY, "queue_holiday playback:nauryz"),
        (
            [override(CLOSED), override(OPEN, branch="almaty", hours=("10:00-14:00",))],
            SERVICE, "2026-08-06 12:00", ALMATY, "line queue:q-service",
        ),
        ([override(CLOSED, branch="almaty")], OFFICE, "2026-08-06 12:00", MOSCOW, "class queue:q-sales"),
        # It wins over the days of the plan: 7 August is off in Almaty, 8 August is worked.
        (
            [override(OPEN, date(2026, 8, 7), "almaty", hours=("10:00-14:00",))],
            SERVICE, "2026-08-07 13:59", ALMATY, "line queue:q-service",
        ),
        (
            [override(OPEN, date(2026, 8, 7), "almaty", hours=("10:00-14:00",))],
            SERVICE, "2026-08-07 14:00", ALMATY, "queue_closed voicemail:almaty",
        ),
        # A short day keeps its usual hours until then.
        ([override(SHORT, until="15:00")], OFFICE, "2026-08-06 14:59", MOSCOW, "class queue:q-sales"),
        ([override(SHORT, until="15:00")], OFFICE, "2026-08-06 15:00", MOSCOW, "closed queue:q-quality"),
        ([override(SHORT, until="15:00")], OFFICE, "2026-08-06 08:00", MOSCOW, "closed queue:q-quality"),
        # A public holiday that is worked.
        ([override(OPEN, HOLIDAY, hours=ELEVEN)], OFFICE, "2026-11-04 12:00", MOSCOW, "class queue:q-sales"),
        ([override(OPEN, HOLIDAY, hours=ELEVEN)], OFFICE, "2026-11-04 13:00", MOSCOW, "closed queue:q-quality"),
    ],
)  # fmt: skip
def test_where_a_call_goes(overrides: list[OverrideBrief], line: str, moment: str, zone: str, expected: str) -> None:
    now = datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo(zone)).timestamp()
    facts = with_(STRANGER, line=line)
    decision = decide(Question("office", "1"), facts, policies_of(head_with(*overrides)), now, 0.5)
    assert f"{decision.rule} {decision.action}:{decision.target or decision.sound}" == expected


@pytest.mark.parametrize(
    ("given_", "day", "kind", "hours"),
    [
        (override(SHORT, SATURDAY, until="11:30"), SATURDAY, DayKind.SHORT, ((540, 690),)),
        (override(SHORT, HOLIDAY, until="12:00"), HOLIDAY, DayKind.SHORT, ((540, 720),)),
        (override(SHORT, until="08:00"), THURSDAY, DayKind.SHORT, ()),
        (override(OPEN, SATURDAY, hours=ELEVEN), SATURDAY, DayKind.WORKING, ((660, 780),)),
    ],
)  # fmt: skip
def test_hours_of_the_day(given_: OverrideBrief, day: date, kind: DayKind, hours: Intervals) -> None:
    assert company_clock(PLAN, head_with(given_)).on(day) == (kind, hours)


def test_a_change_is_read_by_the_process_that_answers() -> None:
    assert _plan_sources(head_with()) != _plan_sources(head_with(override(CLOSED)))


def test_who_says_so() -> None:
    head = head_with(override(CLOSED, SATURDAY, "almaty"))
    almaty, company = branch_clock(PLAN, "almaty", head), company_clock(PLAN, head)

    def said(day: int, month: int = 8) -> tuple[DaySource | None, DaySource | None]:
        one = date(2026, month, day)
        return source_of(PLAN, "almaty", almaty, one), source_of(PLAN, "", company, one)

    assert said(8) == (DaySource.OVERRIDE, None)
    assert said(7) == (DaySource.PLAN, None)
    assert said(6) == (None, None)
    assert said(4, 11) == (None, DaySource.CALENDAR)


_DAYS = st.dates(date(2026, 1, 1), date(2026, 12, 31))
_OVERRIDES = st.builds(
    lambda branch, first, length, kind: OverrideBrief(
        branch,
        first,
        first + timedelta(days=length),
        kind,
        "14:00" if kind is SHORT else "",
        ("10:00-12:00", "23:00-24:00") if kind is OPEN else (),
    ),
    st.sampled_from(("", "almaty")),
    _DAYS,
    st.integers(0, 20),
    st.sampled_from(OverrideKind),
)


@given(st.lists(_OVERRIDES, max_size=4), _DAYS)
def test_an_override_holds_on_its_days_and_no_others(overrides: list[OverrideBrief], day: date) -> None:
    plain, clock = branch_clock(PLAN, "almaty", head_with()), branch_clock(PLAN, "almaty", head_with(*overrides))
    there = [each for each in overrides if each.first <= day <= each.last]
    holds = next((each for each in there if each.branch), None) or next(iter(there), None)
    assert clock.override(day) == holds
    if holds is None:
        assert clock.on(day) == plain.on(day)
    else:
        assert (clock.on(day)[1] == ()) == (holds.kind is CLOSED)
        assert source_of(PLAN, "almaty", clock, day) is DaySource.OVERRIDE


@given(st.lists(_OVERRIDES, max_size=4), st.integers(1_767_214_800, 1_796_072_400))
def test_nothing_changes_before_the_next_change(overrides: list[OverrideBrief], now: int) -> None:
    clock = company_clock(PLAN, head_with(*overrides))
    change = next_change(clock, now)
    here = clock.at(now).open
    if change is None:  # closed for a month by several in a row
        return
    turns = change.timestamp()
    assert clock.at(turns).open is not here
    for minutes in range(1, int((turns - now) // 60), 97):
        assert clock.at(now + minutes * 60).open is here
