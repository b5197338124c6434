"""On the page of a CRM: which queue calls those back that ask for it on forms there."""

from typing import Any

from aiohttp import web

from crm_sync.connector import Connector
from crm_sync.forms import asked_for
from crm_sync.heard import SQL
from trunkline.db.types import Connection
from trunkline.dialing.callbacks_store import SQL as CALLBACKS
from trunkline.errors import NotFound
from trunkline.people.audit import Deed, record
from trunkline.people.pages.request import actor_of, now, text_field, transaction
from trunkline.web.i18n import gettext as _
from trunkline.web.render import redirect


def routes() -> list[web.RouteDef]:
    """The route of this module."""
    return [web.post("/settings/crm/{crm}/callbacks", choose)]


async def values_of(connection: Connection, known: Connector) -> dict[str, Any]:
    """What the page's part shows."""
    queues = await connection.fetch(CALLBACKS["queues_of"], None)
    return {
        "queues": [("", _("nobody")), *((row["id"], row["name"]) for row in queues)],
        "callback_queue": await connection.fetchval(SQL["callback_queue"], known.id) or "",
    }


async def choose(request: web.Request) -> web.StreamResponse:
    """`POST queue`: a queue of ours, or nothing for nobody."""
    queue = await text_field(request, "queue")
    async with transaction(request) as connection:
        known = await asked_for(request, connection)
        if queue and await connection.fetchrow(CALLBACKS["find_queue"], queue) is None:
            raise NotFound(_("There is no such queue."))
        await connection.execute(SQL["choose_queue"], known.id, queue or None)
        deed = Deed("crm.callbacks_chosen", "crm", str(known.id), after={"queue": queue})
        await record(connection, actor_of(request), deed, now())
    return redirect(request, f"/settings/crm/{known.id}", _("Saved."))
