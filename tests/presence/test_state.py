"""One person's presence, row by row, and what no state of a telephone may do."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.pbx.devices import DeviceState
from trunkline.presence.state import (
    AWAY,
    Absence,
    Instant,
    Manual,
    ManualState,
    Shift,
    State,
    Timers,
    absence_at,
    combine,
    hours_in,
)

NOON = Instant(1786006800.0, weekday=3, minute=12 * 60, day=date(2026, 8, 6).toordinal())
"""Thursday 2026-08-06, 12:00 in Moscow."""
ON, BREAK, OFF = Manual(), Manual(ManualState.BREAK, "обед"), Manual(ManualState.OFFLINE)
VACATION = Absence(NOON.at - 86400, NOON.at + 86400)
DAY, EVENING = (Shift(3, 9 * 60, 18 * 60),), (Shift(3, 18 * 60, 22 * 60),)
FREE, BUSY, RINGS, GONE = DeviceState.NOT_INUSE, DeviceState.INUSE, DeviceState.RINGING, DeviceState.UNAVAILABLE
UNKNOWN = DeviceState.UNKNOWN


@pytest.mark.parametrize(
    ("manual", "absence", "hours", "device", "wrap_up", "state", "why", "until"),
    [
        (ON, None, None, FREE, 0, State.ONLINE, "online", 0),
        (ON, None, None, UNKNOWN, 0, State.ONLINE, "online", 0),
        (ON, None, DAY, FREE, 0, State.ONLINE, "online", 0),
        (ON, None, EVENING, FREE, 0, State.OFFLINE, "hours", 0),
        (ON, None, (), FREE, 0, State.OFFLINE, "hours", 0),
        (ON, None, (Shift(4, 0, 1440),), FREE, 0, State.OFFLINE, "hours", 0),
        (ON, VACATION, DAY, FREE, 0, State.OFFLINE, "absent", VACATION.until),
        (BREAK, VACATION, None, BUSY, 0, State.OFFLINE, "absent", VACATION.until),
        (BREAK, None, None, UNKNOWN, 0, State.BREAK, "break", 0),
        (BREAK, None, None, BUSY, 0, State.BREAK, "break", 0),
        (Manual(ManualState.BREAK, "", NOON.at + 60), None, None, FREE, 0, State.BREAK, "break", NOON.at + 60),
        (Manual(ManualState.BREAK, "", NOON.at), None, None, FREE, 0, State.ONLINE, "online", 0),
        (Manual(ManualState.OFFLINE, "", NOON.at - 1), None, None, FREE, 0, State.ONLINE, "online", 0),
        (OFF, None, None, UNKNOWN, 0, State.OFFLINE, "offline", 0),
        (OFF, None, None, RINGS, 0, State.OFFLINE, "offline", 0),
        (ON, None, None, GONE, 0, State.OFFLINE, "out_of_reach", 0),
        (ON, None, None, DeviceState.INVALID, 0, State.OFFLINE, "out_of_reach", 0),
        (ON, None, None, RINGS, 0, State.RINGING, "ringing", 0),
        (ON, None, None, BUSY, 0, State.TALKING, "talking", 0),
        (ON, None, None, DeviceState.RINGINUSE, 0, State.TALKING, "talking", 0),
        (ON, None, None, DeviceState.ONHOLD, 0, State.TALKING, "talking", 0),
        (ON, None, None, FREE, NOON.at + 5, State.WRAP_UP, "wrap_up", NOON.at + 5),
        (ON, None, None, BUSY, NOON.at + 5, State.TALKING, "talking", 0),
        (ON, None, None, FREE, NOON.at, State.ONLINE, "online", 0),
    ],
)
def test_the_table(
    manual: Manual,
    absence: Absence | None,
    hours: tuple[Shift, ...] | None,
    device: DeviceState,
    wrap_up: float,
    state: State,
    why: str,
    until: float,
) -> None:
    assert combine(manual, absence, hours, device, Timers(wrap_up), NOON) == (state, why, until)


MONDAY = NOON.day - NOON.weekday


@pytest.mark.parametrize(
    ("usual", "weeks", "holds"),
    [
        ((), {}, None),
        (DAY, {}, DAY),
        (DAY, {MONDAY: EVENING}, EVENING),
        (DAY, {MONDAY: ()}, ()),
        ((), {MONDAY: EVENING}, EVENING),
        (DAY, {MONDAY - 7: EVENING, MONDAY + 7: (), MONDAY + 3: ()}, DAY),
    ],
)
def test_a_week_of_its_own_holds_alone(
    usual: tuple[Shift, ...], weeks: dict[int, tuple[Shift, ...]], holds: tuple[Shift, ...] | None
) -> None:
    assert hours_in(usual, weeks, NOON) == holds


def test_an_absence_ends_when_it_says() -> None:
    assert absence_at((VACATION,), VACATION.since) == VACATION
    assert absence_at((VACATION,), VACATION.until) is None
    assert absence_at((VACATION,), VACATION.since - 1) is None


manuals = st.builds(
    Manual, st.sampled_from(ManualState), st.just(""), st.sampled_from([0.0, NOON.at - 60, NOON.at, NOON.at + 60])
)
absences = st.none() | st.just(VACATION)
hours = st.sampled_from([None, (), DAY, EVENING])


@given(manuals, absences, hours, st.sampled_from(DeviceState))
def test_an_unknown_telephone_takes_nobody_away_and_brings_nobody_back(
    manual: Manual, absence: Absence | None, hours: tuple[Shift, ...] | None, device: DeviceState
) -> None:
    unknown = combine(manual, absence, hours, UNKNOWN, Timers(), NOON)
    known = combine(manual, absence, hours, device, Timers(), NOON)

    assert unknown.state in AWAY | {State.ONLINE}
    if unknown.state in AWAY:
        assert known == unknown
    assert unknown == combine(manual, absence, hours, FREE, Timers(), NOON)
