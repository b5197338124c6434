"""`POST /settings/crm/{crm}/records`: what of recordings a CRM is told, from now on."""

from aiohttp import web

from crm_sync.forms import asked_for
from crm_sync.kinds import KINDS
from crm_sync.signing_in import PAGE
from crm_sync.untold import SQL
from trunkline.people.audit import Deed, record
from trunkline.people.pages.request import actor_of, now, text_field, transaction
from trunkline.web.i18n import gettext as _
from trunkline.web.render import redirect


def routes() -> list[web.RouteDef]:
    """The route of this module."""
    return [web.post(f"{PAGE}/{{crm}}/records", choose)]


async def choose(request: web.Request) -> web.StreamResponse:
    """`POST records=text|sound|none`."""
    wanted = await text_field(request, "records")
    async with transaction(request) as connection:
        known = await asked_for(request, connection)
        if wanted not in {name for name, _words in KINDS[known.kind].record_choices}:
            return redirect(request, f"{PAGE}/{known.id}", _("Not saved: choose one of the list."), "bad")
        before = await connection.fetchval(SQL["wanted"], known.id)
        if wanted != before:
            await connection.execute(SQL["want"], known.id, wanted)
            deed = Deed("crm.records_chosen", "crm", str(known.id), {"records": before}, {"records": wanted})
            await record(connection, actor_of(request), deed, now())
    return redirect(request, f"{PAGE}/{known.id}", _("Saved."))
