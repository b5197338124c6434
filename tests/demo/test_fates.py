"""What becomes of the demo's leads: the same for the same lead, and the first thing that is due."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.demo.bargains import AGREED, OVER, bargain_of
from trunkline.demo.fates import STAGES, Deed, Fate, Lead, Look, due, fate_of

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
AGENT, COLLEAGUE = UUID(int=1), UUID(int=2)
FATE = Fate(0, 30.0, 40.0, (100.0, 200.0), 60.0, 300.0, forgets=False, ends=400.0, reason="won")
FRESH = Lead(UUID(int=9), "+79160000000", "new", NOW, None, None, None, None, None)


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def look(age: float, *, called: bool = False, fate: Fate = FATE, **told: Any) -> Look:
    lead = msgspec.structs.replace(FRESH, opened_at=ago(age), **told)
    return Look(lead, fate, NOW, frozenset({AGENT}), called)


HIS: dict[str, Any] = {"taken_at": ago(20), "taken_by_id": COLLEAGUE}
TALKED: dict[str, Any] = {**HIS, "called_at": ago(10)}
PLANNED: dict[str, Any] = {**TALKED, "next_call_at": NOW + timedelta(minutes=1)}
PAST: dict[str, Any] = {**TALKED, "next_call_at": ago(1)}
YOURS: dict[str, Any] = {**TALKED, "taken_by_id": AGENT}
PLAN = Deed("change", {"next_call_at": NOW + timedelta(seconds=300)})


@pytest.mark.parametrize(
    ("seen", "deed"),
    [
        (look(29), None),
        (look(30), Deed("take", {})),
        (look(35, **HIS), None),
        (look(45, **HIS), Deed("call", {})),
        (look(45, called=True, **HIS), None),
        (look(45, phone="", **HIS), None),
        (look(70, **TALKED), PLAN),
        (look(70, **PLANNED), None),
        (look(70, **PAST), PLAN),
        (look(70, fate=replace(FATE, forgets=True), **PAST), None),
        (look(150, **PLANNED), Deed("change", {"stage": STAGES[0]})),
        (look(250, **PLANNED), Deed("change", {"stage": STAGES[1]})),
        (look(250, stage=STAGES[1], **PLANNED), None),
        (look(400, **PLANNED), Deed("close", {"reason": "won"})),
        (look(400, **YOURS), None),
        (look(400, **TALKED, responsible_id=AGENT), None),
        (look(9000, **YOURS | {"taken_at": ago(3601)}), Deed("close", {"reason": "won"})),
    ],
)
def test_the_first_rule_that_holds_counts(seen: Look, deed: Deed | None) -> None:
    assert due(seen) == deed


@given(st.uuids(), st.text(max_size=40))
def test_a_fate_is_the_leads_own_and_in_its_order(lead: UUID, name: str) -> None:
    fate, bargain = fate_of(lead), bargain_of(name)

    assert (fate, bargain) == (fate_of(lead), bargain_of(name))
    assert 0 < fate.taken < fate.called
    assert [*fate.stages, fate.ends] == sorted({fate.taken, *fate.stages, fate.ends})[1:]
    assert fate.planned is None or fate.taken < fate.planned < fate.ends
    assert 0 < bargain.billed < bargain.ends
    assert bargain.stage(0) == AGREED
    assert bargain.stage(bargain.ends) in OVER
    assert not {bargain.stage(0), bargain.stage(bargain.billed)} & OVER


def test_they_end_in_every_way() -> None:
    fates = [fate_of(UUID(int=number)) for number in range(500)]

    assert {fate.reason for fate in fates} == {"won", "talked", "not_needed", "wrong_number"}
    assert {len(fate.stages) for fate in fates} == {0, 1, 2, 3}
    assert {fate.forgets for fate in fates} == {True, False}
    assert {bargain_of(str(number)).pays for number in range(100)} == {True, False}
