"""What news of a PBX's link means for its calls: gaps, and calls that ended unheard."""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Final

from msgspec.structs import replace

from trunkline.calls import store
from trunkline.calls.detail import moment
from trunkline.calls.events import Event, Source
from trunkline.calls.what import AnyWhat, GapFilled, GapSeen, Vanished
from trunkline.db.types import Connection
from trunkline.ids import uuid7
from trunkline.pbx.ports import Gap, LinkRecord, Resynced, Unheard

_LONGEST_CALL = 86_400.0
"""Seconds before a gap in which a call it may have cut can have begun."""

_LOWEST = bytes(10)
MOST_UNHEARD: Final = 200
"""Calls that one record ends; the next look finds the rest."""


async def events_of_link(connection: Connection, record: LinkRecord) -> Sequence[Event]:
    """The events that `record` adds to calls as they are stored."""
    match record:
        case Gap():
            return await _cut(connection, record)
        case Resynced():
            return await _vanished(connection, record)
        case Unheard():
            return await _unheard(connection, record)
    return ()


async def _cut(connection: Connection, gap: Gap) -> list[Event]:
    """Keep the gap; every call that lived in it gets it marked, as filled where the PBX's journal was read."""
    span = moment(int(gap.since * 1e6)), moment(int(max(gap.since, gap.until) * 1e6))
    await connection.execute(store.SQL["keep_gap"], gap.pbx, *span, gap.cause, gap.rows is not None)
    rows = await connection.fetch(
        store.SQL["calls_during"],
        gap.pbx,
        uuid7(gap.since - _LONGEST_CALL, _LOWEST),
        uuid7(gap.until, _LOWEST),
        moment(int(gap.since * 1e6)),
    )
    kinds: list[AnyWhat] = [GapSeen(since=int(gap.since * 1e6))]
    if gap.rows is not None:
        kinds.append(GapFilled(since=int(gap.since * 1e6)))
    return [_ours(gap.pbx, row["linkedid"], "", gap.until, kind) for row in rows for kind in kinds]


async def _vanished(connection: Connection, resync: Resynced) -> list[Event]:
    """Legs of open calls that the PBX knew no more when it was asked."""
    rows = await connection.fetch(store.SQL["open_calls"], resync.pbx, uuid7(resync.stamp, _LOWEST))
    keys = {(resync.pbx, row["linkedid"]): row["id"] for row in rows}
    alive = {leg.uniqueid for leg in resync.legs}
    asked_at = int(resync.stamp * 1e6)
    return [
        _ours(resync.pbx, linkedid, leg.id, resync.stamp, Vanished())
        for (_, linkedid), call in (await store.load_calls(connection, keys)).items()
        for leg in call.legs.values()
        if leg.ended_at is None and leg.id not in alive and leg.seen_at < asked_at
    ]


async def _unheard(connection: Connection, unheard: Unheard) -> list[Event]:
    """Each call is over right after the last that was heard of it: a talk is not made longer than anybody told."""
    since = moment(int(unheard.since * 1e6))
    bounds = (uuid7(unheard.since, _LOWEST), since, MOST_UNHEARD)
    rows = await connection.fetch(store.SQL["unheard_calls"], unheard.pbx, *bounds)
    calls = await store.load_calls(connection, {(unheard.pbx, row["linkedid"]): row["id"] for row in rows})
    return [
        replace(_ours(call.pbx, call.linkedid, "", call.steps[-1].at / 1e6, Vanished()), at=call.steps[-1].at + 1)
        for call in calls.values()
        if call.steps
    ]


def _ours(pbx: str, linkedid: str, leg: str, at: float, what: AnyWhat) -> Event:
    name = f"{pbx}|{linkedid}|{leg}|{at:.6f}|{type(what).__name__}"
    step_id = blake2b(name.encode(), digest_size=8).digest()
    return Event(pbx, linkedid, leg, "", int(at * 1e6), step_id, Source.OURS, what)
