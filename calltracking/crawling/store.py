"""What crawls found, in the database: judged by what the numbers are on that day, and an alarm for a pool's."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from calltracking.crawling.crawl import Crawled
from trunkline.alarms.alarm import Severity, clear_alarm, raise_alarm
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.errors import NotFound
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark

SQL: Final = load_queries("calltracking.crawling")
HELD: Final = timedelta(minutes=30)
"""More than any crawl takes."""
_ALARM: Final = mark("Pages of the site %(site)s hold a number of a pool in their source, e.g. %(page)s: %(number)s")
_LONGEST_FAULT: Final = 100


@dataclass(frozen=True, slots=True)
class Due:
    """A site whose turn it is."""

    site: UUID
    name: str
    hosts: tuple[str, ...]
    begun_at: datetime


@dataclass(frozen=True, slots=True)
class Crawl:
    """How a site was read last, and when it is next."""

    next_at: datetime
    begun_at: datetime | None
    ended_at: datetime | None
    held_until: datetime | None
    pages: int
    unread: int
    cut: str
    fault: str
    trackers: tuple[str, ...] = ()

    def is_on(self, now: datetime) -> bool:
        """Whether it is being read."""
        return self.held_until is not None and self.held_until > now


@dataclass(frozen=True, slots=True)
class Finding:
    """A number that should not stand in the source of pages."""

    number: str
    kind: str
    pages: tuple[str, ...]
    page_count: int
    first_at: datetime
    last_at: datetime
    accepted_at: datetime | None


async def claim(connection: Connection, now: datetime, night: datetime) -> Due | None:
    """The site whose turn it is, held by this node; new ones have theirs at `night`."""
    await connection.execute(SQL["enrol"], night)
    row = await connection.fetchrow(SQL["claim"], now, now + HELD)
    return Due(row["site_id"], row["name"], tuple(row["hosts"]), now) if row else None


async def keep(
    connection: Connection, due: Due, crawled: Crawled, today: date, now: datetime, next_at: datetime
) -> None:
    """What the crawl found, inside a transaction; nothing where another node followed this one."""
    if await connection.fetchval(SQL["hold"], due.site, due.begun_at) is None:
        return
    rows = await connection.fetch(SQL["judged"], list(crawled.phones), due.site, today)
    kinds: Mapping[str, str] = {row["number"]: row["kind"] for row in rows if row["kind"]}
    for number, kind in sorted(kinds.items()):
        told: tuple[Any, ...] = kind, crawled.phones[number], crawled.counts[number], now
        await connection.execute(SQL["keep"], due.site, number, *told)
    await connection.execute(SQL["forget"], due.site, now, crawled.whole, crawled.seen)
    fault = crawled.fault[:_LONGEST_FAULT]
    told = crawled.pages, crawled.unread, crawled.cut, fault, sorted(crawled.trackers), crawled.whole
    await connection.execute(SQL["ended"], due.site, now, next_at, *told)
    await _ring(connection, due)


async def crawl_of(connection: Connection, site: UUID) -> Crawl | None:
    """How a site was read; None where its first night is to come."""
    row = await connection.fetchrow(SQL["find_crawl"], site)
    return Crawl(**dict(row) | {"trackers": tuple(row["trackers"])}) if row else None


async def findings_of(connection: Connection, site: UUID) -> list[Finding]:
    """What should not stand on a site's pages, pools' numbers first."""
    rows = await connection.fetch(SQL["findings"], site)
    return [Finding(**dict(row) | {"pages": tuple(row["pages"])}) for row in rows]


async def look_now(connection: Connection, site: UUID, now: datetime) -> bool:
    """Have a site read at once; False where it is being read, or was a minute ago."""
    return await connection.fetchval(SQL["look_now"], site, now) is not None


async def accept(connection: Connection, site: UUID, number: str, at: datetime | None) -> None:
    """Somebody says that a number is right there, or (None) that it is not; raises NotFound."""
    if await connection.fetchval(SQL["accept"], site, number, at) is None:
        raise NotFound(_("There is no such number on the pages of this site."))


async def marked_sites(connection: Connection) -> set[UUID]:
    """Those whose pages show a pool's number to everybody."""
    return {row["site_id"] for row in await connection.fetch(SQL["marked"])}


async def _ring(connection: Connection, due: Due) -> None:
    key = f"site.pool_number:{due.site}"
    pools = [one for one in await findings_of(connection, due.site) if one.kind == "pool"]
    if not pools:
        await clear_alarm(connection, key)
        return
    facts = {"site": due.name, "page": pools[0].pages[0], "number": pools[0].number}
    await raise_alarm(connection, key, Severity.WARNING, _ALARM, facts)
