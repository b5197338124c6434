"""Sites, pools and what numbers tell, in the database; every change is in the audit log.

`now` is by the company's clock: its date is the day from which, or until which, a number tells something.
"""

import secrets
import string
import time
from datetime import date, datetime
from typing import Final
from uuid import UUID

import asyncpg
import msgspec

from calltracking.sites.site import (
    PlacementFields,
    PoolFields,
    PoolRow,
    SiteFields,
    SiteRow,
    ToldFields,
    ToldRow,
    checked_placement,
    checked_pool,
    checked_site,
    checked_told,
)
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.errors import InvalidInput, Mistake, NotFound
from trunkline.ids import uuid7
from trunkline.lines.life import LifeState
from trunkline.people.audit import Actor, Deed, record
from trunkline.web.i18n import gettext as _

_SQL: Final = load_queries("calltracking.sites", "rows.sql")

_KEY_LETTERS: Final = string.ascii_lowercase + string.digits


async def list_sites(connection: Connection, site: UUID | None = None) -> list[SiteRow]:
    """Every site, or one; those in use first."""
    rows = await connection.fetch(_SQL["list_sites"], site)
    return [msgspec.convert(dict(row), SiteRow, str_keys=True) for row in rows]


async def find_site(connection: Connection, site: UUID) -> SiteRow:
    """One; raises NotFound."""
    for row in await list_sites(connection, site):
        return row
    raise NotFound(_("There is no such site."))


async def site_of_key(connection: Connection, key: str) -> SiteRow:
    """The site the script calls so; raises NotFound."""
    return await find_site(connection, await connection.fetchval(_SQL["site_of_key"], key) or UUID(int=0))


async def add_site(connection: Connection, site: SiteFields, actor: Actor, now: datetime) -> SiteRow:
    """A new site under a key of its own; raises InvalidInput."""
    site = checked_site(site)
    await _require_queue(connection, site.queue)
    identifier, key = uuid7(time.time()), "".join(secrets.choice(_KEY_LETTERS) for _ in range(12))
    await connection.execute(_SQL["add_site"], identifier, *_columns(site), key)
    await _note(connection, "site.added", "site", identifier, None, site, actor, now)
    return await find_site(connection, identifier)


async def change_site(connection: Connection, known: SiteRow, site: SiteFields, actor: Actor, now: datetime) -> SiteRow:
    """All of it but its key and placements; raises InvalidInput."""
    site = checked_site(site)
    await _require_queue(connection, site.queue)
    await connection.execute(_SQL["change_site"], known.id, *_columns(site))
    before = SiteFields(**{name: getattr(known, name) for name in SiteFields.__struct_fields__})
    await _note(connection, "site.changed", "site", known.id, before, site, actor, now)
    return await find_site(connection, known.id)


async def set_placement(
    connection: Connection, site: SiteRow, told: PlacementFields, actor: Actor, now: datetime
) -> SiteRow:
    """Add or change the placement of that name; raises InvalidInput."""
    told = checked_placement(told)
    await _require_line(connection, told.number)
    row = (uuid7(time.time()), site.id, told.name, told.number, list(told.selectors), told.pool)
    try:
        async with connection.transaction():
            await connection.execute(_SQL["set_placement"], *row)
    except asyncpg.ForeignKeyViolationError as error:
        raise InvalidInput(Mistake("pool", _("There is no such pool."))) from error
    before = next((one for one in site.placements if one.name == told.name), None)
    await _note(connection, "site.placement_set", "site", site.id, before, told, actor, now)
    return await find_site(connection, site.id)


async def remove_placement(connection: Connection, site: SiteRow, name: str, actor: Actor, now: datetime) -> None:
    """Its number is the page's own from then on; raises NotFound."""
    if await connection.fetchval(_SQL["remove_placement"], site.id, name) is None:
        raise NotFound(_("The site has no such placement."))
    before = next(one for one in site.placements if one.name == name)
    await _note(connection, "site.placement_removed", "site", site.id, before, None, actor, now)


async def list_pools(connection: Connection, today: date, pool: UUID | None = None) -> list[PoolRow]:
    """Every pool, or one, with its numbers of today."""
    return [msgspec.convert(dict(row), PoolRow) for row in await connection.fetch(_SQL["list_pools"], pool, today)]


async def find_pool(connection: Connection, today: date, pool: UUID) -> PoolRow:
    """One; raises NotFound."""
    for row in await list_pools(connection, today, pool):
        return row
    raise NotFound(_("There is no such pool."))


async def save_pool(
    connection: Connection, known: PoolRow | None, pool: PoolFields, actor: Actor, now: datetime
) -> PoolRow:
    """A new pool, or another name and city of a known one; raises InvalidInput."""
    pool = checked_pool(pool)
    await _require_queue(connection, pool.queue)
    identifier = known.id if known else uuid7(time.time())
    values = (pool.name, pool.city.strip(), pool.most_sharing, pool.queue, pool.late_minutes)
    try:
        async with connection.transaction():
            await connection.execute(_SQL["change_pool" if known else "add_pool"], identifier, *values)
    except asyncpg.UniqueViolationError as error:
        raise InvalidInput(Mistake("name", _("there is a pool of this name already"))) from error
    await _note(connection, "pool.changed" if known else "pool.added", "pool", identifier, None, pool, actor, now)
    return await find_pool(connection, now.date(), identifier)


