"""Visits and explained calls as programs read them, newest first, a page at a time."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from trunkline.calls.attribution import Other, ToldBy
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.ids import lowest_id
from trunkline.people.identity import Reach
from trunkline.reports.days import Days

_SQL: Final = load_queries("calltracking.agencies")
# An id carries the second its call's channel was made, some seconds before its first event at most.
_SLACK: Final = timedelta(seconds=60)


class VisitRow(msgspec.Struct, frozen=True):
    """A visit of a site; `region` is a subject of Russia by its code, elsewhere a code of ISO 3166-2."""

    id: UUID
    visitor: UUID
    site_id: UUID
    site: str | None
    started_at: datetime
    seen_at: datetime
    landing: str
    referrer: str
    consent: str
    country: str
    region: str
    city: str
    ym: str
    ga: str
    channel: str
    source: str
    medium: str
    campaign: str
    term: str
    content: str


class CallOfVisit(msgspec.Struct, frozen=True):
    """A call, and which visit or number explains it."""

    call_id: UUID
    direction: str
    client: str
    dialled: str
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    outcome: str
    missed_why: str | None
    wait_seconds: float
    talk_seconds: float
    told_by: ToldBy
    confidence: float
    visit_id: UUID | None
    visitor: UUID | None
    site: str
    channel: str
    source: str
    medium: str
    campaign: str
    term: str
    landing: str
    reasons: tuple[str, ...]
    others: tuple[Other, ...]


async def list_visits(
    connection: Connection, days: Days, after: UUID | None, site: UUID | None, limit: int
) -> list[VisitRow]:
    """Those that began in these days."""
    window = lowest_id(days.since), lowest_id(days.until)
    return [VisitRow(**dict(row)) for row in await connection.fetch(_SQL["list_visits"], *window, after, site, limit)]


async def list_attributions(
    connection: Connection, days: Days, after: UUID | None, site: UUID | None, sure: float, reach: Reach, limit: int
) -> list[CallOfVisit]:
    """Explained calls of these days within `reach`."""
    name: str | None = await connection.fetchval(_SQL["site_name"], site) if site else None
    if site and name is None:
        return []
    window = days.since, days.until, lowest_id(days.since - _SLACK), lowest_id(days.until)
    scope = reach.person, reach.departments, reach.lines
    rows = await connection.fetch(_SQL["list_attributions"], *window, after, sure, name, *scope, limit)
    return [msgspec.convert(dict(row), CallOfVisit, strict=False) for row in rows]
