"""What each kind of event changes in a call: one function a kind, and the table that names them. No I/O here.

Events come in the order of their times. The first telling of a fact stands, so a second source changes nothing.
"""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec.structs import replace

from trunkline.calls import what as w
from trunkline.calls.call import Call, Gap, Merge, Offer, Pickup, QueueVisit, Recording, Transfer
from trunkline.calls.events import Event
from trunkline.calls.fold_hosted import let_go, settled, shut, took_over
from trunkline.calls.fold_leg import ON_LEG
from trunkline.calls.leg import Leg, entered, over
from trunkline.calls.noticed import left, told, united


def fold(call: Call, event: Event) -> Call:
    """`call` after `event`, which is later than all it knows and is its last step already."""
    if call.merge is not None and type(event.what) not in _AFTER_MERGE:
        return call  # told as a part of the other call
    if call.closed_at is None:
        return _folded(call, event)
    return shut(_folded(call, replace(event, at=call.closed_at)), call.closed_at)


def _folded(call: Call, event: Event) -> Call:
    change = ON_LEG.get(type(event.what))
    if change is not None:
        leg = _leg(call, event.leg, event.channel, event.at)
        changed = change(call, leg, event.at, event.what)
        if changed is not call.legs.get(event.leg):
            call = _with_leg(call, changed)
    tell = _ON_CALL.get(type(event.what))
    return call if tell is None else tell(call, event, event.what)


def _leg(call: Call, leg_id: str, channel: str, at: int) -> Leg:
    """The leg as known, under its newest name; a new one if it was not heard of."""
    known = call.legs.get(leg_id)
    if known is None:
        return Leg(leg_id, channel, at)
    return replace(known, channel=channel) if channel and channel != known.channel else known


def _with_leg(call: Call, leg: Leg) -> Call:
    return replace(call, legs={**call.legs, leg.id: leg})


def _call_started(call: Call, _: Event, __: w.CallStarted) -> Call:
    return call if call.begun else replace(call, begun=True)


def _joined_by(call: Call, event: Event, what: w.Joined) -> Call:
    """With our leg enters who answered it from another call: that call was told of the entrance, not this one."""
    picked = {pickup.by for pickup in call.pickups}
    for leg in call.legs.values():
        foreign = leg.started_at is None and not leg.presences and leg.ended_at is None and leg.id != event.leg
        if foreign and (leg.dial_status == "ANSWER" or leg.id in picked):
            call = _with_leg(call, entered(leg, what.bridge, event.at))
    return call


def _joined(call: Call, event: Event, what: w.Joined) -> Call:
    notice = united(call.notice, event.leg, event.at)
    call = call if notice is call.notice else replace(call, notice=notice)
    return _joined_by(call, event, what)


def _dialed(call: Call, event: Event, what: w.Dialed) -> Call:
    leg = _leg(call, what.to, what.channel, event.at)
    if leg.dialed:
        return call
    leg = replace(leg, dialed=True, dialed_at=event.at, dialed_by=event.leg, number=what.number or leg.number)
    return _with_leg(call, replace(leg, seat=what.seat) if what.seat else leg)


def _dial_ended(call: Call, event: Event, what: w.DialEnded) -> Call:
    leg = _leg(call, what.to, "", event.at)
    if leg.dial_status == "ANSWER":
        return call
    return _with_leg(
        call, replace(leg, dial_status=what.status or leg.dial_status, forward=what.forward or leg.forward)
    )


def _queued(call: Call, event: Event, what: w.Queued) -> Call:
    if any(one.queue == what.queue and one.leg == event.leg and one.until is None for one in call.queues):
        return call
    return replace(call, queues=(*call.queues, QueueVisit(what.queue, event.leg, event.at)))


def _queue_left(call: Call, event: Event, what: w.QueueLeft | w.Abandoned) -> Call:
    abandoned = isinstance(what, w.Abandoned)
    return replace(
        call,
        queues=tuple(
            replace(one, until=one.until or event.at, abandoned=one.abandoned or abandoned)
            if one.queue == what.queue and one.leg == event.leg and (one.until is None or abandoned)
            else one
            for one in call.queues
        ),
    )


def _agent_called(call: Call, event: Event, what: w.AgentCalled) -> Call:
    return replace(call, offers=(*call.offers, Offer(what.queue, what.agent, what.name, what.to, event.at)))


def _agent_told(call: Call, event: Event, what: w.AgentConnected | w.AgentMissed) -> Call:
    """The offer to this agent is over: taken, or let ring."""
    took = isinstance(what, w.AgentConnected)
    return replace(
        call,
        offers=tuple(
            replace(one, until=event.at, took=took)
            if one.took is None and one.agent == what.agent and one.queue == what.queue
            else one
            for one in call.offers
        ),
    )


