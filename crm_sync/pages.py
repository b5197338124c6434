"""`/settings/crm`: the CRMs that calls are told to, how each is connected, and who of ours is who there."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any, Final

from aiohttp import web

from crm_sync import callback_page, deal_fields_page, details, mirror_page, record_pages
from crm_sync.bitrix24.leaving import leave
from crm_sync.connector import Connector
from crm_sync.forms import asked_for, empty, fields_of, labels_of, sent_by, told_of, values_of
from crm_sync.generic import mapping_page
from crm_sync.hooks import handler_of
from crm_sync.keeping import remove_connector, save_connector
from crm_sync.kinds import KINDS, SIGNED, TOLD
from crm_sync.onec import page as onec_page
from crm_sync.opening import callback_of
from crm_sync.port import Finding
from crm_sync.signing_in import PAGE, begin, crms_key
from crm_sync.signing_in import routes as returning
from crm_sync.store import SQL, list_connectors
from crm_sync.untold import SQL as RECORDS
from trunkline.db.types import Connection
from trunkline.errors import InvalidInput, NotFound
from trunkline.keys import redis_key, secret_box_key, settings_key
from trunkline.outbox.wake import OUTBOX_WAKE, wake
from trunkline.people.audit import Deed, record
from trunkline.people.pages.request import actor_of, mistakes_of, now, transaction
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark
from trunkline.web.render import page, redirect

_DAYS: Final = 7
_NEWEST: Final = 20
_NOTHING: Mapping[str, str] = {}
_REFUSED: Final = {
    "state": mark("This sign-in was not begun here, or more than ten minutes ago: begin it again below."),
    "denied": mark("It let nobody in: whoever connects it has to be its administrator."),
}


def routes() -> list[web.RouteDef]:
    """The routes of this module, and of the way back from a portal."""
    return [
        web.get(PAGE, show_list),
        web.post(PAGE, add),
        web.get(f"{PAGE}/{{crm}}", show),
        web.post(f"{PAGE}/{{crm}}", change),
        web.post(f"{PAGE}/{{crm}}/connect", connect),
        web.post(f"{PAGE}/{{crm}}/check", look),
        web.post(f"{PAGE}/{{crm}}/remove", remove),
        web.post(f"{PAGE}/{{crm}}/onec", choose_base),
        web.post(f"{PAGE}/{{crm}}/onec/secret", another_secret),
        *details.routes(),
        *callback_page.routes(),
        *deal_fields_page.routes(),
        *mirror_page.routes(),
        *record_pages.routes(),
        *mapping_page.routes(),
        *returning(),
    ]


async def show_list(request: web.Request) -> web.Response:
    """Every CRM, and the form for one more."""
    return await _list(request, _kind(request.query.get("kind", "")))


async def add(request: web.Request) -> web.StreamResponse:
    """`POST`: one more; it is told of calls once it is connected."""
    sent = await sent_by(request)
    kind = _kind(sent["kind"])
    try:
        told = fields_of(kind, sent)
        async with transaction(request) as connection:
            identifier = await save_connector(
                connection, request.app[secret_box_key], None, told, actor_of(request), now()
            )
    except InvalidInput as error:
        return await _list(request, kind, mistakes_of(error), sent)
    return redirect(request, f"{PAGE}/{identifier}", _("Saved: now connect it.") if kind in SIGNED else _("Saved."))


async def show(request: web.Request) -> web.Response:
    """One: how it is connected, what came of its calls, who is known there."""
    return await _page(request)


async def change(request: web.Request) -> web.StreamResponse:
    """`POST`: all of it; an empty secret stays as it was."""
    sent = await sent_by(request)
    try:
        async with transaction(request) as connection:
            known = await asked_for(request, connection)
            told = fields_of(known.kind, sent)
            await save_connector(connection, request.app[secret_box_key], known, told, actor_of(request), now())
    except InvalidInput as error:
        return await _page(request, mistakes_of(error), sent)
    await wake(request.app[redis_key], OUTBOX_WAKE)
    return redirect(request, f"{PAGE}/{known.id}", _("Saved."))


async def connect(request: web.Request) -> web.StreamResponse:
    """`POST`: the address at the portal where its administrator lets us in. A link, for no form may lead elsewhere."""
    try:
        async with transaction(request) as connection:
            known = await asked_for(request, connection)
            onward = await begin(connection, known, now())
            await record(connection, actor_of(request), Deed("crm.sign_in_begun", "crm", str(known.id)), now())
    except InvalidInput as error:
        return await _page(request, mistakes_of(error))
    return await _page(request, onward=onward)


async def look(request: web.Request) -> web.StreamResponse:
    """`POST`: what keeps it from being told of calls, and the remedy, as `trunkline crm check` tells."""
    async with transaction(request) as connection:
        known = await asked_for(request, connection)
    return await _page(request, findings=await request.app[crms_key][known.kind].check(known))


async def remove(request: web.Request) -> web.StreamResponse:
    """`POST`: with its sign-in and all that waits for it."""
    async with transaction(request) as connection:
        known = await asked_for(request, connection)
        await leave(connection, known, request.app[secret_box_key])
        await remove_connector(connection, known, actor_of(request), now())
    await wake(request.app[redis_key], OUTBOX_WAKE)
    return redirect(request, PAGE, _("Nothing is told there any more."))


async def choose_base(request: web.Request) -> web.StreamResponse:
    """`POST layout, mapping, history, since, anew`: what is read of a 1C base."""
    sent = await onec_page.sent_by(request)
    try:
        async with transaction(request) as connection:
            known = await _base(request, connection)
            await onec_page.choose(request, connection, known, sent)
    except InvalidInput as error:
        mistakes = mistakes_of(error)
        return await _page(
            request, mistakes, more={"base_values": sent, "base_mistakes": onec_page.at_fields(mistakes)}
        )
    return redirect(request, f"{PAGE}/{known.id}", _("Saved."))


async def another_secret(request: web.Request) -> web.StreamResponse:
    """`POST`: the secret that a 1C base sends is made anew, and shown this once."""
    async with transaction(request) as connection:
        known = await _base(request, connection)
        secret = await onec_page.another(request, connection, known)
    return await _page(request, more={"base_secret": secret})


async def _base(request: web.Request, connection: Connection) -> Connector:
    known = await asked_for(request, connection)
    if known.kind != onec_page.KIND:
        raise NotFound(_("There is no such page."))
    return known


def _kind(name: str) -> str:
    """The kind of that name, or the one that is offered."""
    return name if name in KINDS else next(iter(KINDS))


def _refused(request: web.Request, kind: str) -> str:
    """Why the CRM was not connected, where the browser came back with that."""
    code = request.query.get("refused", "")
    said = _REFUSED.get(code) or KINDS[kind].refusals.get(code)
    return _(said) if said else _("Its token server gave no tokens: try again in a minute.") if code else ""


async def _list(
    request: web.Request, kind: str, mistakes: Mapping[str, str] = _NOTHING, sent: Mapping[str, str] | None = None
) -> web.Response:
    async with transaction(request) as connection:
        found = await list_connectors(connection)
        counts = {row["id"]: row for row in await connection.fetch(SQL["counts"], now() - timedelta(days=_DAYS))}
    return page(
        request,
        "crm_sync/list.html",
        status=422 if mistakes else 200,
        rows=found,
        counts=counts,
        kinds={name: one.title for name, one in KINDS.items()},
        told_kinds=TOLD.keys(),
        kind=kind,
        values=dict(sent) if sent is not None else empty(kind),
        labels=labels_of(kind),
        callback=callback_of(request.app[settings_key], "…"),
        refused=_refused(request, kind),
        days=_DAYS,
        **told_of(kind, mistakes),
    )


async def _page(
    request: web.Request,
    mistakes: Mapping[str, str] = _NOTHING,
    sent: Mapping[str, str] | None = None,
    *,
    onward: str = "",
    findings: Sequence[Finding] = (),
    more: Mapping[str, Any] = _NOTHING,
) -> web.Response:
    async with transaction(request) as connection:
        known = await asked_for(request, connection)
        there = await _there(connection, known)
        if known.kind == onec_page.KIND:
            there |= await onec_page.values_of(request, connection, known)
    kind = KINDS[known.kind]
    return page(
        request,
        "crm_sync/connector.html",
        status=422 if mistakes else 200,
        row=known,
        record_choices=[(name, _(word)) for name, word in kind.record_choices],
        kind=kind,
        entity_url=partial(TOLD[known.kind].entity_url, known.portal) if kind.is_told else None,
        onward=onward,
        findings=findings,
        callback=callback_of(request.app[settings_key], known.name),
        handler=handler_of(request.app[settings_key], known.id),
        refused=_refused(request, known.kind),
        just_connected=request.query.get("connected") == "yes",
        values=dict(sent) if sent is not None else values_of(known),
        labels=labels_of(known.kind),
        days=_DAYS,
        **{**there, **more},
        **told_of(known.kind, mistakes),
    )


async def _there(connection: Connection, known: Connector) -> dict[str, Any]:
    """What is kept of the CRM, by the names that the page has for it."""
    counts = await connection.fetch(SQL["counts"], now() - timedelta(days=_DAYS))
    return {
        "counts": next(row for row in counts if row["id"] == known.id),
        "users": await connection.fetch(SQL["users_beside_ours"], known.id),
        "ours": await connection.fetch(SQL["ours_beside_theirs"], known.id),
        "theirs": await connection.fetch(SQL["people_there"], known.id),
        "held": await connection.fetchrow(SQL["held"], known.account),
        "newest": await connection.fetch(SQL["newest"], known.id, _NEWEST, known.kind),
        "records": await connection.fetchval(RECORDS["wanted"], known.id),
        **await callback_page.values_of(connection, known),
        **await mirror_page.values_of(connection, known),
    }
