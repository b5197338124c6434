"""`/api/v1/visits`, `/leases` and `/attributions`: what agencies load into systems of their own."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import msgspec
from aiohttp import web

from calltracking.agencies.store import CallOfVisit, VisitRow, list_attributions, list_visits
from calltracking.leases.lease import Held
from calltracking.leases.ledger import leases_of, who_held
from calltracking.sites.asking import refuse_narrow
from trunkline.errors import InvalidInput, Mistake
from trunkline.lines.line import checked_number
from trunkline.people.pages.request import now, transaction
from trunkline.reports.days import asked_days
from trunkline.web.auth import signed_in
from trunkline.web.body import json_answer
from trunkline.web.i18n import gettext as _
from trunkline.web.paging import decode_cursor, page_of, page_size
from trunkline.web.render import reader_of

_DAYS: Final = frozenset(("days", "since", "until"))


class SiteVisitPage(msgspec.Struct, frozen=True):
    """A page of visits, the newest first; `next` is the cursor of the page behind it, null on the last."""

    items: list[VisitRow]
    next: str | None


class LeasePage(msgspec.Struct, frozen=True):
    """A page of leases, the latest granted first; of a moment there is one page."""

    items: list[Held]
    next: str | None


class AttributionPage(msgspec.Struct, frozen=True):
    """A page of explained calls, the newest first."""

    items: list[CallOfVisit]
    next: str | None


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [
        web.get("/api/v1/visits", show_visits),
        web.get("/api/v1/leases", show_leases),
        web.get("/api/v1/attributions", show_attributions),
    ]


async def show_visits(request: web.Request) -> web.Response:
    """`GET ?days=` or `?since=&until=`, `&site=&limit=&cursor=`."""
    refuse_narrow(request)
    days = asked_days(request.query, datetime.now(UTC), reader_of(request).timezone)
    size, after, site = _asked(request.query)
    async with transaction(request) as connection:
        found = await list_visits(connection, days, after, site, size + 1)
    page = page_of(found, size, lambda row: row.id)
    return json_answer(SiteVisitPage(list(page.rows), page.next_cursor))


async def show_leases(request: web.Request) -> web.Response:
    """`GET ?number=&at=`: who held the number at that moment (now, where it is left out).

    `GET ?days=` or `?since=&until=`, `&number=&site=&limit=&cursor=`: every lease of these days.
    """
    refuse_narrow(request)
    query = request.query
    if _DAYS.isdisjoint(query):
        number, at = checked_number(query.get("number", "")), _moment(query.get("at", ""))
        async with transaction(request) as connection:
            return json_answer(LeasePage(await who_held(connection, number, at), None))
    if "at" in query:
        raise InvalidInput(Mistake("at", _("goes without days, since and until")))
    days = asked_days(query, datetime.now(UTC), reader_of(request).timezone)
    size, after, site = _asked(query)
    asked = checked_number(query["number"]) if query.get("number") else None
    async with transaction(request) as connection:
        found = await leases_of(connection, days, after, site, asked, size + 1)
    page = page_of(found, size, lambda lease: lease.id)
    return json_answer(LeasePage(list(page.rows), page.next_cursor))


async def show_attributions(request: web.Request) -> web.Response:
    """`GET ?days=` or `?since=&until=`, `&site=&sure=&limit=&cursor=`; calls within one's reach."""
    days = asked_days(request.query, datetime.now(UTC), reader_of(request).timezone)
    size, after, site = _asked(request.query)
    sure, reach = _share(request.query.get("sure", "")), signed_in(request).reach()
    async with transaction(request) as connection:
        found = await list_attributions(connection, days, after, site, sure, reach, size + 1)
    page = page_of(found, size, lambda row: row.call_id)
    return json_answer(AttributionPage(list(page.rows), page.next_cursor))


def _asked(query: Mapping[str, str]) -> tuple[int, UUID | None, UUID | None]:
    size = page_size(query.get("limit"))
    try:
        site = UUID(query["site"]) if query.get("site") else None
    except ValueError:
        raise InvalidInput(Mistake("site", _("must be the id of a site"))) from None
    return size, decode_cursor(query.get("cursor"), UUID), site


def _share(text: str) -> float:
    try:
        share = float(text or 0)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise InvalidInput(Mistake("sure", _("must be a share from 0 to 1, e.g. 0.9")))
    return share


def _moment(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text) if text else now()
    except ValueError:
        at = None
    if at is None or at.tzinfo is None or not 1971 < at.year < 9000:
        raise InvalidInput(Mistake("at", _("must be a moment with its offset, e.g. 2026-11-27T12:00:00+03:00")))
    return at.astimezone(UTC)
