"""The rows a proof is added up from, within the reader's reach."""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import msgspec

from calltracking.proof.proof import Deals, Group, Proof, Visits, proof_of
from calltracking.results.facts import Kept, calls_in, visits_of
from calltracking.results.rolling import hurry, kept_of
from calltracking.results.statements import PIECES as RESULTS
from calltracking.results.statements import Statement, numbered, pieced
from calltracking.results.store import seen_of
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.ids import lowest_id
from trunkline.people.identity import Reach
from trunkline.reports.days import Days

SQL: Final = load_queries("calltracking.proof")
PROOF: Final = load_queries("calltracking.proof", "pieces.sql")
_SPARE: Final = timedelta(days=1)


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
    """What calls to the site's numbers came to: of those that are kept its own and the unexplained are read alone."""
    await hurry(connection)
    repeat = timedelta(days=site.unique_days)
    kept = await kept_of(connection, Days(days.first - repeat - _SPARE, days.after, days.zone))
    calls, given = calls_in(kept, PROOF["own"], PROOF["unexplained"])
    given |= {"site": site.id, "since": days.first, "until": days.after}
    given |= {"target": site.target_seconds * 1000, "repeat": repeat}
    given |= {"person": reach.person, "departments": reach.departments, "lines": reach.lines}
    statement = numbered(pieced(PROOF["calls"], calls=f"({' union all '.join(calls)})"), given)
    return proof_of(Group(**row) for row in await connection.fetch(statement.text, *statement.arguments))


async def read_visits(connection: Connection, site: UUID, days: Days) -> Visits:
    """The site's visits, and how many were leased a number."""
    visits, given = visits_of(await kept_of(connection, days), site)
    given |= {"since": days.since, "until": days.until, "low": lowest_id(days.since), "high": lowest_id(days.until)}
    statement = numbered(pieced(PROOF["visits"], visits=visits), given)
    row: Any = await connection.fetchrow(statement.text, *statement.arguments)
    return Visits(**row)


async def read_deals(connection: Connection, site: ProvenSite, days: Days) -> Deals:
    """The company's deals of these days, and what led to each."""
    statement = deals_by_lack(site, days, await kept_of(connection, _looked_at(site, days)))
    rows = await connection.fetch(statement.text, *statement.arguments)
    return Deals({row["state"]: row["deals"] for row in rows})


def deals_by_lack(site: ProvenSite, days: Days, kept: Kept) -> Statement:
    """Deals of these days by what they lack; `kept`: which of the calls that may have led to them are kept."""
    calls, given = calls_in(kept)
    given |= {"since": days.since, "until": days.until, "name": site.name, "back": timedelta(days=site.campaign_days)}
    near = "\nunion all\n".join(pieced(PROOF["near"], calls=table) for table in calls)
    return numbered(pieced(PROOF["deals"], near=near, reached=RESULTS["reached"]), given)


def _looked_at(site: ProvenSite, days: Days) -> Days:
    return Days(days.first - timedelta(days=site.campaign_days) - _SPARE, days.after + _SPARE, days.zone)
