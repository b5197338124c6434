"""`/settings/audit`: who changed what, and when."""

from uuid import UUID

from aiohttp import web

from trunkline.people import audit
from trunkline.people.pages.request import page, transaction
from trunkline.people.words import ACTION_NAMES
from trunkline.web.i18n import gettext as _

_PAGE = 50
_LARGEST = 2**63 - 1


async def show_audit(request: web.Request) -> web.StreamResponse:
    """The newest rows, or those below a row."""
    before, person = _number(request.query.get("before")), _uuid(request.query.get("person"))
    async with transaction(request) as connection:
        found = list(await audit.entries(connection, before=before, person=person, limit=_PAGE + 1))
    more = found[_PAGE - 1].id if len(found) > _PAGE else None
    actions = {action: _(name) for action, name in ACTION_NAMES.items()}
    return page(request, "audit", entries=found[:_PAGE], more=more, person=person, actions=actions)


def routes() -> list[web.RouteDef]:
    """This page's routes."""
    return [web.get("/settings/audit", show_audit)]


def _number(text: str | None) -> int | None:
    if not text or not text.isascii() or not text.isdigit():
        return None
    return min(int(text[:19]), _LARGEST)


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
