"""`/settings/audit`: who changed what, and when."""

from typing import Annotated
from uuid import UUID

import msgspec
from aiohttp import web

from trunkline.people import audit
from trunkline.people.pages.request import page, transaction
from trunkline.people.words import ACTION_NAMES
from trunkline.web.i18n import gettext as _
from trunkline.web.paging import decode_cursor, first_url, page_of

_PAGE = 50
_RowNumber = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


async def show_audit(request: web.Request) -> web.StreamResponse:
    """The newest rows, or those below a row."""
    before, person = decode_cursor(request.query.get("cursor"), _RowNumber), _uuid(request.query.get("person"))
    async with transaction(request) as connection:
        found = await audit.entries(connection, before=before, person=person, limit=_PAGE + 1)
    shown = page_of(found, _PAGE, lambda entry: entry.id)
    return page(
        request,
        "audit",
        entries=shown.rows,
        person=person,
        actions={action: _(name) for action, name in ACTION_NAMES.items()},
        next_url=shown.next_url(request.url),
        first_url=first_url(request.url),
    )


def routes() -> list[web.RouteDef]:
    """This page's routes."""
    return [web.get("/settings/audit", show_audit)]


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
