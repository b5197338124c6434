"""`advance(call, event)`: a call after one more event, whatever the order and however often it comes. No I/O here.

A call holds its steps as an ordered set, and everything else it says is a fold over that set: any order of arrival and
any repeats give the same call. Steps that arrive in order (nearly all do) are folded on top of what is there.
"""

from bisect import bisect_left
from collections.abc import Iterable

import msgspec

from trunkline.calls.call import Call
from trunkline.calls.echoes import without_echoes
from trunkline.calls.events import Event, Source
from trunkline.calls.fold import fold


def advance(call: Call, *events: Event) -> Call:
    """`call` after `events`, whatever their order and whichever of them it knows already."""
    if call.has_ledger or any(event.source is Source.LEDGER for event in events) or not _follow(call, events):
        return _refolded(call, events)
    for event in events:
        call = fold(msgspec.structs.replace(call, steps=(*call.steps, event)), event)
    return call


def _follow(call: Call, events: Iterable[Event]) -> bool:
    """Whether `events` come in order and after all the call knows."""
    last = call.steps[-1].order if call.steps else None
    for event in events:
        if last is not None and event.order <= last:
            return False
        last = event.order
    return True


def _order(event: Event) -> tuple[int, int, bytes]:
    return event.order


def _refolded(call: Call, events: Iterable[Event]) -> Call:
    """The fold over the union of the call's steps and `events`, from the beginning."""
    steps = list(call.steps)
    for event in events:
        place = bisect_left(steps, event.order, key=_order)
        if place == len(steps) or steps[place].order != event.order:
            steps.insert(place, event)
    if len(steps) == len(call.steps):
        return call
    has_ledger = any(step.source is Source.LEDGER for step in steps)
    told = without_echoes(steps) if has_ledger else steps
    fresh = Call(call.pbx, call.linkedid, tuple(steps), has_ledger=has_ledger)
    for event in told:
        fresh = fold(fresh, event)
    return fresh
