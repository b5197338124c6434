"""What a hosted PBX's history adds to what its webhooks told. No I/O here."""

from collections.abc import Sequence

from trunkline.calls import what as w
from trunkline.calls.advance import advance
from trunkline.calls.call import Call
from trunkline.calls.events import Event, Source


def missing_in(call: Call, fresh: Sequence[Event], found: frozenset[bytes]) -> list[Event]:
    """`fresh`, without the steps `found` in a history of a call that webhooks told whole.

    Whether they did is asked of the call they make: an end may be one telephone's alone, or be meant for nobody while a
    colleague talks. A talk the history knows of, and webhooks do not, is missing whatever end they told.
    """
    heard = [event for event in fresh if event.step_id not in found]
    if len(heard) == len(fresh):
        return heard
    told = (step for step in (*call.steps, *heard) if step.source is Source.LIVE)
    lived = advance(Call(call.pbx, call.linkedid), *sorted(told, key=lambda step: step.order))
    talked = any(leg.presences for leg in lived.legs.values())
    talk_is_found = any(
        isinstance(event.what, w.Settled) and event.what.to for event in fresh if event.step_id in found
    )
    return heard if lived.begun and lived.is_over and (talked or not talk_is_found) else [*fresh]
