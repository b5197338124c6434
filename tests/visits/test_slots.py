"""Free times never touch what is busy, and lie within work."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from trunkline.visits.slots import Span, Wanted, free_slots, merged, overlaps

DAY = datetime(2026, 11, 5, tzinfo=UTC)


def at(hour: float) -> datetime:
    return DAY + timedelta(hours=hour)


def wanted(length: float = 1, step: float = 0.5, begins: float = 0, ends: float = 48) -> Wanted:
    return Wanted(timedelta(hours=length), timedelta(hours=step), Span(at(begins), at(ends)))


def test_free_times_begin_in_steps_from_the_beginning_of_work() -> None:
    slots = free_slots([Span(at(9), at(13))], [Span(at(10.25), at(10.75))], wanted())

    assert [(one.starts - DAY) / timedelta(hours=1) for one in slots] == [9, 11, 11.5, 12]


def test_nothing_sooner_or_later_than_asked() -> None:
    slots = free_slots([Span(at(9), at(13))], [], wanted(step=1, begins=9.5, ends=12.5))

    assert [(one.starts - DAY) / timedelta(hours=1) for one in slots] == [10, 11]


spans = st.lists(
    st.tuples(st.integers(0, 2000), st.integers(-30, 600)).map(
        lambda pair: Span(DAY + timedelta(minutes=pair[0]), DAY + timedelta(minutes=pair[0] + pair[1]))
    ),
    max_size=8,
)


@given(spans, spans, st.integers(5, 300), st.integers(5, 120), st.integers(0, 2000), st.integers(0, 3000))
def test_a_free_time_is_worked_and_clear(
    work: list[Span], busy: list[Span], length: int, step: int, begins: int, lasts: int
) -> None:
    within = Span(DAY + timedelta(minutes=begins), DAY + timedelta(minutes=begins + lasts))
    slots = free_slots(work, busy, Wanted(timedelta(minutes=length), timedelta(minutes=step), within))

    for slot in slots:
        assert slot.ends - slot.starts == timedelta(minutes=length)
        assert not overlaps(slot, [one for one in busy if one.starts < one.ends])
        assert any(one.starts <= slot.starts and slot.ends <= one.ends for one in merged(work))
        assert within.starts <= slot.starts
        assert slot.ends <= within.ends
    assert slots == sorted(set(slots))


@given(spans)
def test_merged_spans_cover_the_same_time_apart(told: list[Span]) -> None:
    found = merged(told)

    assert all(one.ends < other.starts for one, other in pairwise(found))
    for one in told:
        middle = one.starts + (one.ends - one.starts) / 2
        if one.starts < one.ends:
            assert any(span.starts <= middle < span.ends for span in found)
