"""What was advised beside what the PBX did."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from trunkline.lines.advice import AdvisedCall, Happened, Verdict, compare, share_of
from trunkline.pbx.port import Action, Decision

QUEUED = Happened(["sales"], ["101", "102"], "102", over=True)
RANG = Happened([], ["101"], "101", over=True)
MOBILE = Happened([], ["+79161112233"], "", over=True)
NOBODY = Happened([], [], "", over=True)
GOES_ON = Happened(["sales"], [], "", over=False)


def advised(action: Action, target: str = "", *targets: str) -> Decision:
    return Decision(action, "class", target, targets)


@pytest.mark.parametrize(
    ("decision", "happened", "verdict"),
    [
        (advised(Action.QUEUE, "sales"), QUEUED, Verdict.SAME),
        (advised(Action.QUEUE, "service"), QUEUED, Verdict.ELSEWHERE),
        (advised(Action.QUEUE, "sales"), RANG, Verdict.ELSEWHERE),
        (advised(Action.QUEUE, "sales"), NOBODY, Verdict.ELSEWHERE),
        (advised(Action.EXTENSION, "101"), RANG, Verdict.SAME),
        (advised(Action.EXTENSION, "101"), QUEUED, Verdict.SAME),
        (advised(Action.EXTENSION, "102"), QUEUED, Verdict.ELSEWHERE),
        (advised(Action.NUMBER, "+79161112233"), MOBILE, Verdict.SAME),
        (advised(Action.TARGETS, "", "100", "101"), RANG, Verdict.SAME),
        (advised(Action.TARGETS, "", "100"), RANG, Verdict.ELSEWHERE),
        (advised(Action.REJECT), RANG, Verdict.ELSEWHERE),
        (advised(Action.CHALLENGE, "7"), QUEUED, Verdict.ELSEWHERE),
        (advised(Action.VOICEMAIL, "office"), NOBODY, Verdict.UNKNOWN),
        (advised(Action.DEFAULT), QUEUED, Verdict.SAME),
        (advised(Action.QUEUE, "sales"), GOES_ON, Verdict.UNKNOWN),
        (advised(Action.QUEUE, "sales"), None, Verdict.UNKNOWN),
    ],
)
def test_the_first_place_is_compared(decision: Decision, happened: Happened | None, verdict: Verdict) -> None:
    assert compare(decision, happened) is verdict


def test_the_share_is_of_what_can_be_compared() -> None:
    calls = [
        AdvisedCall(UUID(int=0), datetime(2026, 8, 6, tzinfo=UTC), "", advised(Action.QUEUE, "sales"), happened)
        for happened in (QUEUED, RANG, GOES_ON, None)
    ]
    share = share_of(calls)

    assert (share.elsewhere, share.compared, share.part) == (1, 2, 0.5)
    assert share_of([]).part is None
