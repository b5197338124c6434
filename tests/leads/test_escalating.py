"""Whose clock has run out: to whom the lead is given, and when its heads are told."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from trunkline.leads.escalating import Candidate, Late, Step, What, assignee, next_step

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ANNA, BORIS, VERA = (UUID(int=number) for number in (1, 2, 3))
SALES, SERVICE = UUID(int=10), UUID(int=20)
LEAD = Late(take_by=NOON, call_by=NOON + 45 * MINUTE)
TAKEN = replace(LEAD, taken_at=NOON - MINUTE)
ONLINE = (Candidate(person=ANNA, departments=(SALES,)), Candidate(person=BORIS, departments=(SERVICE,)))


@dataclass(frozen=True, slots=True)
class Told:
    """A lead `minute` minutes past the end of the first clock, and what is done then."""

    lead: Late
    minute: int
    step: Step | None
    online: tuple[Candidate, ...] = ONLINE


CASES = (
    Told(LEAD, -1, None),
    Told(LEAD, 0, Step(What.ASSIGN, ANNA)),
    Told(replace(LEAD, departments=(SERVICE,)), 0, Step(What.ASSIGN, BORIS)),
    Told(replace(LEAD, departments=(UUID(int=30),)), 0, Step(What.TELL_UNTAKEN)),
    Told(LEAD, 0, Step(What.TELL_UNTAKEN), ()),
    Told(replace(LEAD, late_told_at=NOON), 1, None, ()),
    Told(replace(LEAD, late_told_at=NOON), 1, Step(What.ASSIGN, ANNA)),
    Told(TAKEN, 44, None),
    Told(TAKEN, 45, Step(What.TELL_UNCALLED)),
    Told(replace(TAKEN, late_told_at=NOON), 50, None),
    Told(replace(TAKEN, called_at=NOON), 50, None),
)


@pytest.mark.parametrize("case", CASES)
def test_what_is_done(case: Told) -> None:
    assert next_step(case.lead, case.online, NOON + case.minute * MINUTE) == case.step


@pytest.mark.parametrize(
    ("responsible", "anna", "boris", "chosen"),
    [
        (None, {"open_leads": 3}, {"open_leads": 2}, BORIS),
        (None, {"assigned_at": NOON}, {"assigned_at": NOON - MINUTE}, BORIS),
        (None, {"assigned_at": NOON}, {}, BORIS),
        (ANNA, {"open_leads": 9}, {}, ANNA),
        (ANNA, {"open_leads": 9, "takes": False}, {}, ANNA),
        (VERA, {"takes": False}, {}, BORIS),
        (VERA, {"takes": False}, {"takes": False}, None),
    ],
)
def test_to_whom(responsible: UUID | None, anna: dict[str, int], boris: dict[str, int], chosen: UUID | None) -> None:
    online = [replace(one, **more) for one, more in zip(ONLINE, (anna, boris), strict=True)]

    assert assignee(replace(LEAD, responsible_id=responsible), online) == chosen


MOMENTS = st.sampled_from([None, NOON - MINUTE, NOON])
LEADS = st.builds(
    Late,
    take_by=st.sampled_from([NOON, NOON + MINUTE]),
    call_by=st.sampled_from([NOON + MINUTE, NOON + 2 * MINUTE]),
    taken_at=MOMENTS,
    called_at=MOMENTS,
    late_told_at=MOMENTS,
    responsible_id=st.sampled_from([None, ANNA, VERA]),
    departments=st.sets(st.sampled_from([SALES, SERVICE])).map(sorted),
)
CANDIDATES = st.lists(
    st.builds(
        Candidate,
        person=st.sampled_from([ANNA, BORIS, VERA]),
        departments=st.sampled_from([(), (SALES,), (SERVICE,), (SALES, SERVICE)]),
        takes=st.booleans(),
        open_leads=st.integers(0, 3),
        assigned_at=MOMENTS,
    ),
    unique_by=lambda one: one.person,
)


@given(LEADS, CANDIDATES, st.integers(-1, 3))
def test_done_steps_come_to_an_end(lead: Late, online: list[Candidate], minute: int) -> None:
    """However a lead stands, at most one assignment and one word to the heads; then nothing is left to do."""
    now, done = NOON + minute * MINUTE, []
    while step := next_step(lead, online, now):
        done.append(step.what)
        if step.what is What.ASSIGN:
            assert step.person in {one.person for one in online}
            lead = replace(lead, taken_at=now)
        else:
            lead = replace(lead, late_told_at=now)
        assert len(done) <= 2

    assert done in ([], [What.ASSIGN], [What.TELL_UNTAKEN], [What.TELL_UNCALLED], [What.ASSIGN, What.TELL_UNCALLED])
