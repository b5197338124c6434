"""`/sites/pools/{pool}/reuse`: numbers that were given again too soon, or to several, and the calls to them."""

from typing import Final

from aiohttp import hdrs, web

from calltracking.planner.reuse import MOST_CALLS, Reuse, read_reuse
from calltracking.sites.asking import company_now, id_of, refuse_narrow
from calltracking.sites.site import PoolRow
from calltracking.sites.store import find_pool
from trunkline.calls.attribution_words import channel_in_words
from trunkline.people.pages.request import now, transaction
from trunkline.people.roles import Right
from trunkline.reports.days import Days, asked_days
from trunkline.reports.pages import days_in_words
from trunkline.spreadsheet import Cell, as_csv
from trunkline.web.auth import signed_in
from trunkline.web.i18n import gettext as _
from trunkline.web.render import page, reader_of

_PERIODS: Final = (1, 7, 30, 90)


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    here = "/sites/pools/{pool}/reuse"
    return [web.get(here, show_reuse), web.get(f"{here}.csv", send_csv)]


async def show_reuse(request: web.Request) -> web.Response:
    """`GET ?days=` or `?since=&until=`: by day and site, and the latest of the calls for who may read them."""
    pool, days, found = await _read(request)
    here = f"/sites/pools/{pool.id}/reuse"
    asked = {name: request.query[name] for name in ("days", "since", "until") if request.query.get(name)}
    return page(
        request,
        "planner/reuse.html",
        pool=pool,
        days=days,
        found=found,
        here=f"{here}?days={asked.get('days', 7)}" if "since" not in asked and "until" not in asked else "",
        periods=[(days_in_words(each), f"{here}?days={each}") for each in _PERIODS],
        file=f"{here}.csv?since={days.first}&until={days.last}",
        most=MOST_CALLS,
        may_look=signed_in(request).holds(Right.CALLS_READ),
        channel_name=channel_in_words,
    )


async def send_csv(request: web.Request) -> web.Response:
    """`GET` the page's address: its days and sites as CSV."""
    pool, days, found = await _read(request)
    headers = {
        hdrs.CONTENT_TYPE: "text/csv; charset=utf-8",
        hdrs.CONTENT_DISPOSITION: f'attachment; filename="reuse-{pool.id}-{days.first}-{days.last}.csv"',
        hdrs.CACHE_CONTROL: "no-store",
    }
    return web.Response(body=as_csv(_table(found)), headers=headers)


async def _read(request: web.Request) -> tuple[PoolRow, Days, Reuse]:
    refuse_narrow(request)
    days = asked_days(request.query, now(), reader_of(request).timezone)
    async with transaction(request) as connection:
        pool = await find_pool(connection, company_now(request).date(), id_of(request, "pool"))
        return pool, days, await read_reuse(connection, pool.id, days, signed_in(request).reach())


def _table(found: Reuse) -> list[list[Cell]]:
    heads: list[Cell] = [_("Day"), _("Site"), _("Still resting"), _("Shared"), _("Calls")]
    heads += [_("Sure"), _("Likely"), _("Unsure"), _("Not explained")]
    names = ("cooling", "shared", "calls", "sure", "likely", "unsure", "unexplained")
    rows: list[list[Cell]] = [
        [row.day.isoformat(), row.site, *(getattr(row, name) for name in names)] for row in found.rows
    ]
    return [heads, *rows]
