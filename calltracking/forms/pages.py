"""`/sites/forms`: what visitors wrote, with where each came from."""

from typing import Final
from uuid import UUID

from aiohttp import web

from calltracking.forms.store import list_forms
from calltracking.sites.asking import refuse_narrow
from calltracking.sites.pages import tabs
from trunkline.calls.attribution_words import channel_in_words, page_of
from trunkline.people.pages.request import transaction
from trunkline.people.roles import Right
from trunkline.web.auth import signed_in
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark
from trunkline.web.paging import decode_cursor, first_url
from trunkline.web.paging import page_of as cut
from trunkline.web.render import page

_HERE: Final = "/sites/forms"
_PAGE: Final = 50
KINDS: Final = {"form": mark("form"), "callback": mark("wants a call")}


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [web.get(_HERE, show)]


async def show(request: web.Request) -> web.Response:
    """`GET ?cursor=`: the newest first."""
    refuse_narrow(request)
    after = decode_cursor(request.query.get("cursor"), UUID)
    async with transaction(request) as connection:
        found = await list_forms(connection, after, _PAGE + 1)
    shown = cut(found, _PAGE, lambda row: row.id)
    return page(
        request,
        "forms/list.html",
        rows=shown.rows,
        kinds={kind: _(word) for kind, word in KINDS.items()},
        channel=channel_in_words,
        page_of=page_of,
        tabs=tabs() if signed_in(request).holds(Right.SITES_EDIT) else [],
        here=_HERE,
        next_url=shown.next_url(request.url),
        first_url=first_url(request.url),
    )
