"""`/sites/numbers`: what each number tells, on a site or on a billboard, and since when."""

import re
from collections.abc import Mapping
from typing import Final
from uuid import UUID

from aiohttp import web

from calltracking.sites.asking import company_now, id_of, refuse_narrow, sent_form, told_from
from calltracking.sites.pages import NAMES, filled, tabs, told_of
from calltracking.sites.site import CHANNELS
from calltracking.sites.store import add_told, end_told, list_pools, list_sites, list_told
from trunkline.errors import InvalidInput
from trunkline.people.pages.request import actor_of, mistakes_of, transaction
from trunkline.web.i18n import gettext as _
from trunkline.web.paging import decode_cursor, first_url, page_of
from trunkline.web.render import page, redirect

_HERE: Final = "/sites/numbers"
_PAGE: Final = 50
_NOTHING: Mapping[str, str] = {}


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [web.get(_HERE, show_list), web.post(_HERE, add), web.post(f"{_HERE}/{{told}}/end", end)]


async def show_list(request: web.Request) -> web.Response:
    """All of them, by number, and the form for one more."""
    refuse_narrow(request)
    return await _page(request)


async def add(request: web.Request) -> web.StreamResponse:
    """`POST`: a number tells something from a day on."""
    refuse_narrow(request)
    sent = await sent_form(request)
    try:
        async with transaction(request) as connection:
            await add_told(connection, told_from(sent), actor_of(request), company_now(request))
    except InvalidInput as error:
        return await _page(request, mistakes_of(error), sent)
    return redirect(request, _HERE, _("Saved."))


async def end(request: web.Request) -> web.StreamResponse:
    """`POST`: from today on the number tells this no more."""
    refuse_narrow(request)
    async with transaction(request) as connection:
        await end_told(connection, id_of(request, "told"), actor_of(request), company_now(request))
    return redirect(request, _HERE, _("From today on the number tells this no more; calls until now keep it."))


async def _page(
    request: web.Request, mistakes: Mapping[str, str] = _NOTHING, sent: Mapping[str, str] = _NOTHING
) -> web.Response:
    after = decode_cursor(request.query.get("cursor"), tuple[str, UUID])
    today = company_now(request).date()
    async with transaction(request) as connection:
        found = await list_told(connection, after, _PAGE + 1)
        pools, sites = await list_pools(connection, today), await list_sites(connection)
    shown = page_of(found, _PAGE, lambda row: (row.number, row.id))
    places = [(f"{site.id}:{one.name}", f"{site.name} · {one.name}") for site in sites for one in site.placements]
    return page(
        request,
        "sites/numbers.html",
        status=422 if mistakes else 200,
        rows=shown.rows,
        today=today,
        sent=filled(sent),
        pools={pool.id: pool.name for pool in pools},
        pool_choices=[("", _("none: it tells one source")), *((str(pool.id), pool.name) for pool in pools)],
        sites={site.id: site.name for site in sites},
        places=[("", _("offline: a billboard, a leaflet, classifieds")), *places],
        channels=list(CHANNELS),
        misfits={row.id for row in shown.rows if row.site and not _is_told(row.channel)},
        mistakes={name: mistakes.get(name, "") for name in NAMES},
        told=told_of(mistakes),
        tabs=tabs(),
        here=_HERE,
        next_url=shown.next_url(request.url),
        first_url=first_url(request.url),
    )


def _is_told(channel: str) -> bool:
    """Whether some visitor's browser may tell this channel; it compares without spaces, dashes and capitals."""
    return not channel or _plain(channel) in map(_plain, CHANNELS)


def _plain(text: str) -> str:
    return re.sub(r"[\s_-]", "", text.lower())
