"""What each kind of event changes in the leg it happened to: one function a kind, and their table. No I/O here."""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec.structs import replace

from trunkline.calls import what as w
from trunkline.calls.call import Call
from trunkline.calls.leg import Leg, departed, entered, entered_unseen, found_again, held, over, unheld


def _started(_: Call, leg: Leg, at: int, what: w.LegStarted) -> Leg:
    if leg.started_at is not None:
        return leg
    return replace(
        leg, started_at=at, number=what.number or leg.number, name=what.name or leg.name, exten=what.exten or leg.exten
    )


def _found(_: Call, leg: Leg, __: int, what: w.Found) -> Leg:
    if leg.started_at is not None:
        return leg
    return replace(leg, number=leg.number or what.number, name=leg.name or what.name, exten=leg.exten or what.exten)


def _named(_: Call, leg: Leg, __: int, what: w.Named) -> Leg:
    return replace(leg, number=leg.number or what.number, name=what.name or leg.name, exten=what.exten or leg.exten)


def _ringing(_: Call, leg: Leg, at: int, __: w.Ringing) -> Leg:
    return leg if leg.ringing_at is not None else replace(leg, ringing_at=at)


def _progressed(_: Call, leg: Leg, at: int, __: w.Progressed) -> Leg:
    return leg if leg.progress_at is not None else replace(leg, progress_at=at)


def _answered(_: Call, leg: Leg, at: int, __: w.Answered) -> Leg:
    return leg if leg.up_at is not None else replace(leg, up_at=at)


def _joined(_: Call, leg: Leg, at: int, what: w.Joined) -> Leg:
    leg = found_again(leg)
    if leg.ended_at is not None:
        return leg
    if not leg.number and not leg.dialed:
        leg = replace(leg, number=what.number, name=leg.name or what.name)
    return entered(leg, what.bridge, at)


def _left(call: Call, leg: Leg, at: int, what: w.Left) -> Leg:
    """A leg that leaves what it was not seen to enter came from another call, or from before the story begins.

    In a whole story it then was there since the first of ours entered; nobody before that was of this call.
    """
    if leg.started_at is not None:
        return departed(leg, what.bridge, at)
    met = [one.since for other in call.legs.values() for one in other.presences if one.bridge == what.bridge]
    since = call.since if call.is_partial else min(met, default=at)
    return entered_unseen(departed(leg, what.bridge, at), what.bridge, since, at)


def _ended(_: Call, leg: Leg, at: int, what: w.Ended) -> Leg:
    if leg.ended_at is not None and not leg.vanished:
        # The journal tells an end twice, only once with its cause.
        return replace(leg, cause=leg.cause or what.cause, ended_by=leg.ended_by or what.source)
    return replace(over(leg, at), ended_at=at, cause=what.cause, ended_by=what.source, vanished=False)


def _hangup_asked(_: Call, leg: Leg, at: int, __: w.HangupAsked) -> Leg:
    return leg if leg.hangup_asked_at is not None else replace(leg, hangup_asked_at=at)


def _forwarded(_: Call, leg: Leg, __: int, what: w.Forwarded) -> Leg:
    return replace(leg, forward=what.to)


ON_LEG: Mapping[type, Callable[[Call, Leg, int, Any], Leg]] = {
    w.CallStarted: _started,
    w.LegStarted: _started,
    w.Found: _found,
    w.Named: _named,
    w.Ringing: _ringing,
    w.Progressed: _progressed,
    w.Answered: _answered,
    w.Joined: _joined,
    w.Left: _left,
    w.Held: lambda _, leg, at, __: held(leg, at),
    w.Unheld: lambda _, leg, at, __: unheld(leg, at),
    w.HangupAsked: _hangup_asked,
    w.Ended: _ended,
    w.Forwarded: _forwarded,
}
