"""A remembered word, or member of a team, is the one that would be found now."""

from datetime import UTC, date, datetime
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from router.presence_feed import DeviceFeed
from router.staff import Roster, Seat, Word
from router.strategies import Mate
from tests.router.company import THURSDAY_NOON
from trunkline.directory.values import AgentBrief, PresenceBrief
from trunkline.pbx.devices import DeviceState, encode_change
from trunkline.pbx.live import AGENT, NO_COUNT, AgentCount
from trunkline.pbx.seats import LEGS
from trunkline.presence.state import (
    Absence,
    Instant,
    Manual,
    ManualState,
    Shift,
    Timers,
    absence_at,
    combine,
    heard,
    hours_in,
    instant_of,
)

MONDAY = date(2026, 8, 3).toordinal()
moments = st.integers(-2 * 3600, 26 * 3600).map(lambda seconds: THURSDAY_NOON + seconds / 2)
absences = st.builds(
    lambda since, lasts: Absence(since, since + lasts, UUID(int=1)), moments, st.sampled_from((0.5, 60, 3600))
)
briefs = st.builds(
    PresenceBrief,
    st.builds(Manual, st.sampled_from(ManualState), st.just(""), st.just(0.0) | moments),
    st.lists(absences, max_size=2).map(tuple),
    st.sampled_from(((), tuple(Shift(day, 9 * 60, 18 * 60) for day in range(5)))),
    st.sampled_from(({}, {MONDAY: ()}, {MONDAY: (Shift(3, 8 * 60, 9 * 60 + 1),)}, {MONDAY + 7: ()})),
)
states = st.sampled_from((DeviceState.NOT_INUSE, DeviceState.RINGING, DeviceState.UNAVAILABLE))
counts = st.sampled_from(
    (NO_COUNT, AgentCount(1, THURSDAY_NOON - 60, THURSDAY_NOON), AgentCount(2, THURSDAY_NOON + 60, THURSDAY_NOON + 90))
)


def instant(at: float) -> Instant:
    local = datetime.fromtimestamp(at, UTC)
    return instant_of(local)


@given(briefs, st.lists(moments, min_size=1, max_size=8))
def test_a_word_holds_until_something_else_may_be_said(brief: PresenceBrief, asked: list[float]) -> None:
    word, free = Word(brief), DeviceState.NOT_INUSE
    for now in map(instant, asked):
        absence = absence_at(brief.absences, now.at)
        expected = combine(brief.manual, absence, hours_in(brief.hours, brief.weeks, now), free, Timers(), now)
        assert (word.at(now) or heard(free, 0.0, now.at)) == expected


@given(briefs, st.lists(st.tuples(moments, states, counts, st.sampled_from((0, 15))), min_size=1, max_size=8))
def test_a_seat_is_found_anew_when_anything_of_its_member_changed(
    brief: PresenceBrief, asked: list[tuple[float, DeviceState, AgentCount, int]]
) -> None:
    seat = Seat(AgentBrief(UUID(int=1), "Anna", "101"), 2, Word(brief))
    for at, state, count, wrap_up in asked:
        now, ends = instant(at), count.ended_at + wrap_up if wrap_up and count.ended_at else 0.0
        hours = hours_in(brief.hours, brief.weeks, now)
        expected = combine(brief.manual, absence_at(brief.absences, at), hours, state, Timers(ends), now)
        for _ in range(2):
            assert seat.at(now, state, count, wrap_up) == Mate("101", 2, state, expected.state, *count)


changes = st.dictionaries(
    st.sampled_from(("101", "102")), states | st.sampled_from(DeviceState), max_size=2
) | st.dictionaries(st.sampled_from((f"{AGENT}101", f"{AGENT}102")), counts.map(AgentCount.encode), max_size=2)


@given(briefs, st.lists(st.tuples(moments, changes, st.sampled_from((0, 15))), min_size=1, max_size=8))
def test_a_roster_is_looked_over_when_anything_may_have_changed(
    brief: PresenceBrief, asked: list[tuple[float, dict[str, str], int]]
) -> None:
    feed = DeviceFeed(clock=lambda: 0.0)
    feed.connected = True
    agents = (AgentBrief(UUID(int=1), "Anna", "101"), AgentBrief(UUID(int=2), "Boris", "102"))

    def roster() -> Roster:
        return Roster("ringall", tuple(Seat(agent, 1, Word(brief)) for agent in agents))

    kept = roster()
    for at, change, wrap_up in asked:
        feed.take("office", encode_change(change, 0.0))
        now, phones, legs = instant(at), feed.phones("office"), feed.phones(LEGS)
        for _ in range(2):
            assert kept.at(now, phones, legs, wrap_up) == roster().at(now, phones, legs, wrap_up)
