"""Which hosted PBXs we know: by the name that stands in the address of their hooks. No I/O here."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from msgspec.structs import replace

from trunkline.calls.events import Event, Source, encode_what
from trunkline.calls.what import Settled
from trunkline.ids import call_uuid, carries_time, time_of
from trunkline.pbx import beeline, exolve, mango, megafon, mts, onlinepbx, sipuni, telphin, uis, zadarma
from trunkline.pbx.hooks.commanding import Commanding
from trunkline.pbx.hooks.histories import HISTORIES
from trunkline.pbx.hooks.history import HostedRecording
from trunkline.pbx.hooks.port import Provider, Verdict
from trunkline.pbx.hooks.record import FOUND, HookRecord

_ALL: Final[tuple[Provider, ...]] = (
    zadarma.PROVIDER,
    uis.PROVIDER,
    onlinepbx.PROVIDER,
    sipuni.PROVIDER,
    telphin.PROVIDER,
    megafon.PROVIDER,
    mts.PROVIDER,
    exolve.PROVIDER,
    mango.PROVIDER,
    beeline.PROVIDER,
)
_COMMANDING: Final[tuple[Commanding, ...]] = (mango.PROVIDER,)

PROVIDERS: Final[Mapping[str, Provider]] = MappingProxyType({one.name: one for one in _ALL})
COMMANDING: Final[Mapping[str, Commanding]] = MappingProxyType({one.name: one for one in _COMMANDING})
"""Those of the routing shape COMMAND."""

_LONGEST_NAME: Final = 300
_LONGEST_WHAT: Final = 4_000
_NUL: Final = rb"\u0000"
_FURTHEST: Final = 31 * 86_400_000_000
"""µs between when a step was and when it was told: no call is longer, and a year 9999 has no place to be kept."""


def told_by(record: HookRecord) -> Sequence[Event]:
    """What a spooled hook, or a call of a history, tells; nothing of what was refused, or of a provider that is gone.

    What no row can hold is left out: one such step would stop the batch it is in, and all after it, for good.
    """
    if record.verdict == FOUND:
        history = HISTORIES.get(record.provider)
        found = history.events(record) if history else ()
        kept = (event for event in found if _can_be_kept(event, record.received))
        return tuple(replace(event, source=Source.LEDGER) for event in kept)
    provider = PROVIDERS.get(record.provider)
    if provider is None or record.verdict != Verdict.FITS.value:
        return ()
    return tuple(event for event in provider.events(record) if _can_be_kept(event, record.received))


def recordings_of(record: HookRecord) -> Sequence[HostedRecording]:
    """The recordings it tells of; none where it was refused."""
    history = HISTORIES.get(record.provider)
    if history is None or record.verdict not in (FOUND, Verdict.FITS.value):
        return ()
    told = history.recordings(record)
    return tuple(one for one in told if _is_near(one.call, record.received) and _can_be_named(one.call, one.leg))


def _can_be_named(*names: str) -> bool:
    return all(0 < len(name) <= _LONGEST_NAME and name.isprintable() for name in names)


def _can_be_kept(event: Event, received: int) -> bool:
    names = (event.linkedid, event.leg, event.channel)
    told = encode_what(event.what)
    return (
        _is_near(event.linkedid, received)
        and all(len(name) <= _LONGEST_NAME and "\0" not in name for name in names)
        and len(told) <= _LONGEST_WHAT
        and _NUL not in told
        and all(abs(at - received) <= _FURTHEST for at in _times_in(event))
    )


def _is_near(linkedid: str, received: int) -> bool:
    """Whether an id that carries a time carries one of now: it says which month's partitions the call lies in."""
    if not carries_time(linkedid):
        return True
    return abs(time_of(call_uuid("", linkedid, 0.0)) * 1e6 - received) <= _FURTHEST


def _times_in(event: Event) -> Sequence[int]:
    """Those that a row of its call may be given."""
    match event.what:
        case Settled(until=until, since=since, to=to):
            return (event.at, until, since) if to else (event.at, until)
        case _:
            return (event.at,)
