"""Who waited in which queue of a call, since when, and what came of it. No I/O here."""

from enum import StrEnum

import msgspec

from trunkline.calls.call import Call, QueueVisit
from trunkline.calls.leg import Leg
from trunkline.calls.phone import NamedKind, parse
from trunkline.calls.summary import spelled

_A_SECOND = 1_000_000  # µs


class WaitEnd(StrEnum):
    """What a visit to a queue came to."""

    ANSWERED = "answered"
    """An agent whom the queue rang took the call."""
    ABANDONED = "abandoned"
    """The caller hung up."""
    LEFT = "left"
    """Neither: his time there was over, he was picked up elsewhere, or the call went on in another."""


class Wait(msgspec.Struct, frozen=True):
    """One visit of one leg to `queue`; times in µs, `until` and `end` are None while it waits.

    `caller` is a number in E.164 outside, an extension inside, empty where it is hidden.
    """

    queue: str
    caller: str
    caller_name: str
    since: int
    until: int | None = None
    end: WaitEnd | None = None


def waits_of(call: Call) -> tuple[Wait, ...]:
    """The visits of `call` to queues, in their order."""
    return tuple(_wait(call, place, visit) for place, visit in enumerate(call.queues))


def _wait(call: Call, place: int, visit: QueueVisit) -> Wait:
    leg = call.legs.get(visit.leg)
    until = _until(call, visit, leg)
    caller, name = _caller(leg)
    return Wait(
        queue=visit.queue,
        caller=caller,
        caller_name="" if name == caller else name,
        since=visit.since,
        until=until,
        end=None if until is None else _end(call, place, leg, until),
    )


def _until(call: Call, visit: QueueVisit, leg: Leg | None) -> int | None:
    """When it ended: as the queue said or, where that was not heard, when its leg met somebody or ended."""
    if visit.until is not None:
        return visit.until
    ends = [call.merge.at] if call.merge is not None else []
    if leg is not None:
        ends += [one.since for one in leg.presences if one.since >= visit.since][:1]
        ends += [leg.ended_at] if leg.ended_at is not None else []
    return min(ends, default=None)


def _end(call: Call, place: int, leg: Leg | None, until: int) -> WaitEnd:
    visit = call.queues[place]
    again = next((later.since for later in call.queues[place + 1 :] if later.queue == visit.queue), None)
    for offer in call.offers:
        taken = offer.queue == visit.queue and offer.took and offer.until is not None
        if taken and offer.at >= visit.since and (again is None or offer.at < again):
            return WaitEnd.ANSWERED
    return WaitEnd.ABANDONED if leg is not None and _hung_up(leg, until) else WaitEnd.LEFT


def _hung_up(leg: Leg, until: int) -> bool:
    """Whether the caller was on his way out when the wait ended: a queue says "abandoned" of its own time-out, too."""
    asked = leg.hangup_asked_at
    if asked is None and leg.ended_by and leg.ended_by == leg.channel:
        asked = leg.ended_at
    return asked is not None and asked <= until + _A_SECOND


def _caller(leg: Leg | None) -> tuple[str, str]:
    if leg is None:
        return "", ""
    number = leg.extension or spelled(leg.number)
    known = [text if parse(text) is not NamedKind.ANONYMOUS else "" for text in (number, leg.name)]
    return known[0], known[1]
