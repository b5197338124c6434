"""What hosted PBXs tell of a whole call rather than of its legs, and what it changes. No I/O here."""

from msgspec.structs import replace

from trunkline.calls import what as w
from trunkline.calls.call import Call, Transfer
from trunkline.calls.events import Event
from trunkline.calls.leg import Leg, entered_unseen, found_again, over


def took_over(call: Call, event: Event, _: w.TookOver) -> Call:
    """Whoever of our people was in a talk is out of it, and passed the call on."""
    taker = call.legs.get(event.leg)
    to = taker.extension if taker else ""
    for leg in call.legs.values():
        talks = leg.ended_at is None and leg.presences and leg.presences[-1].until is None
        if talks and leg.extension and leg.id != event.leg:
            passed = Transfer(event.at, w.TransferKind.BLIND, leg.id, to)
            gone = replace(over(leg, event.at), ended_at=event.at)
            call = replace(call, legs={**call.legs, leg.id: gone}, transfers=(*call.transfers, passed))
    return call


def settled(call: Call, event: Event, what: w.Settled) -> Call:
    """It may be told long after the end, and by another clock: a talk is not cut before it began.

    One that knows of no talk does not end one that goes on: a colleague took the call. One that knows only how long it
    was talked ends a talk that was heard to begin so long after it did. A talk found after the end was found is later.
    """
    going_on = [one.since for leg in call.legs.values() for one in leg.presences[-1:] if one.until is None]
    if not what.to and going_on:
        return call
    begun = [one.since for leg in call.legs.values() for one in leg.presences]
    unended = [one.since for leg in call.legs.values() for one in found_again(leg).presences[-1:] if one.until is None]
    until = max([max(unended) + what.lasted if unended and what.lasted else what.until, *begun])
    parties = {one: call.legs.get(one) or Leg(one, "", event.at) for one in (event.leg, what.to)}
    if what.to and not any(leg.presences for leg in parties.values()):
        since = min(what.since, until)
        talked = {one: _talked(leg, call.linkedid, since, until) for one, leg in parties.items()}
        call = replace(call, legs={**call.legs, **talked})
        if what.lasted and call.closed_at is not None and until > call.closed_at:
            return replace(call, closed_at=until)
    return call if call.closed_at is not None else replace(shut(call, until), closed_at=until)


def let_go(call: Call, event: Event, what: w.LetGo) -> Call:
    """Whoever calls is there as long as somebody else is: a caller has no leg that this PBX tells the end of."""
    gone = call.legs.get(event.leg) or Leg(event.leg, event.channel, event.at)
    if gone.ended_at is None:
        gone = replace(over(gone, event.at), ended_at=event.at, cause=what.cause)
        call = replace(call, legs={**call.legs, gone.id: gone})
    caller = call.legs.get(call.linkedid)
    others = (leg for leg in call.legs.values() if leg.id != call.linkedid)
    still = any(leg.ended_at is None for leg in others)
    if caller is None or still or (caller.ended_at is not None and not caller.alone):
        return call
    caller = replace(over(caller, event.at), ended_at=event.at, cause=what.cause, alone=True)
    return replace(call, legs={**call.legs, caller.id: caller})


def _talked(leg: Leg, bridge: str, since: int, until: int) -> Leg:
    return replace(entered_unseen(leg, bridge, since, until), ended_at=max(until, leg.ended_at or 0))


def shut(call: Call, at: int, cause: int = 0) -> Call:
    """`call` with every leg ended at `at` that is still open, or of whose end nothing had been heard."""
    still = {
        key: replace(over(found_again(leg), at), ended_at=at, cause=cause)
        for key, leg in call.legs.items()
        if leg.ended_at is None or leg.vanished or leg.alone
    }
    return replace(call, legs={**call.legs, **still}) if still else call
