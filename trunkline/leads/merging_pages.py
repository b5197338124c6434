"""`/leads/proposals`: leads that may be one person's; people merge them or keep them apart."""

from uuid import UUID

from aiohttp import web

from trunkline.errors import Forbidden, InvalidInput, NotFound
from trunkline.leads.api import hand_of
from trunkline.leads.hand import may_act
from trunkline.leads.merging import REASONS, keep_apart, merge, proposals
from trunkline.leads.reading import Asker
from trunkline.people.pages.request import now, text_field, transaction
from trunkline.people.roles import Right
from trunkline.web.auth import signed_in
from trunkline.web.i18n import gettext as _
from trunkline.web.render import page, redirect

_HERE = "/leads/proposals"


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [web.get(_HERE, show), web.post(_HERE, decide)]


async def show(request: web.Request) -> web.Response:
    """Each with its reasons."""
    identity = signed_in(request)
    async with transaction(request) as connection:
        found = await proposals(connection, Asker.of(identity, now()))
    may_edit = identity.holds(Right.LEADS_EDIT)
    return page(
        request,
        "leads/proposals.html",
        proposals=found,
        reasons={name: _(word) for name, word in REASONS.items()},
        mine={one.one.id: may_edit and may_act(one.one, identity) and may_act(one.other, identity) for one in found},
    )


async def decide(request: web.Request) -> web.StreamResponse:
    """`POST one, other, merge=yes|no`."""
    merged = await text_field(request, "merge") == "yes"
    told = [await text_field(request, name) for name in ("one", "other")]
    try:
        one, other = map(UUID, told)
    except ValueError:
        raise NotFound(_("There is no such lead, or it is not yours to read.")) from None
    try:
        async with transaction(request) as connection:
            if merged:
                await merge(connection, hand_of(request), one, other)
            else:
                await keep_apart(connection, hand_of(request), one, other)
    except (Forbidden, NotFound) as error:
        return redirect(request, _HERE, str(error), "bad")
    except InvalidInput as error:
        return redirect(request, _HERE, error.mistakes[0].message, "bad")
    return redirect(request, _HERE, _("The leads are one now.") if merged else _("They stay apart."))
