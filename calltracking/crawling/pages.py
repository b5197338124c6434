"""What is done about a site's pages: have them read at once, say that a number is right there."""

from aiohttp import web

from calltracking.crawling.store import accept, look_now
from calltracking.sites.asking import refuse_narrow
from calltracking.sites.store import site_of_key
from trunkline.people.pages.request import now, text_field, transaction
from trunkline.web.i18n import gettext as _
from trunkline.web.render import redirect


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [
        web.post("/sites/{key}/crawl", read_now),
        web.post("/sites/{key}/findings", judge),
    ]


async def read_now(request: web.Request) -> web.StreamResponse:
    """`POST`: read the pages now, not at night."""
    refuse_narrow(request)
    async with transaction(request) as connection:
        site = await site_of_key(connection, request.match_info["key"])
        begun = site.active and await look_now(connection, site.id, now())
    said = _("Its pages are read: look here again in some minutes.") if begun else _("Its pages were read just now.")
    if not site.active:
        said = _("The site is not in use: its pages are not read.")
    return redirect(request, f"/sites/{site.key}", said, "ok" if begun else "info")


async def judge(request: web.Request) -> web.StreamResponse:
    """`POST number, right=yes|no`: it may stand on the pages, or not."""
    refuse_narrow(request)
    number, right = await text_field(request, "number"), await text_field(request, "right") == "yes"
    async with transaction(request) as connection:
        site = await site_of_key(connection, request.match_info["key"])
        await accept(connection, site.id, number.replace("\0", ""), now() if right else None)
    return redirect(request, f"/sites/{site.key}", _("Saved."))
