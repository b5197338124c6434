"""What hosted PBXs tell of a whole call: a talk that was heard stands, one that was not is taken from the journal."""

import pytest

from tests.pbx.zadarma.test_told import ANSWERED, MISSED, OUTGOING, Timed, folded, records
from trunkline.calls import what as w
from trunkline.calls.advance import advance
from trunkline.calls.call import Call
from trunkline.calls.events import Event, Source
from trunkline.calls.summary import summary_of
from trunkline.calls.what import AnyWhat
from trunkline.pbx.hooks.providers import told_by

SECOND = 1_000_000
BEGAN = 1_772_434_800 * SECOND
BEGUN = (0, "c", w.CallStarted(number="+79161234567", exten="+74951234567"))
RUNG = (1, "c", w.Dialed(to="c/101", channel="cloud/101", number="101"))
TALK = ((9, "c", w.Joined(bridge="c")), (9, "c/101", w.Joined(bridge="c")))
OVER = (69, "", w.Closed())


def settled(until: int, since: int = 0, to: str = "") -> w.Settled:
    return w.Settled(until=BEGAN + until * SECOND, since=BEGAN + since * SECOND, to=to)


def call(*told: tuple[int, str, AnyWhat]) -> Call:
    made = Call("cloud", "c")
    for place, (second, leg, what) in enumerate(told):
        at, channel = BEGAN + second * SECOND, "cloud/outside" if leg == "c" else ""
        made = advance(made, Event("cloud", "c", leg, channel, at, bytes([0] * 7 + [place]), Source.LIVE, what))
    return made


def test_a_talk_that_was_heard_stands() -> None:
    told = call(BEGUN, RUNG, *TALK, OVER, (80, "c", settled(68, 0, "c/101")))

    assert (summary_of(told).answered_by, summary_of(told).talk) == ("101", 60)


def test_one_that_was_not_heard_is_the_journals() -> None:
    told = call(BEGUN, RUNG, OVER, (80, "c", settled(68, 8, "c/101")))

    assert (summary_of(told).answered_by, summary_of(told).talk) == ("101", 60)


def test_it_ends_what_nothing_has_ended_and_no_talk_before_it_began() -> None:
    assert summary_of(call(BEGUN, RUNG, *TALK, (80, "c", settled(69, 9, "c/101")))).talk == 60
    early = summary_of(call(BEGUN, RUNG, *TALK, (80, "c", settled(5, 0, "c/101"))))

    assert (early.ended_at, early.talk) == (BEGAN + 9 * SECOND, 0)


def test_a_journal_without_a_talk_ends_none_that_goes_on() -> None:
    assert not call(BEGUN, RUNG, *TALK, (20, "c", settled(20))).is_over
    assert call(BEGUN, RUNG, (20, "c", settled(20))).is_over


def test_who_takes_over_ends_the_talk_of_whoever_of_ours_had_it() -> None:
    passed = ((30, "c/102", w.Joined(bridge="c", number="102")), (30, "c/102", w.TookOver()))
    told = call(BEGUN, RUNG, *TALK, *passed, OVER)

    assert [(talk.legs, (talk.until - talk.since) // SECOND) for talk in summary_of(told).talks] == [
        (("c", "c/101"), 21),
        (("c", "c/102"), 39),
    ]
    assert [(one.by, one.exten) for one in told.transfers] == [("c/101", "102")]


@pytest.mark.parametrize("sent", [ANSWERED, MISSED, OUTGOING])
def test_what_comes_after_it_was_given_up_tells_it_as_if_it_had_not_been(sent: Timed) -> None:
    heard = records(sent)
    whole = summary_of(folded(heard))
    for known in range(1, len(heard)):
        given_up = folded(heard[:known])
        at = given_up.steps[-1].at + 1
        told = advance(given_up, Event("cloud", "x", "", "", at, b"given up", Source.OURS, w.Vanished()))
        assert told.is_over
        for late in heard[known:]:
            told = advance(told, *sorted(told_by(late), key=lambda event: event.order))
        found = summary_of(told)
        assert (found.outcome, found.talk, found.answered_by) == (whole.outcome, whole.talk, whole.answered_by)
        assert (found.missed_why, found.ended_at, found.rang) == (whole.missed_why, whole.ended_at, whole.rang)


def let_go(second: int, extension: str) -> tuple[int, str, AnyWhat]:
    return second, f"c/{extension}", w.LetGo()


NEXT = (17, "c", w.Dialed(to="c/102", channel="cloud/102", number="102"))
THEIRS = ((21, "c", w.Joined(bridge="c")), (21, "c/102", w.Joined(bridge="c")))


def test_the_caller_is_gone_with_the_last_who_was_rung() -> None:
    one = call(BEGUN, RUNG, let_go(16, "101"))
    two = call(BEGUN, RUNG, let_go(16, "101"), NEXT)
    gone = call(BEGUN, RUNG, let_go(16, "101"), NEXT, let_go(41, "102"))

    assert (one.is_over, two.is_over, gone.is_over) == (True, False, True)
    assert (summary_of(gone).outcome, summary_of(gone).ended_at) == ("missed", BEGAN + 41 * SECOND)
    assert summary_of(gone).missed_why == "no_answer"


def test_who_is_heard_of_after_all_talks_with_him() -> None:
    told = call(BEGUN, RUNG, let_go(16, "101"), NEXT, *THEIRS, let_go(81, "102"))

    assert (summary_of(told).answered_by, summary_of(told).talk, told.is_over) == ("102", 60, True)


def test_a_talk_that_ended_is_not_made_longer_by_the_next() -> None:
    told = call(BEGUN, RUNG, *TALK, let_go(15, "101"), NEXT, *THEIRS, let_go(81, "102"))

    assert (summary_of(told).answered_by, summary_of(told).talk) == ("101", 66)


def test_one_who_is_let_go_ends_no_talk_of_another() -> None:
    told = call(BEGUN, RUNG, *TALK, NEXT, let_go(30, "102"), let_go(69, "101"))

    assert (summary_of(told).answered_by, summary_of(told).talk) == ("101", 60)
