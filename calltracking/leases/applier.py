"""Visits, beats and taps as rows: applied from the spool by the writer."""

from collections.abc import Mapping, Sequence
from typing import Final, TypeVar
from uuid import UUID

import msgspec
from redis.asyncio import Redis

from calltracking.channels.reading import read_source
from calltracking.leases.proposals import RowProposals, ValkeyProposals, utc
from calltracking.leases.wire import BeatRecord, TapRecord, VisitRecord
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection, Pool
from trunkline.spool import Kind, Record
from trunkline.writer import Applied, Reject

_SQL: Final = load_queries("calltracking.leases")
ABSENT: Final = "absent"
"""None of the site's numbers was found on a page: told of a visit, until another page of it has one."""
T = TypeVar("T")


class VisitApplier:
    """Applies records of the kinds VISIT, BEAT and TAP; one that comes again changes nothing."""

    kinds: Final = frozenset({int(Kind.VISIT), int(Kind.BEAT), int(Kind.TAP)})

    def __init__(self, redis: Redis, connections: Pool) -> None:
        self._proposals = ValkeyProposals(redis, RowProposals(connections))

    async def apply(self, connection: Connection, records: Sequence[Record]) -> Applied:
        """Write all of one kind, in the writer's transaction."""
        match records[0].kind:
            case Kind.VISIT:
                visits, rejects = _decoded(records, VisitRecord)
                await _keep_visits(connection, visits)
            case Kind.BEAT:
                beats, rejects = _decoded(records, BeatRecord)
                await self._beat(connection, beats)
            case _:
                taps, rejects = _decoded(records, TapRecord)
                await _keep_taps(connection, taps)
        return Applied(rejects)

    async def _beat(self, connection: Connection, beats: Sequence[BeatRecord]) -> None:
        seen: dict[UUID, BeatRecord] = {}
        for one in beats:
            if one.visit not in seen or one.at > seen[one.visit].at:
                seen[one.visit] = one
        told = sorted(seen.values(), key=lambda one: one.visit)
        if told:
            await connection.execute(_SQL["see_visits"], [one.visit for one in told], [utc(one.at) for one in told])
        await _keep_clashes(connection, beats)
        extends = [one for one in beats if one.seconds]
        if not extends:
            return
        rows = await connection.fetch(
            _SQL["beat"],
            [one.visitor for one in extends],
            [utc(one.at) for one in extends],
            [one.said_at for one in extends],
            [one.seconds for one in extends],
            [one.leaves for one in extends],
        )
        # Before the commit, and without waiting for it: what is proposed too early or late costs a try.
        await self._proposals.release([(row["pool_id"], row["number"], row["seen_until"]) for row in rows])

    def rounds(self, records: Sequence[Record]) -> int:
        """One statement locks in order."""
        return 1 if records else 0

    def forget(self) -> None:
        """Nothing is remembered."""


def _decoded(records: Sequence[Record], kind: type[T]) -> tuple[list[T], list[Reject]]:
    found, rejects = [], []
    for record in records:
        try:
            found.append(msgspec.msgpack.decode(record.payload, type=kind))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            rejects.append(Reject(record, str(error)))
    return found, rejects


async def _keep_clashes(connection: Connection, told: Sequence[BeatRecord | VisitRecord]) -> None:
    clashes = {(one.site, one.clash): one.at for one in told if one.clash and one.clash != ABSENT and one.site}
    if clashes:
        sites, kinds = zip(*clashes, strict=True)
        await connection.execute(_SQL["keep_clashes"], sites, kinds, [utc(at) for at in clashes.values()])


async def _keep_visits(connection: Connection, visits: Sequence[VisitRecord]) -> None:
    if not visits:
        return
    first: dict[object, VisitRecord] = {}
    last: dict[object, VisitRecord] = {}
    found = {one.visit for one in visits if one.clash != ABSENT}
    for one in visits:
        first.setdefault(one.visit, one)
        last[one.visit] = one
    kept = sorted(first.values(), key=lambda one: one.visit)
    rows = await connection.fetch(_SQL["hosts_of"], list({one.site for one in kept}))
    hosts = {row["id"]: row["hosts"] for row in rows}
    await connection.execute(
        _SQL["keep_visits"],
        [one.visit for one in kept],
        [one.visitor for one in kept],
        [one.site for one in kept],
        [utc(one.at) for one in kept],
        [utc(last[one.visit].at) for one in kept],
        [one.landing for one in kept],
        [one.referrer for one in kept],
        [one.agent for one in kept],
        [one.consent for one in kept],
        [last[one.visit].ym or one.ym for one in kept],
        [last[one.visit].ga or one.ga for one in kept],
        [one.skew_ms for one in kept],
        [last[one.visit].ga_sessions or one.ga_sessions for one in kept],
        *([getattr(one, name) for one in kept] for name in ("country", "region", "city")),
        [one.visit not in found for one in kept],
        *_sources(kept, hosts),
    )
    await _keep_clashes(connection, visits)


def _sources(visits: Sequence[VisitRecord], hosts: Mapping[UUID, Sequence[str]]) -> list[list[str]]:
    """Channel, source, medium, campaign, term and content of each, as its first page tells them; `hosts` by site."""
    read = [read_source(one.landing, one.referrer, hosts.get(one.site, ())) for one in visits]
    names = ("channel", "source", "medium", "campaign", "term", "content")
    return [[str(getattr(one, name)) for one in read] for name in names]


async def _keep_taps(connection: Connection, taps: Sequence[TapRecord]) -> None:
    if taps:
        await connection.execute(
            _SQL["keep_taps"],
            [one.id for one in taps],
            [one.visit for one in taps],
            [one.site for one in taps],
            [one.placement for one in taps],
            [one.number for one in taps],
            [utc(one.at) for one in taps],
        )
