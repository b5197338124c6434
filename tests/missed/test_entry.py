"""An entry of the missed-call list, as a table of what may happen to a client, told in any order."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.missed.entry import Entry, How, Kind, Mark, entries_of

CLIENT = "+79161234567"
BEGAN = datetime(2026, 3, 4, 10, tzinfo=UTC)
LINE, OTHER, ANNA, BORIS = (UUID(int=number) for number in range(0xA, 0xE))


def mark(text: str, number: int = 0, *, why: str | None = None, person: UUID | None = None, reason: str = "") -> Mark:
    """`"5 missed"`: five minutes past ten; a call lasts a minute, a talk began half a minute before its answer."""
    minute, word = text.split()
    at, kind = BEGAN + timedelta(minutes=int(minute)), Kind(word)
    talk = kind in (Kind.ANSWERED, Kind.REACHED)
    return Mark(
        id=UUID(int=number or int(minute) + 1),
        kind=kind,
        at=at,
        began=at - timedelta(seconds=30) if talk else at,
        until=at + timedelta(minutes=1),
        why=why,
        line=LINE,
        person=person,
        reason=reason,
        agent="101" if kind in (Kind.TRIED, Kind.REACHED) else "",
    )


def told(entry: Entry) -> str:
    """An entry in a word, for the table."""
    how = entry.closed_how or "open"
    return f"{entry.times} missed, {entry.attempts} tried, {how}"


TABLE: dict[str, tuple[list[str], list[str]]] = {
    "nothing": ([], []),
    "missed": (["0 missed"], ["1 missed, 0 tried, open"]),
    "missed thrice": (["0 missed", "1 missed", "9 missed"], ["3 missed, 0 tried, open"]),
    "called back": (["0 missed", "5 reached"], ["1 missed, 0 tried, reached"]),
    "got through": (["0 missed", "5 answered"], ["1 missed, 0 tried, got_through"]),
    "tried in vain": (["0 missed", "5 tried", "7 tried"], ["1 missed, 2 tried, open"]),
    "tried, then reached": (["0 missed", "5 tried", "7 reached"], ["1 missed, 1 tried, reached"]),
    "a talk before it": (["0 answered", "5 missed"], ["1 missed, 0 tried, open"]),
    "an attempt before it": (["0 tried", "5 missed"], ["1 missed, 0 tried, open"]),
    "missed again after the talk": (
        ["0 missed", "5 reached", "9 missed"],
        ["1 missed, 0 tried, reached", "1 missed, 0 tried, open"],
    ),
    "talks alone": (["0 answered", "5 reached", "7 tried"], []),
    "closed by hand": (["0 missed", "5 closed"], ["1 missed, 0 tried, by_hand"]),
    "closed, and missed anew": (
        ["0 missed", "5 closed", "6 missed"],
        ["1 missed, 0 tried, by_hand", "1 missed, 0 tried, open"],
    ),
    "a deed on nothing": (["0 taken", "1 closed"], []),
    "answered while another call of his rings": (["0 missed", "0 answered"], ["1 missed, 0 tried, got_through"]),
}


@pytest.mark.parametrize("name", TABLE)
def test_what_becomes_of_a_client(name: str) -> None:
    marks, expected = TABLE[name]

    found = entries_of(CLIENT, [mark(text, number) for number, text in enumerate(marks, start=1)])

    assert [told(entry) for entry in found] == expected


def test_what_an_entry_says() -> None:
    first = mark("0 missed", why="no_answer")
    again = Mark(
        id=UUID(int=9), kind=Kind.MISSED, at=BEGAN + timedelta(minutes=2), began=BEGAN, until=BEGAN, why="busy",
        dialled="+74951112233", line=OTHER, queue="sales", departments=frozenset({ANNA}),
    )  # fmt: skip
    (entry,) = entries_of(CLIENT, [again, first, mark("5 tried", why="busy")])

    assert (entry.id, entry.first_missed_at, entry.missed_until) == (first.id, BEGAN, first.until)
    assert (entry.last_call_id, entry.missed_why, entry.queue, entry.line_id) == (again.id, "busy", "sales", OTHER)
    assert entry.lines == {LINE, OTHER}
    assert entry.departments == {ANNA}
    assert (entry.last_attempt_by, entry.last_attempt_why) == ("101", "busy")
    assert entry.called_back_at == BEGAN + timedelta(minutes=5)


def test_whose_it_is() -> None:
    taken = mark("1 taken", person=ANNA)
    taken_over, released = mark("2 taken", person=BORIS), mark("3 released", person=BORIS)

    assert entries_of(CLIENT, [mark("0 missed"), taken])[0].owner_id == ANNA
    assert entries_of(CLIENT, [mark("0 missed"), taken_over, taken])[0].owner_id == BORIS
    assert entries_of(CLIENT, [mark("0 missed"), taken, taken_over, released])[0].owner_id is None


def test_a_new_entry_is_nobodys() -> None:
    marks = [mark("0 missed"), mark("1 taken", person=ANNA), mark("2 reached"), mark("3 missed")]

    done, fresh = entries_of(CLIENT, marks)

    assert (done.owner_id, fresh.owner_id) == (ANNA, None)
    assert fresh.id == marks[-1].id


def test_spam_is_a_reason_of_its_own() -> None:
    (entry,) = entries_of(CLIENT, [mark("0 missed"), mark("1 closed", person=ANNA, reason="spam")])

    assert (entry.closed_how, entry.closed_by_id) == (How.SPAM, ANNA)


MARKS = st.lists(
    st.builds(
        lambda minute, kind, number: mark(f"{minute} {kind}", number, person=ANNA),
        st.integers(0, 30),
        st.sampled_from([kind.value for kind in Kind]),
        st.integers(1, 500),
    ),
    max_size=14,
    unique_by=lambda one: one.id,
)


@given(MARKS, st.data())
def test_any_order_and_any_repeats_give_the_same(marks: list[Mark], data: st.DataObject) -> None:
    expected = entries_of(CLIENT, marks)
    again = data.draw(st.permutations([*marks, *marks[: data.draw(st.integers(0, len(marks)))]]))

    assert entries_of(CLIENT, again) == expected
    assert [entry for entry in expected[:-1] if entry.closed_at is None] == []
    assert sum(entry.times for entry in expected) == sum(one.kind is Kind.MISSED for one in marks)


@given(MARKS)
def test_marks_after_the_last_closed_entry_tell_the_rest(marks: list[Mark]) -> None:
    """What makes it right to fold from the beginning of the first entry that may change."""
    whole = entries_of(CLIENT, marks)
    for place, entry in enumerate(whole):
        later = [one for one in marks if one.at >= entry.first_missed_at]

        assert [told(one) for one in entries_of(CLIENT, later)] == [told(one) for one in whole[place:]]
