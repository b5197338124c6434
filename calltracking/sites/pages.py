"""`/sites`: the sites whose visitors are told apart by numbers, and the placements on their pages."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

from aiohttp import web

from calltracking.crawling.store import crawl_of, findings_of, marked_sites
from calltracking.crawling.words import crawl_in_words
from calltracking.script.library import shipped
from calltracking.sites.asking import SITE_NUMBERS, company_now, placement_from, refuse_narrow, sent_form, site_from
from calltracking.sites.putting import Wanted, lines_of
from calltracking.sites.seen import list_clashes, read_absence
from calltracking.sites.site import CONSENTS, TAKES, SiteRow
from calltracking.sites.store import (
    add_site,
    change_site,
    list_cities,
    list_pools,
    list_queues,
    list_sites,
    remove_placement,
    set_placement,
    site_of_key,
)
from trunkline.db.types import Connection
from trunkline.errors import InvalidInput
from trunkline.keys import settings_key
from trunkline.people.pages.request import actor_of, mistakes_of, now, transaction
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark
from trunkline.web.render import page, redirect

_HERE: Final = "/sites"
TABS: Final = (
    (mark("Sites"), _HERE),
    (mark("Pools"), f"{_HERE}/pools"),
    (mark("What numbers tell"), f"{_HERE}/numbers"),
    (mark("Forms"), f"{_HERE}/forms"),
)
NAMES: Final = {
    "name": mark("Name"),
    "hosts": mark("Host names"),
    "brand": mark("Brand"),
    "city": mark("City"),
    "consent": mark("How a visitor is known"),
    "take": mark("A number is taken"),
    "hold_minutes": mark("Hold, minutes"),
    "beat_seconds": mark("Heartbeat, seconds"),
    "target_seconds": mark("Target talk, seconds"),
    "unique_days": mark("Unique again after, days"),
    "campaign_days": mark("A visit counts for, days"),
    "placement": mark("Placement"),
    "number": mark("Number"),
    "selectors": mark("CSS selectors"),
    "pool": mark("Pool"),
    "most_sharing": mark("Visitors on one number at most"),
    "queue": mark("Calls go to the queue"),
    "late_minutes": mark("A late call is its visitor's, minutes"),
    "since": mark("From"),
    "until": mark("Until"),
    "source": mark("Source"),
    "channel": mark("Channel"),
    "campaign": mark("Campaign"),
    "note": mark("Note"),
    "site": mark("Site"),
    "numbers": mark("Numbers"),
}
_EMPTY: Final = {"consent": "full", "take": "need", "hold_minutes": "15", "beat_seconds": "25", "active": "on"} | {
    "target_seconds": "30",
    "unique_days": "1",
    "campaign_days": "90",
}
_CLASHES_SINCE: Final = timedelta(days=7)
_UNSEEN: Final[Mapping[str, Any]] = {"clashes": (), "absence": None, "crawl": None, "crawl_told": (), "findings": ()}
_NOTHING: Mapping[str, str] = {}


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [
        web.get(_HERE, show_list),
        web.post(_HERE, add),
        web.get(f"{_HERE}/new", show_new),
        web.get(f"{_HERE}/{{key}}", show),
        web.post(f"{_HERE}/{{key}}", change),
        web.post(f"{_HERE}/{{key}}/placements", place),
        web.post(f"{_HERE}/{{key}}/placements/{{placement}}/remove", remove),
    ]


def told_of(mistakes: Mapping[str, str]) -> list[tuple[str, str]]:
    """Mistakes as the summary above a form lists them."""
    return [(field, f"{_(NAMES[field])}: {said}" if field in NAMES else said) for field, said in mistakes.items()]


def filled(values: Mapping[str, str]) -> dict[str, str]:
    """Every field of a form, those that were not sent empty; a box is there or not."""
    return {name: values.get(name, "") for name in (*NAMES, "where")} | {
        name: values[name] for name in ("active",) if name in values
    }


def tabs() -> list[tuple[str, str]]:
    """The lists of this part."""
    return [(_(word), href) for word, href in TABS]


async def show_list(request: web.Request) -> web.Response:
    """Every site."""
    refuse_narrow(request)
    async with transaction(request) as connection:
        sites, marked = await list_sites(connection), await marked_sites(connection)
    return page(request, "sites/list.html", sites=sites, marked=marked, tabs=tabs(), here=_HERE)


async def show_new(request: web.Request) -> web.Response:
    """The empty form."""
    refuse_narrow(request)
    return await _page(request, None, values=_EMPTY)


async def add(request: web.Request) -> web.StreamResponse:
    """`POST`: a new site; its placements come next."""
    refuse_narrow(request)
    sent = await sent_form(request)
    try:
        async with transaction(request) as connection:
            site = await add_site(connection, site_from(sent), actor_of(request), now())
    except InvalidInput as error:
        return await _page(request, None, mistakes_of(error), values=sent)
    return redirect(request, f"{_HERE}/{site.key}", _("The site is there. Say now which numbers its pages have."))


async def show(request: web.Request) -> web.Response:
    """One site."""
    refuse_narrow(request)
    return await _page(request, await _asked(request))


async def change(request: web.Request) -> web.StreamResponse:
    """`POST`: all of it but its placements."""
    refuse_narrow(request)
    known, sent = await _asked(request), await sent_form(request)
    try:
        async with transaction(request) as connection:
            await change_site(connection, known, site_from(sent), actor_of(request), now())
    except InvalidInput as error:
        return await _page(request, known, mistakes_of(error), values=sent)
    return redirect(request, f"{_HERE}/{known.key}", _("Saved."))


async def place(request: web.Request) -> web.StreamResponse:
    """`POST`: add or change a placement."""
    refuse_narrow(request)
    known, sent = await _asked(request), await sent_form(request)
    try:
        async with transaction(request) as connection:
            await set_placement(connection, known, placement_from(sent), actor_of(request), now())
    except InvalidInput as error:
        return await _page(request, known, mistakes_of(error), placement=sent)
    return redirect(request, f"{_HERE}/{known.key}", _("Saved."))


async def remove(request: web.Request) -> web.StreamResponse:
    """`POST`: the placement is gone."""
    refuse_narrow(request)
    known = await _asked(request)
    async with transaction(request) as connection:
        await remove_placement(
            connection, known, request.match_info["placement"], actor_of(request), company_now(request)
        )
    return redirect(request, f"{_HERE}/{known.key}", _("The placement is gone: pages keep their own number there."))


async def _asked(request: web.Request) -> SiteRow:
    async with transaction(request) as connection:
        return await site_of_key(connection, request.match_info["key"])


async def _page(
    request: web.Request,
    site: SiteRow | None,
    mistakes: Mapping[str, str] = _NOTHING,
    *,
    values: Mapping[str, str] | None = None,
    placement: Mapping[str, str] = _NOTHING,
) -> web.Response:
    async with transaction(request) as connection:
        today = company_now(request).date()
        pools = await list_pools(connection, today)
        queues = await list_queues(connection)
        cities = await list_cities(connection, site.id, today) if site else []
        seen = await _seen_on(connection, site, today) if site else _UNSEEN
    wanted = Wanted.of(dict(request.query), cities, site.city if site else "")
    return page(
        request,
        "sites/site.html",
        status=422 if mistakes else 200,
        site=site,
        values=filled(values or (_values(site) if site else _EMPTY)),
        placement=filled(placement),
        placing=bool(placement),
        pools=[("", _("none: the number stays as it is")), *((str(pool.id), pool.name) for pool in pools)],
        pool_names={pool.id: pool.name for pool in pools},
        queues=[("", _("the pool's")), *queues],
        consents=[(value, _(word)) for value, word in CONSENTS.items()],
        takes=[(value, _(word)) for value, word in TAKES.items()],
        wanted=wanted,
        lines=lines_of(request.app[settings_key].sites_url, site.key, shipped().current, wanted) if site else None,
        mistakes={name: mistakes.get(name, "") for name in NAMES},
        told=told_of(mistakes),
        **seen,
    )


async def _seen_on(connection: Connection, site: SiteRow, today: date) -> dict[str, Any]:
    """What visitors' browsers and the crawl found on its pages, by the names of the template."""
    crawl = await crawl_of(connection, site.id)
    return {
        "clashes": await list_clashes(connection, site.id, today - _CLASHES_SINCE),
        "absence": await read_absence(connection, site.id, now() - _CLASHES_SINCE),
        "crawl": crawl,
        "crawl_told": crawl_in_words(crawl, now()),
        "findings": await findings_of(connection, site.id),
    }


def _values(site: SiteRow) -> dict[str, Any]:
    named = {name: str(getattr(site, name)) for name in ("name", "brand", "city", "consent", "take")}
    named["queue"] = site.queue or ""
    whole = {name: str(getattr(site, name)) for name in SITE_NUMBERS}
    return {**named, **whole, "hosts": "\n".join(site.hosts), **({"active": "on"} if site.active else {})}
