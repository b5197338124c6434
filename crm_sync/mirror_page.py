"""On the page of a CRM: whether it is read into the mirror, how far that came, and the last comparison of calls."""

from typing import Any

from aiohttp import web

from crm_sync.connector import Connector
from crm_sync.forms import asked_for
from crm_sync.mirror import ENTITIES, READ, Mirror
from crm_sync.mirror_check import NAMES
from crm_sync.mirrors import SQL
from crm_sync.reconciling import last_report
from trunkline.db.types import Connection
from trunkline.errors import NotFound
from trunkline.people.audit import Deed, record
from trunkline.people.pages.request import actor_of, now, text_field, transaction
from trunkline.web.i18n import gettext as _
from trunkline.web.render import redirect


def routes() -> list[web.RouteDef]:
    """The route of this module."""
    return [web.post("/settings/crm/{crm}/mirror", choose)]


async def values_of(connection: Connection, known: Connector) -> dict[str, Any]:
    """What the page's part shows."""
    rows = {row["entity"]: Mirror(**dict(row)) for row in await connection.fetch(SQL["mirrors"], known.id)}
    return {
        "is_read": known.kind in READ,
        "fills": await connection.fetchval(SQL["fills"], known.id),
        "report": await last_report(connection, known.id),
        "mirrors": [(_(NAMES[name]), rows[name]) for name in ENTITIES if name in rows],
    }


async def choose(request: web.Request) -> web.StreamResponse:
    """`POST fills`: whether its contacts, companies, leads and deals are read. What was switched on begins anew."""
    fills = await text_field(request, "fills") == "on"
    async with transaction(request) as connection:
        known = await asked_for(request, connection)
        if known.kind not in READ:
            raise NotFound(_("There is no such page."))
        await connection.execute(SQL["choose_fills"], known.id, fills)
        deed = Deed("crm.mirror_chosen", "crm", str(known.id), after={"fills": fills})
        await record(connection, actor_of(request), deed, now())
    return redirect(request, f"/settings/crm/{known.id}", _("Saved."))
