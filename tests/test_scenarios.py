"""Each dialogue recorded from a real Asterisk becomes the call it should: in order, doubled, shuffled, cut, by CEL."""

import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.calls.dialogues import NAMES, PBX, Dialogue, calls_of, dialogue
from trunkline.calls.advance import advance
from trunkline.calls.call import Call
from trunkline.calls.detail import Story, story_of
from trunkline.calls.outcome import Outcome
from trunkline.calls.phone import NamedKind, parse
from trunkline.calls.summary import Summary, summary_of
from trunkline.calls.what import CallStarted
from trunkline.pbx.asterisk.framing import split_frames
from trunkline.pbx.asterisk.messages import events_of

SECONDS = 0.6  # between what the SIP parties meant and what Asterisk's clock says
WHOLE = [name for name in NAMES if name != "ami_resync"]  # that stream begins in mid-call, on purpose

_examples = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def spelled(number: str) -> str:
    """`number` as the story spells it."""
    parsed = parse(number)
    return number if isinstance(parsed, NamedKind) else parsed


def check_summary(got: Summary, expected: dict[str, Any]) -> None:
    assert got.direction == expected["direction"]
    assert got.caller == spelled(expected["caller"])
    assert got.client == spelled(expected["client"])
    assert got.dialled == spelled(expected["dialled"])
    assert got.outcome == expected["outcome"]
    assert got.missed_why == expected.get("missed_why")
    assert got.answered_by == expected.get("answered_by", "")
    assert got.queues == tuple(expected.get("queues", ()))
    assert set(got.rang) == set(expected["rang"])
    if "hung_up_by" in expected and got.ended_at is not None:
        assert got.hung_up_by == expected["hung_up_by"]
    if "wait" in expected:
        assert got.wait == pytest.approx(expected["wait"], abs=SECONDS)
    if "talk" in expected:
        assert got.talk == pytest.approx(expected["talk"], abs=SECONDS)
    if "caller_name" in expected:
        assert got.caller_name == expected["caller_name"]


def check_story(got: Story, expected: dict[str, Any]) -> None:
    people = {leg.party: leg for leg in got.legs if leg.role != "machine"}
    for wanted in expected["leg"]:
        leg = people[wanted["party"]]
        assert leg.rang == wanted["rang"], wanted
        assert leg.talk_seconds == pytest.approx(wanted["talk"], abs=SECONDS), wanted
        assert leg.elsewhere == wanted.get("elsewhere", False), wanted
        assert leg.cause == wanted.get("cause", leg.cause), wanted
        if "post_dial" in wanted:
            assert leg.post_dial_seconds == pytest.approx(wanted["post_dial"], abs=SECONDS), wanted
    moved = [{"kind": one.how, "by": one.by, "to": one.to} for one in got.transfers]
    assert moved == expected.get("transfers", [])
    assert [one.by for one in got.pickups] == [by for by in (expected.get("picked_up_by"),) if by]
    forwarded = [{"by": leg.party, "to": spelled(leg.forwarded_to)} for leg in got.legs if leg.forwarded_to]
    assert forwarded == expected.get("forwarded", [])
    assert bool(got.recordings) == expected.get("recorded", False)
    for wanted in expected.get("held", ()):
        (span,) = people[wanted["by"]].held
        assert span.until is not None
        assert (span.until - span.since).total_seconds() == pytest.approx(wanted["seconds"], abs=SECONDS)


def check(calls: list[Call], expected: list[dict[str, Any]]) -> None:
    assert len(calls) == len(expected)
    for call, wanted in zip(calls, expected, strict=True):
        summary = summary_of(call)
        check_summary(summary, wanted)
        check_story(story_of(call, summary), wanted)
        assert not call.is_partial
        assert summary.ended_at is not None


@pytest.fixture(params=WHOLE)
def whole(request: pytest.FixtureRequest) -> Dialogue:
    return dialogue(request.param)


def test_each_recording_becomes_the_call_it_should(whole: Dialogue) -> None:
    check(calls_of(whole.live), whole.calls)


def test_every_event_twice_changes_nothing(whole: Dialogue) -> None:
    doubled = [event for event in whole.live for _ in range(2)]
    assert calls_of(doubled) == calls_of(whole.live)


def test_the_whole_stream_again_changes_nothing(whole: Dialogue) -> None:
    assert calls_of([*whole.live, *whole.live]) == calls_of(whole.live)


def test_any_order_gives_the_same_call(whole: Dialogue) -> None:
    live = whole.live
    for seed in range(5):
        shuffled = random.Random(seed).sample(live, len(live))
        assert calls_of(shuffled) == calls_of(live)


@_examples
@given(name=st.sampled_from(WHOLE), data=st.data())
def test_bytes_split_anywhere_tell_the_same(name: str, data: st.DataObject) -> None:
    recorded = dialogue(name)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(recorded.ami)), max_size=40)))
    frames: list[bytes] = []
    rest = b""
    for begin, end in zip([0, *cuts], [*cuts, len(recorded.ami)], strict=True):
        whole_frames, rest = split_frames(rest + recorded.ami[begin:end])
        frames += whole_frames
    heard_at = int(float(recorded.cel[-1][1]) * 1e6)
    events = [event for frame in frames for event in events_of(PBX, frame, heard_at)]
    assert calls_of(events) == calls_of(recorded.live)