async def list_told(
    connection: Connection, after: tuple[str, UUID] | None, limit: int, told: UUID | None = None
) -> list[ToldRow]:
    """What numbers tell, by number."""
    rows = await connection.fetch(_SQL["list_told"], told, *(after or (None, None)), limit)
    return [ToldRow(**dict(row)) for row in rows]


async def add_told(connection: Connection, told: ToldFields, actor: Actor, now: datetime) -> ToldRow:
    """A number tells something from a day on; raises InvalidInput, also where it tells another thing then."""
    told = checked_told(told, now.date())
    assert told.since is not None
    await _require_line(connection, told.number, told.until is None or told.until > now.date())
    if told.site is not None:
        await _require_placement(connection, told.site, told.placement)
    identifier = uuid7(time.time())
    columns = ("number", "since", "until", "pool", "site", "placement", "source", "channel", "campaign", "city", "note")
    try:
        async with connection.transaction():
            await connection.execute(_SQL["add_told"], identifier, *(getattr(told, name) for name in columns))
    except asyncpg.ExclusionViolationError as error:
        other = await connection.fetchrow(_SQL["told_at_once"], told.number, told.since, told.until, identifier)
        raise InvalidInput(Mistake("number", _doubled(other))) from error
    except asyncpg.ForeignKeyViolationError as error:
        raise InvalidInput(Mistake("pool", _("There is no such pool."))) from error
    await _note(connection, "tracking_number.told", "tracking_number", identifier, None, told, actor, now)
    return (await list_told(connection, None, 1, identifier))[0]


async def end_told(connection: Connection, identifier: UUID, actor: Actor, now: datetime) -> None:
    """From today on the number tells this no more; raises NotFound."""
    today = now.date()
    known = next(iter(await list_told(connection, None, 1, identifier)), None)
    ended = await connection.fetchval(_SQL["end_told"], identifier, today)
    if known is None or (ended is None and await connection.fetchval(_SQL["drop_told"], identifier, today) is None):
        raise NotFound(_("The number tells this no more."))
    await _note(connection, "tracking_number.ended", "tracking_number", identifier, known, None, actor, now)


async def list_cities(connection: Connection, site: UUID, today: date) -> list[str]:
    """The cities by which a site's numbers are chosen: pages must say theirs."""
    return [row["city"] for row in await connection.fetch(_SQL["cities"], site, today)]


async def list_queues(connection: Connection) -> list[tuple[str, str]]:
    """Id and name of each queue there is."""
    return [(row["id"], row["name"]) for row in await connection.fetch(_SQL["list_queues"])]


async def _require_queue(connection: Connection, queue: str | None) -> None:
    if queue is not None and queue not in (known := dict(await list_queues(connection))):
        told = _("there is no queue %(name)r; there are %(names)s")
        raise InvalidInput(Mistake("queue", told % {"name": queue[:40], "names": ", ".join(known) or _("none")}))


async def _require_line(connection: Connection, number: str, shown: bool = True) -> None:
    state = await connection.fetchval(_SQL["line_state"], number)
    if state is None:
        raise InvalidInput(Mistake("number", _("is no line of ours: add it to the lines first")))
    if shown and state != LifeState.ACTIVE:
        raise InvalidInput(Mistake("number", _("this line is not in use: only lines in use are shown on pages")))


async def _require_placement(connection: Connection, site: UUID, name: str) -> None:
    known = [one.name for row in await list_sites(connection, site) for one in row.placements]
    if name not in known:
        told = _("must be one of: %(states)s") % {"states": ", ".join(known)} if known else _("There is no such site.")
        raise InvalidInput(Mistake("placement" if known else "site", told))


def _doubled(other: asyncpg.Record | None) -> str:
    if other is None:
        return _("tells another thing at that time")
    if other["until"] is None:
        return _("tells %(told)s since %(since)s: end that first") % dict(other)
    return _("tells %(told)s from %(since)s until %(until)s: end that first") % dict(other)


def _columns(site: SiteFields) -> tuple[object, ...]:
    texts = (site.brand.strip(), site.city.strip())
    rest = (site.consent, site.take, site.hold_minutes, site.beat_seconds, site.active, site.queue)
    rules = (site.target_seconds, site.unique_days, site.campaign_days)
    return site.name, list(site.hosts), *texts, *rest, *rules


async def _note(
    connection: Connection,
    action: str,
    kind: str,
    identifier: UUID,
    before: msgspec.Struct | None,
    after: msgspec.Struct | None,
    actor: Actor,
    now: datetime,
) -> None:
    shown = (None if one is None else msgspec.to_builtins(one) for one in (before, after))
    await record(connection, actor, Deed(action, kind, str(identifier), *shown), now)
