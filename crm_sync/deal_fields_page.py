"""`/settings/crm/{crm}/fields`: which of a company's own fields of deals are what was paid, shipped and deferred."""

from collections.abc import Mapping, Sequence

from aiohttp import web

from crm_sync.bitrix24.crm import Bitrix24
from crm_sync.bitrix24.deal_fields import DEAL, ROLES, OwnField, own_fields
from crm_sync.bitrix24.portal import Refused
from crm_sync.connector import Connector
from crm_sync.forms import asked_for
from crm_sync.mirrors import SQL
from crm_sync.signing_in import PAGE, crms_key
from trunkline.errors import NotFound
from trunkline.people.audit import Deed, record
from trunkline.people.pages.request import actor_of, now, transaction
from trunkline.web.i18n import gettext as _
from trunkline.web.render import page, redirect


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [web.get(f"{PAGE}/{{crm}}/fields", show), web.post(f"{PAGE}/{{crm}}/fields", choose)]


async def show(request: web.Request) -> web.Response:
    """The fields as the portal has them now; where it does not tell, why."""
    known = await _known(request)
    async with transaction(request) as connection:
        rows = await connection.fetch(SQL["deal_fields"], known.id)
    chosen = {row["role"]: OwnField(row["field"], row["title"], "") for row in rows}
    trouble = ""
    fields: Sequence[OwnField] = ()
    try:
        fields = await _fields(request, known)
    except Refused as refused:
        trouble = str(refused)
    return page(
        request,
        "crm_sync/deal_fields.html",
        row=known,
        trouble=trouble,
        roles=[
            (role, _(words), _choices(role, fields, chosen), chosen[role].name if role in chosen else "")
            for role, (words, _types) in ROLES.items()
        ],
    )


async def choose(request: web.Request) -> web.StreamResponse:
    """`POST paid, paid_percent, shipped_percent, deferred_until`: names of fields there, empty for none."""
    known, form = await _known(request), await request.post()
    asked = {role: str(form.get(role, "")).strip() for role in ROLES}
    try:
        there = {one.name: one for one in await _fields(request, known)} if any(asked.values()) else {}
    except Refused as refused:
        return redirect(request, f"{PAGE}/{known.id}/fields", _("Not saved: %(why)s") % {"why": refused}, "bad")
    found = {role: there[name] for role, name in asked.items() if name in there and there[name].fits(role)}
    if len(found) < sum(map(bool, asked.values())):
        return redirect(request, f"{PAGE}/{known.id}/fields", _("Not saved: choose one of the list."), "bad")
    async with transaction(request) as connection:
        await connection.execute(SQL["forget_deal_fields"], known.id)
        columns = [list(found), [one.name for one in found.values()], [one.title for one in found.values()]]
        await connection.execute(SQL["keep_deal_fields"], known.id, *columns)
        await connection.execute(SQL["deals_again"], known.id, known.account, bool(found))
        after = {role: one.name for role, one in found.items()}
        await record(connection, actor_of(request), Deed("crm.fields_chosen", "crm", str(known.id), after=after), now())
    return redirect(request, f"{PAGE}/{known.id}", _("Saved: deals are read anew."))


async def _known(request: web.Request) -> Connector:
    async with transaction(request) as connection:
        known = await asked_for(request, connection)
    if known.kind != "bitrix24" or not known.is_connected:
        raise NotFound(_("There is no such page."))
    return known


async def _fields(request: web.Request, known: Connector) -> list[OwnField]:
    said = {"entityTypeId": DEAL, "useOriginalUfNames": "Y"}
    return own_fields((await request.app[crms_key].of(Bitrix24).portals.ask(known, "crm.item.fields", said)).result)


def _choices(role: str, fields: Sequence[OwnField], chosen: Mapping[str, OwnField]) -> list[tuple[str, str]]:
    """What may be chosen; what was chosen and is not there any more stays in the list."""
    found = {one.name: one.title for one in fields if one.fits(role)}
    kept = {chosen[role].name: chosen[role].title} if role in chosen else {}
    return [("", _("none")), *((name, f"{title} ({name})") for name, title in (kept | found).items())]