def test_a_stream_cut_at_the_start_tells_a_partial_call(whole: Dialogue) -> None:
    live = whole.live
    for cut in range(1, len(live)):
        heard = {event.linkedid for event in live[cut:] if isinstance(event.what, CallStarted)}
        for call in calls_of(live[cut:]):
            summary = summary_of(call)
            assert call.is_partial == (call.linkedid not in heard)
            assert summary.outcome is not Outcome.RINGING or summary.ended_at is None
            assert story_of(call, summary).legs


def test_a_call_joined_in_mid_talk_is_an_answered_one() -> None:
    live = dialogue("simple_answered").live
    (call,) = calls_of(live[-5:])
    summary = summary_of(call)
    assert (summary.outcome, summary.answered_by, summary.is_partial) == (Outcome.ANSWERED, "101", True)
    assert summary.ended_at is not None


def test_the_journal_alone_tells_the_same_outcome(whole: Dialogue) -> None:
    calls = calls_of(whole.ledger)
    assert len(calls) == len(whole.calls)
    for call, wanted in zip(calls, whole.calls, strict=True):
        got = summary_of(call)
        assert bool(call.recordings) == wanted.get("recorded", False)
        assert (got.direction, got.outcome) == (wanted["direction"], wanted["outcome"])
        assert got.answered_by == wanted.get("answered_by", "")
        assert got.missed_why == wanted.get("missed_why")
        assert got.talk == pytest.approx(wanted["talk"], abs=1.0)
        assert got.ended_at is not None


def test_the_journal_adds_no_talk_to_what_was_heard(whole: Dialogue) -> None:
    both = calls_of([*whole.live, *whole.ledger])
    for call, alone in zip(both, calls_of(whole.live), strict=True):
        got, heard = summary_of(call), summary_of(alone)
        assert (got.outcome, got.answered_by, len(got.talks)) == (heard.outcome, heard.answered_by, len(heard.talks))
        assert got.talk == pytest.approx(heard.talk, abs=0.05)
        assert len(call.transfers) == len(alone.transfers)
        assert len(call.pickups) == len(alone.pickups)
        assert {one.file for one in call.recordings} == {one.file for one in alone.recordings}
        assert len(call.recordings) == len(alone.recordings)


@_examples
@given(name=st.sampled_from(WHOLE), data=st.data())
def test_a_gap_filled_from_the_journal_leaves_no_trace_in_the_outcome(name: str, data: st.DataObject) -> None:
    recorded = dialogue(name)
    live = recorded.live
    lost_from = data.draw(st.integers(0, len(live) - 1))
    lost_to = data.draw(st.integers(lost_from + 1, len(live)))
    since, until = live[lost_from].at - 5_000, live[lost_to - 1].at + 5_000
    filled = [event for event in recorded.ledger if since <= event.at <= until]
    heard = [event for index, event in enumerate(live) if not lost_from <= index < lost_to]
    for call, wanted in zip(calls_of([*heard, *filled]), recorded.calls, strict=True):
        got = summary_of(call)
        assert got.outcome == wanted["outcome"]
        assert got.answered_by == wanted.get("answered_by", "")
        assert got.talk == pytest.approx(wanted["talk"], abs=1.0)


@_examples
@given(name=st.sampled_from(WHOLE), data=st.data())
def test_answered_stays_answered(name: str, data: st.DataObject) -> None:
    """Whatever part of the stream comes, and in whatever order: once people talked, the call was answered."""
    live = dialogue(name).live
    order = data.draw(st.permutations(live))
    calls: dict[str, Call] = {}
    answered: set[str] = set()
    for event in sorted(live, key=lambda one: one.at) + list(order):
        known = calls.get(event.linkedid) or Call(event.pbx, event.linkedid)
        calls[event.linkedid] = call = advance(known, event)
        if call.legs and summary_of(call).outcome is Outcome.ANSWERED:
            answered.add(call.linkedid)
        assert call.linkedid not in answered or summary_of(call).outcome is Outcome.ANSWERED


def test_calls_found_in_mid_talk_are_told_as_far_as_they_are_known() -> None:
    found = dialogue("ami_resync")
    expected = {spelled(wanted["client"]): wanted for wanted in found.calls}
    heard, whole = calls_of(found.live), calls_of([*found.live, *found.ledger])
    assert len(heard) == len(whole) == len(expected)
    for call in heard:
        got = summary_of(call)
        wanted = expected[got.client]
        assert got.direction == wanted["direction"]
        assert got.outcome is (Outcome.ANSWERED if wanted["outcome"] == "answered" else Outcome.RINGING)
        assert got.answered_by == wanted.get("answered_by", "")
        assert got.is_partial
        assert got.started_at == int(call.linkedid.partition(".")[0]) * 1_000_000  # the key knows when it began
        assert got.ended_at is None
    for call in whole:
        assert not call.is_partial
        got = summary_of(call)
        check_summary(got, expected[got.client])
