"""The rows a proof is added up from, within the reader's reach."""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import msgspec

from calltracking.proof.proof import Deals, Group, Proof, Visits, proof_of
from calltracking.results.rolling import hurry
from calltracking.results.store import seen_of
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.ids import lowest_id
from trunkline.people.identity import Reach
from trunkline.reports.days import Days

SQL: Final = load_queries("calltracking.proof")
_LOOKS_BACK: Final = timedelta(days=8)
"""Visits and leases that explain a call are at most a week older; a day to spare."""
_SPARE: Final = timedelta(hours=1)


class ProvenSite(msgspec.Struct, frozen=True):
    """A site one may ask about, and by what rules it counts."""

    id: UUID
    key: str
    name: str
    hosts: list[str]
    target_seconds: int
    unique_days: int
    campaign_days: int


async def sites_seen(connection: Connection, reach: Reach) -> list[ProvenSite]:
    """The sites a reader may ask about: who sees some lines, those that have only these."""
    seen = await seen_of(connection, reach)
    sites = None if reach.lines is None else seen.sites
    return [msgspec.convert(dict(row), ProvenSite) for row in await connection.fetch(SQL["sites"], sites)]


async def read_proof(connection: Connection, site: ProvenSite, days: Days, reach: Reach) -> Proof:
    """What calls to the site's numbers came to."""
    await hurry(connection)
    repeat = timedelta(days=site.unique_days)
    rows = await connection.fetch(
        SQL["calls"],
        *(site.id, days.first, days.after, days.zone.key),
        *(lowest_id(days.since - repeat - _SPARE), lowest_id(days.until), lowest_id(days.since - _LOOKS_BACK)),
        *(reach.person, reach.departments, reach.lines, site.target_seconds * 1000, repeat),
    )
    return proof_of(Group(**row) for row in rows)


async def read_visits(connection: Connection, site: UUID, days: Days) -> Visits:
    """The site's visits, and how many were leased a number."""
    row: Any = await connection.fetchrow(
        SQL["visits"], site, days.since, days.until, lowest_id(days.since), lowest_id(days.until)
    )
    return Visits(**row)


async def read_deals(connection: Connection, site: ProvenSite, days: Days) -> Deals:
    """The company's deals of these days, and what led to each."""
    since, until, back = days.since, days.until, timedelta(days=site.campaign_days)
    rows = await connection.fetch(
        SQL["deals"], since, until, lowest_id(since - back - _SPARE), lowest_id(until + _SPARE), site.name, back
    )
    return Deals({row["state"]: row["deals"] for row in rows})
