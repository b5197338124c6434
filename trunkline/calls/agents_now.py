"""Who of ours rings, calls or talks in a call at this moment: one row a call and extension. No I/O here.

It is read from the legs alone: so it follows a pick-up, a transfer and a Local channel wherever they carry the call.
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from trunkline.calls.call import Call
from trunkline.calls.leg import Leg
from trunkline.calls.outcome import Direction
from trunkline.calls.phone import NamedKind, parse
from trunkline.calls.summary import NO_PHONE, Summary, spelled
from trunkline.calls.talks import groups_now
from trunkline.calls.wrapup import member_extension


class AgentState(StrEnum):
    """What an extension does in a call; the later one wins where it has several legs in it."""

    CALLING = "calling"
    """He placed it, and nobody has answered him."""
    RINGING = "ringing"
    TALKING = "talking"
    """On hold, too."""


class Seat(NamedTuple):
    """An extension's leg in a call and whom it hears: what changes whenever somebody's screen has to."""

    extension: str
    state: AgentState
    leg: str
    since: int
    hears: tuple[str, ...]


class AgentNow(msgspec.Struct, frozen=True):
    """An extension in a call, as its card shows it; `since` is µs.

    `other` is the other party: a number in E.164 outside, an extension inside, empty where it is hidden. `line` is our
    number that was dialled, for incoming calls only; `queue` the one he is, or was, called by.
    """

    extension: str
    state: AgentState
    leg: str
    since: int
    other: str
    other_name: str
    line: str
    queue: str


def seats_of(call: Call) -> tuple[Seat, ...]:
    """Who sits where, by extension; nobody in a call that is over or went on in another."""
    if call.merge is not None:
        return ()
    here = [leg for leg in call.legs.values() if leg.ended_at is None and leg.extension]
    if not here:
        return ()
    hears = {leg: group for group in groups_now(call.legs) for leg in group}
    best: dict[str, Seat] = {}
    for leg in here:
        seat = _seat(call, leg, hears.get(leg.id, ()))
        if seat is not None and (seat.extension not in best or _weight(seat) > _weight(best[seat.extension])):
            best[seat.extension] = seat
    return tuple(best[extension] for extension in sorted(best))


def consults_of(call: Call) -> dict[str, int]:
    """The linkedids of the consultations that may have become a part of `call`, each with when."""
    return {transfer.consult: transfer.at for transfer in call.transfers if transfer.consult}


def with_consults(call: Call, consults: Iterable[Call]) -> Call:
    """`call` with the parties of the consultations that became a part of it.

    Asterisk tells what their channels do under the old call's name until they meet somebody of the new one: of a blonde
    transfer the ringing itself is heard only there. Whoever asked for advice (the consultation's first leg) stays out.
    """
    legs = dict(call.legs)
    for consult in consults:
        if consult.merge is not None and consult.merge.into == call.linkedid:
            told = {one.id: one for one in consult.legs.values() if one.id != consult.linkedid and not one.is_machine}
            legs |= {key: _told_twice(leg, legs[key]) if key in legs else leg for key, leg in told.items()}
    return replace(call, legs=legs)


def agents_now(call: Call, seats: Sequence[Seat], summary: Summary) -> tuple[AgentNow, ...]:
    """What the card of each of `seats` shows of the call."""
    return tuple(_shown(call, seat, summary) for seat in seats)


def _told_twice(old: Leg, new: Leg) -> Leg:
    """A leg as the consultation knew it, and as the call it went into has told it since."""
    return replace(
        new,
        channel=new.channel or old.channel,
        number=new.number or old.number,
        name=new.name or old.name,
        dialed=new.dialed or old.dialed,
        dial_status=new.dial_status or old.dial_status,
        ringing_at=old.ringing_at or new.ringing_at,
        up_at=old.up_at or new.up_at,
        presences=new.presences or old.presences,
        hangup_asked_at=new.hangup_asked_at or old.hangup_asked_at,
        ended_at=new.ended_at or old.ended_at,
    )


def _seat(call: Call, leg: Leg, hears: tuple[str, ...]) -> Seat | None:
    if leg.presences:
        if leg.presences[-1].until is not None:
            return None  # he has left it: passed on, or about to hang up
        others = tuple(one for one in hears if one != leg.id)
        return Seat(leg.extension, AgentState.TALKING, leg.id, leg.presences[0].since, others)
    if leg.seat and leg.up_at is not None and _calls_somebody(call, leg):
        return Seat(leg.extension, AgentState.CALLING, leg.id, leg.up_at, ())
    if _is_rung(leg):
        return _rung(leg)
    if leg.hangup_asked_at is None and _calls_somebody(call, leg):
        return Seat(leg.extension, AgentState.CALLING, leg.id, leg.seen_at, ())
    return None


def _rung(leg: Leg) -> Seat | None:
    """A telephone that was rung and has met nobody yet; a mobile is asked for a 1 first, or a voicemail answered it."""
    if leg.up_at is not None and not leg.seat:
        return Seat(leg.extension, AgentState.TALKING, leg.id, leg.up_at, ())
    at = leg.ringing_at or leg.progress_at
    if at is None or leg.hangup_asked_at is not None or leg.dial_status not in {"", "ANSWER"}:
        return None
    return Seat(leg.extension, AgentState.RINGING, leg.id, at, ())


def _is_rung(leg: Leg) -> bool:
    return leg.dialed or (leg.ringing_at is not None and leg.exten in {"", NO_PHONE})


def _calls_somebody(call: Call, leg: Leg) -> bool:
    """Whether somebody is called for `leg`, or a queue keeps it: a feature code alone calls nobody."""
    if any(visit.leg == leg.id and visit.until is None for visit in call.queues):
        return True
    return any(one.dialed_by == leg.id and one.ended_at is None for one in call.legs.values())


def _weight(seat: Seat) -> tuple[int, int]:
    """The later state first, then who has been in it longer."""
    return list(AgentState).index(seat.state), -seat.since


def _shown(call: Call, seat: Seat, summary: Summary) -> AgentNow:
    other, name = (_told(text) for text in _other(call, seat, summary))
    return AgentNow(
        extension=seat.extension,
        state=seat.state,
        leg=seat.leg,
        since=seat.since,
        other=other,
        other_name="" if name == other else name,
        line=summary.dialled if summary.direction is Direction.IN else "",
        queue=_queue(call, seat),
    )


def _other(call: Call, seat: Seat, summary: Summary) -> tuple[str, str]:
    """Whom he hears, an outside party first; before he does, who calls him or whom he calls."""
    heard = sorted((call.legs[one] for one in seat.hears), key=lambda leg: leg.extension != "")
    if heard:
        return _party(heard[0], summary)
    if summary.direction is Direction.INTERNAL:
        caller = call.legs.get(summary.caller_leg)
        if caller is not None and caller.extension != seat.extension:
            return summary.caller, summary.caller_name
        return summary.dialled, ""
    return summary.client or (summary.caller if summary.direction is Direction.IN else summary.dialled), (
        summary.caller_name if summary.direction is Direction.IN else ""
    )


def _party(leg: Leg, summary: Summary) -> tuple[str, str]:
    if leg.id == summary.caller_leg:
        return summary.caller, summary.caller_name
    if leg.extension:
        return leg.extension, leg.name
    if summary.direction is Direction.OUT:
        return summary.client or spelled(leg.number), leg.name
    return spelled(leg.number), leg.name


def _told(text: str) -> str:
    """What a PBX writes for a hidden number is no name of anybody."""
    return "" if parse(text) is NamedKind.ANONYMOUS else text


def _queue(call: Call, seat: Seat) -> str:
    """The queue that offered him the call; where its members have other names, the one the caller waits in."""
    for offer in reversed(call.offers):
        if offer.took is not False and member_extension(offer.agent) == seat.extension:
            return offer.queue
    waits = [visit.queue for visit in call.queues if visit.until is None]
    return waits[-1] if waits and seat.state is AgentState.RINGING else ""