def _transferred(call: Call, event: Event, what: w.Transferred) -> Call:
    """An attended transfer brings the other party in, who may have come from another call: nothing else tells of it."""
    told = Transfer(event.at, what.how, event.leg, what.exten, what.target, what.number, what.result, what.consult)
    call = replace(call, transfers=(*call.transfers, told))
    if not what.target:
        return call
    leg = _leg(call, what.target, what.channel, event.at)
    leg = replace(leg, number=leg.number or what.number, name=leg.name or what.name)
    if what.bridge and leg.ended_at is None:
        leg = entered(leg, what.bridge, event.at)
    return _with_leg(call, leg)


def _picked_up(call: Call, event: Event, what: w.PickedUp) -> Call:
    if any(one.by == event.leg and one.of == what.of for one in call.pickups):
        return call
    leg = _leg(call, event.leg, event.channel, event.at)
    leg = replace(leg, number=leg.number or what.number, name=leg.name or what.name)
    return _with_leg(replace(call, pickups=(*call.pickups, Pickup(event.at, event.leg, what.of))), leg)


def _recorded(call: Call, event: Event, what: w.Recorded) -> Call:
    if any(one.file == what.file for one in call.recordings):
        return call
    return replace(call, recordings=(*call.recordings, Recording(event.leg, what.file, event.at)))


def _notice_told(call: Call, event: Event, what: w.NoticeTold) -> Call:
    return replace(call, notice=told(call.notice, event.leg, event.at, what))


def _left(call: Call, event: Event, _: w.Left | w.Ended) -> Call:
    """Who leaves while his notice is played has not heard it whole."""
    notice = left(call.notice, event.leg, event.at)
    return call if notice is call.notice else replace(call, notice=notice)


def _merged(call: Call, event: Event, what: w.Merged) -> Call:
    return call if call.merge is not None else replace(call, merge=Merge(event.at, what.into, what.why))


def _gap_seen(call: Call, event: Event, what: w.GapSeen) -> Call:
    return replace(call, gaps=(*call.gaps, Gap(what.since, event.at)))


def _gap_filled(call: Call, event: Event, what: w.GapFilled) -> Call:
    return replace(
        call, gaps=tuple(replace(one, filled=True) if what.since <= one.since <= event.at else one for one in call.gaps)
    )


def _taken(call: Call, event: Event, _: w.Taken) -> Call:
    """Whoever was rung beside it is free again; who was rung and has been in a talk is not meant."""
    rung = {
        key: replace(over(leg, event.at), ended_at=event.at)
        for key, leg in call.legs.items()
        if key != event.leg and leg.dialed and not leg.presences and leg.ended_at is None
    }
    return replace(call, legs={**call.legs, **rung}) if rung else call


def _closed(call: Call, event: Event, what: w.Closed) -> Call:
    return replace(shut(call, event.at, what.cause), closed_at=event.at)


def _vanished(call: Call, event: Event, _: w.Vanished) -> Call:
    """The leg, or every leg still open, is over at a time nobody heard; a later `Ended` tells it better."""
    gone = {
        key: replace(over(leg, event.at), ended_at=event.at, vanished=True)
        for key, leg in call.legs.items()
        if leg.ended_at is None and event.leg in ("", key)
    }
    return replace(call, legs={**call.legs, **gone}) if gone else call


_AFTER_MERGE = frozenset({w.Ended, w.HangupAsked, w.Vanished, w.GapSeen, w.GapFilled})

_ON_CALL: Mapping[type, Callable[[Call, Event, Any], Call]] = {
    w.CallStarted: _call_started,
    w.TookOver: took_over,
    w.Settled: settled,
    w.LetGo: let_go,
    w.Joined: _joined,
    w.Left: _left,
    w.Ended: _left,
    w.NoticeTold: _notice_told,
    w.Dialed: _dialed,
    w.DialEnded: _dial_ended,
    w.Queued: _queued,
    w.QueueLeft: _queue_left,
    w.Abandoned: _queue_left,
    w.AgentCalled: _agent_called,
    w.AgentConnected: _agent_told,
    w.AgentMissed: _agent_told,
    w.Transferred: _transferred,
    w.PickedUp: _picked_up,
    w.Recorded: _recorded,
    w.Merged: _merged,
    w.Taken: _taken,
    w.Closed: _closed,
    w.GapSeen: _gap_seen,
    w.GapFilled: _gap_filled,
    w.Vanished: _vanished,
}
