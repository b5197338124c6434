"""Whether a recording may be told to others, and how much of the talk it holds."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from recordings.recording import Stage, Stop
from recordings.standing import STANDINGS, Facts, standing_of, talk_in
from recordings.transcript import TextStage, TextStop
from tests.calls.dialogues import calls_of, dialogue
from trunkline.calls.call import Call, Recording
from trunkline.calls.leg import entered_unseen
from trunkline.calls.summary import summary_of
from trunkline.recorded.talk import Standing

READY, AHEAD, STAYS, GONE = Standing
KEPT = Facts(Stage.KEPT, None, False, None, None, None, None)
WANTED, TRANSCRIBED = TextStage.WANTED, TextStage.TRANSCRIBED


@pytest.mark.parametrize(
    ("facts", "standing"),
    [
        ({"stage": Stage.FOUND}, AHEAD),
        ({"stage": Stage.CONVERTED}, AHEAD),
        ({"stage": Stage.FOUND, "stop": Stop.MISSING}, STAYS),
        ({"stage": Stage.FETCHED, "stop": Stop.FAILED}, STAYS),
        ({"stage": Stage.REFUSED}, GONE),
        ({"stage": Stage.REFUSED, "stop": Stop.UNDELETED}, GONE),
        ({"stage": Stage.DELETED}, GONE),
        ({"stage": Stage.EXPIRED}, GONE),
        ({}, READY),
        ({"text": WANTED}, AHEAD),
        *(({"text": WANTED, "text_stop": stop}, READY) for stop in TextStop),
        ({"text": TRANSCRIBED}, AHEAD),
        ({"text": TRANSCRIBED, "analysis": "wanted"}, AHEAD),
        ({"text": TRANSCRIBED, "analysis": "wanted", "analysis_stop": "before"}, AHEAD),
        ({"text": TRANSCRIBED, "analysis": "wanted", "analysis_stop": "failed"}, STAYS),
        ({"text": TRANSCRIBED, "analysis": "analysed"}, READY),
        ({"text": TRANSCRIBED, "analysis": "analysed", "muting": True}, AHEAD),
        ({"text": WANTED, "text_stop": TextStop.FAILED, "analysis": "wanted", "muting": True}, AHEAD),
        ({"text": WANTED, "text_stop": TextStop.FAILED, "analysis_stop": "failed", "muting": True}, STAYS),
    ],
)
def test_it_may_be_told_once_nothing_more_is_silenced(facts: dict[str, Any], standing: Standing) -> None:
    assert standing_of(replace(KEPT, **facts)) is standing


@given(
    st.builds(
        Facts,
        st.sampled_from(Stage),
        st.none() | st.sampled_from(Stop),
        st.booleans(),
        st.none() | st.sampled_from(TextStage),
        st.none() | st.sampled_from(TextStop),
        st.sampled_from([None, "wanted", "analysed"]),
        st.sampled_from([None, "before", "failed"]),
    )
)
def test_nothing_is_told_that_is_muted_unread_or_not_kept(facts: Facts) -> None:
    if standing_of(facts) is READY:
        assert facts.stage is Stage.KEPT
        assert not facts.muting
        assert not facts.is_text_unread
    assert len(STANDINGS) == len({name for name, _, _ in STANDINGS})


def told(name: str) -> Call:
    return calls_of(dialogue(name).live)[0]


CALLER, FIRST, SECOND = "1795321252.32", "1795321252.33", "1795321254.34"
"""Of the transfer: 101 talks from 0.01 to 1.22 s, 102 from 1.93 to 4.02 s, the caller with both."""


@pytest.mark.parametrize(
    ("leg", "since", "seconds", "talk"),
    [
        (CALLER, 0.0, 4.02, 3.3),
        (FIRST, 0.0, 1.22, 1.2),
        (SECOND, 1.93, 2.1, 2.09),
        (FIRST, 0.0, 30.0, 1.2),  # as long as it may say: no longer than its leg talked
        (CALLER, 1.3, 0.5, 0.0),  # a menu between the two
        (CALLER, 1.0, 1.5, 0.22 + 0.57),
        (CALLER, 4.01, 4.02, 3.3),  # heard of at its end: it ended with its leg
        (CALLER, None, 10.0, 3.3),
        (CALLER, None, 0.5, 0.5),
        ("", None, 2.5, 2.5),
        ("sent in", None, 10.0, 3.3),
    ],
)
def test_how_much_of_the_talk_it_holds(leg: str, since: float | None, seconds: float, talk: float) -> None:
    call = told("blind_transfer")
    if since is not None:
        begun = summary_of(call).started_at + round(since * 1e6)
        call = replace(call, recordings=(Recording(leg, "q.wav", begun),))
    assert talk_in(call, summary_of(call), leg, "q.wav", seconds) == pytest.approx(talk, abs=0.02)


def test_what_a_machine_s_leg_heard_is_the_talk_of_its_bridge() -> None:
    call = told("simple_answered")
    summary = summary_of(call)
    (talk,) = summary.talks
    machine = replace(next(iter(call.legs.values())), id="9.9", channel="Local/101@desks-00000001;1", presences=())
    for bridges, seconds in (([], 0.0), ([(talk.since, talk.until)], (talk.until - talk.since) / 1e6)):
        leg = machine
        for since, until in bridges:
            leg = entered_unseen(leg, "b", since, until)
        known = replace(call, legs={**call.legs, leg.id: leg})
        assert talk_in(known, summary, leg.id, "q.wav", 60.0) == pytest.approx(seconds)


@pytest.mark.parametrize("name", ["simple_no_answer", "simple_busy", "queue_abandoned"])
def test_a_call_that_nobody_answered_holds_none(name: str) -> None:
    call = told(name)
    assert talk_in(call, summary_of(call), call.linkedid, "q.wav", 60.0) == 0.0
