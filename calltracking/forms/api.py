"""`/api/v1/forms`: what visitors wrote, for programs."""

from uuid import UUID

import msgspec
from aiohttp import web

from calltracking.forms.store import SiteForm, list_forms
from calltracking.sites.asking import refuse_narrow
from trunkline.people.pages.request import transaction
from trunkline.web.body import json_answer
from trunkline.web.paging import decode_cursor, page_of, page_size


class FormPage(msgspec.Struct, frozen=True):
    """A page of forms, the newest first; `next` is the cursor of the page behind it, null on the last."""

    items: list[SiteForm]
    next: str | None


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [web.get("/api/v1/forms", show)]


async def show(request: web.Request) -> web.Response:
    """`GET ?limit=&cursor=`: the newest first."""
    refuse_narrow(request)
    size, after = page_size(request.query.get("limit")), decode_cursor(request.query.get("cursor"), UUID)
    async with transaction(request) as connection:
        found = await list_forms(connection, after, size + 1)
    page = page_of(found, size, lambda row: row.id)
    return json_answer(FormPage(list(page.rows), page.next_cursor))
