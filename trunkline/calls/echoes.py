"""Which of the journal's steps the live stream has told already. No I/O here.

The PBX writes one happening to its event stream and to its journal with times some milliseconds apart. What may happen
several times to one leg (entering and leaving a bridge, a queue, a transfer) must not be counted twice.
"""

from collections.abc import Sequence

from trunkline.calls.events import Event, Source
from trunkline.calls.what import Joined, Left, Queued, QueueLeft, Transferred

TOLERANCE = 2_000_000
"""µs between the two records of one happening: the journal is written at once, events wait in the PBX's queues."""

_Key = tuple[type, str, str]


def without_echoes(steps: Sequence[Event]) -> list[Event]:
    """`steps` without those of the journal that have a live twin within the tolerance; each twin answers for one."""
    live: dict[_Key, list[int]] = {}
    for step in steps:
        if step.source is Source.LIVE and (key := _key(step)):
            live.setdefault(key, []).append(step.at)
    return [step for step in steps if not _is_echo(step, live)]


def _is_echo(step: Event, live: dict[_Key, list[int]]) -> bool:
    if step.source is not Source.LEDGER or not (key := _key(step)) or not (times := live.get(key)):
        return False
    nearest = min(times, key=lambda at: abs(at - step.at))
    if abs(nearest - step.at) > TOLERANCE:
        return False
    times.remove(nearest)
    return True


def _key(step: Event) -> _Key | None:
    """What a twin has in common, for kinds that may repeat; None for those that are harmless to hear twice."""
    match step.what:
        case Joined(bridge=where) | Left(bridge=where) | Queued(queue=where) | QueueLeft(queue=where):
            return type(step.what), step.leg, where
        case Transferred(how=how):
            return Transferred, step.leg, how
        case _:
            return None
