"""What is set up of one CRM beside its form: a token that was made for long, and who of ours is who there."""

from typing import Final

from aiohttp import web

from crm_sync.connector import Connector
from crm_sync.forms import asked_for
from crm_sync.kinds import KINDS
from crm_sync.port import NotSignedIn
from crm_sync.signing_in import PAGE, begin_asking, crms_key, let_in
from crm_sync.store import SQL
from trunkline.db.types import Connection
from trunkline.errors import NotFound
from trunkline.people.audit import Deed, record
from trunkline.people.pages.request import actor_of, now, transaction
from trunkline.web.i18n import gettext as _
from trunkline.web.render import redirect

_LONGEST_TOKEN: Final = 8000
_FIELD: Final = "user:"
_MOST: Final = 500


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [
        web.post(f"{PAGE}/{{crm}}/token", give_token),
        web.post(f"{PAGE}/{{crm}}/people", match),
    ]


async def give_token(request: web.Request) -> web.StreamResponse:
    """`POST token`: one that is good for long, tried before it is kept."""
    token = str((await request.post()).get("token", "")).strip()[:_LONGEST_TOKEN]
    try:
        async with transaction(request) as connection:
            known = await asked_for(request, connection)
            if not KINDS[known.kind].takes_tokens:
                raise NotFound(_("There is no such page."))
            user = await request.app[crms_key].signed(known.kind).take_token(connection, known, token)
            await let_in(connection, known, user, actor_of(request))
    except NotSignedIn as error:
        raise web.HTTPSeeOther(f"{PAGE}/{known.id}?refused={error.code or 'server'}") from error
    await begin_asking(request, known)
    return redirect(request, f"{PAGE}/{known.id}", _("It is connected. Calls that begin from now on are told to it."))


async def match(request: web.Request) -> web.StreamResponse:
    """`POST user:101=7…`: who of ours is who there; what is left empty is matched by e-mail."""
    form = await request.post()
    chosen = {
        name.removeprefix(_FIELD): int(said)
        for name, said in list(form.items())[:_MOST]
        if name.startswith(_FIELD) and isinstance(said, str) and said.isascii() and said.isdecimal() and len(said) < 16
    }
    async with transaction(request) as connection:
        known = await asked_for(request, connection)
        if not KINDS[known.kind].is_matched_here:
            raise NotFound(_("There is no such page."))
        await _choose(connection, known, chosen)
        after = {"chosen": len(chosen)}
        await record(connection, actor_of(request), Deed("crm.matched", "crm", str(known.id), after=after), now())
    return redirect(request, f"{PAGE}/{known.id}", _("Saved."))


async def _choose(connection: Connection, known: Connector, chosen: dict[str, int]) -> None:
    """All of it anew."""
    await connection.execute(SQL["forget_users"], known.id)
    await connection.execute(SQL["choose_users"], known.id, list(chosen), list(chosen.values()))
    await connection.execute(SQL["match_people"], known.id)
