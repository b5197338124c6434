"""Why nobody answered: an ordered table, the first reason that fits is told. No I/O here."""

from collections.abc import Callable, Sequence
from enum import StrEnum

from trunkline.calls.call import Call
from trunkline.calls.leg import Leg
from trunkline.pbx.notice import NoticeState

# Q.931 causes as Asterisk reports them
_NO_USER, _BUSY, _UNREACHABLE, _REJECTED = {18, 19}, {17}, {1, 2, 3, 20, 27, 28, 38}, {21}


class WhyMissed(StrEnum):
    """The reason a call that is over was not answered."""

    UNHEARD = "unheard"
    """The link to the PBX was down when it ended: nobody knows."""
    DESK_SILENT = "desk_silent"
    """Click-to-call: the agent did not pick up his own phone."""
    DURING_NOTICE = "during_notice"
    """The caller hung up while the line's notice was played to him."""
    ABANDONED_IN_QUEUE = "abandoned_in_queue"
    ABANDONED = "abandoned"
    """The caller hung up while it rang."""
    BUSY = "busy"
    UNAVAILABLE = "unavailable"
    """No phone could be reached, or the dialplan refused the call at once."""
    REJECTED = "rejected"
    NO_ANSWER = "no_answer"
    LEFT_UNROUTED = "left_unrouted"
    """The caller hung up before anybody was rung: in a menu, a message, a challenge."""
    NOT_ROUTED = "not_routed"
    """The PBX answered and ended it without ringing anybody: a failed challenge, a closed office's message."""


GAVE_UP = (WhyMissed.ABANDONED, WhyMissed.ABANDONED_IN_QUEUE, WhyMissed.LEFT_UNROUTED)
"""Reasons that are the caller's own doing."""


class _Facts:
    """What the reasons ask about."""

    def __init__(self, call: Call, caller: Leg, rung: Sequence[Leg]) -> None:
        self.call = call
        self.caller = caller
        self.rung = rung
        self.statuses = {leg.dial_status for leg in rung if leg.dial_status}
        self.causes = {leg.cause for leg in rung}
        self.caller_left = caller.hangup_asked_at is not None or caller.ended_by == (caller.channel or None)

    def all_ended(self, status: str, causes: set[int]) -> bool:
        """Whether each rung phone ended so, by the dial's word or by its cause."""
        return bool(self.rung) and all(leg.dial_status == status or leg.cause in causes for leg in self.rung)


_REASONS: Sequence[tuple[WhyMissed, Callable[[_Facts], bool]]] = (
    (WhyMissed.UNHEARD, lambda f: any(leg.vanished for leg in f.call.legs.values())),
    (WhyMissed.DESK_SILENT, lambda f: f.caller.dialed and not f.caller.dialed_by and f.caller.up_at is None),
    (WhyMissed.DURING_NOTICE, lambda f: f.call.notice is not None and f.call.notice.state is NoticeState.HUNG_UP),
    (WhyMissed.ABANDONED_IN_QUEUE, lambda f: bool(f.call.queues) and f.call.queues[-1].abandoned),
    (WhyMissed.ABANDONED_IN_QUEUE, lambda f: f.caller_left and _left_in_queue(f.call, f.caller)),
    (WhyMissed.BUSY, lambda f: f.all_ended("BUSY", _BUSY)),
    (WhyMissed.UNAVAILABLE, lambda f: f.all_ended("CHANUNAVAIL", _UNREACHABLE)),
    (WhyMissed.REJECTED, lambda f: f.all_ended("CONGESTION", _REJECTED)),
    (WhyMissed.ABANDONED, lambda f: f.caller_left and any(_still_rang(leg, f.caller) for leg in f.rung)),
    (WhyMissed.NO_ANSWER, lambda f: bool(f.rung)),
    (WhyMissed.LEFT_UNROUTED, lambda f: f.caller_left),
    (WhyMissed.UNAVAILABLE, lambda f: f.caller.up_at is None),
    (WhyMissed.NOT_ROUTED, lambda _: True),
)


def why_missed(call: Call, caller: Leg, rung: Sequence[Leg]) -> WhyMissed:
    """Why `caller` reached none of the people at `rung`."""
    facts = _Facts(call, caller, rung)
    return next(reason for reason, holds in _REASONS if holds(facts))


def _left_in_queue(call: Call, caller: Leg) -> bool:
    """The caller's end is the queue's end (the journal has no event of its own for that)."""
    last = call.queues[-1] if call.queues else None
    return last is not None and (last.until is None or abs(last.until - (caller.ended_at or 0)) < 1_000_000)


def _still_rang(leg: Leg, caller: Leg) -> bool:
    return leg.ended_at is None or abs(leg.ended_at - (caller.ended_at or leg.ended_at)) < 2_000_000
