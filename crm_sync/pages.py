"""`/settings/crm`: the CRMs that calls are told to, how each is connected, and who of ours is who there."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from aiohttp import web

from crm_sync import record_pages
from crm_sync.bitrix24.call import entity_url
from crm_sync.bitrix24.check import Finding, check
from crm_sync.bitrix24.wire import WORDS
from crm_sync.callback_page import routes as callbacks
from crm_sync.callback_page import values_of
from crm_sync.connector import OAUTH_URL, Connector, ConnectorFields
from crm_sync.hooks import handler_of
from crm_sync.records import SQL as RECORDS
from crm_sync.signing_in import PAGE, begin, callback_of, portals_key
from crm_sync.signing_in import routes as returning
from crm_sync.store import SQL, find_connector, list_connectors, remove_connector, save_connector
from trunkline.db.types import Connection
from trunkline.errors import InvalidInput, Mistake, NotFound
from trunkline.keys import pool_key, redis_key, secret_box_key, settings_key
from trunkline.outbox.wake import OUTBOX_WAKE, wake
from trunkline.people.audit import Deed, record
from trunkline.people.pages.request import actor_of, mistakes_of, now, transaction
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark
from trunkline.web.render import page, redirect

_DAYS: Final = 7
_NEWEST: Final = 20
_LONGEST_FIELD: Final = 500
_MOST_USER: Final = 2**53
_NAMES: Final = {
    "name": mark("Short name"),
    "portal": mark("Address of the portal"),
    "client_id": mark("client_id"),
    "secret": mark("client_secret"),
    "oauth_url": mark("Token server"),
    "default_user": mark("Whose calls are whom the portal does not know"),
    "enterprise": mark("The portal has the Enterprise plan"),
    "creates": mark("Unknown numbers become leads"),
    "active": mark("Told of calls"),
}
_EMPTY: Final = dict.fromkeys(_NAMES, "") | {"oauth_url": OAUTH_URL, "creates": "on"}
_NOTHING: Mapping[str, str] = {}
_REFUSED: Final = {
    "state": mark("This sign-in was not begun here, or more than ten minutes ago: begin it again below."),
    "denied": mark("The portal let nobody in: whoever connects it has to be its administrator."),
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
        *callbacks(),
        *record_pages.routes(),
        *returning(),
    ]


async def show_list(request: web.Request) -> web.Response:
    """Every CRM, and the form for one more."""
    return await _list(request)


async def add(request: web.Request) -> web.StreamResponse:
    """`POST`: one more; it is told of calls once it is connected."""
    sent = await _sent(request)
    try:
        told = _fields(sent)
        async with transaction(request) as connection:
            identifier = await save_connector(
                connection, request.app[secret_box_key], None, told, actor_of(request), now()
            )
    except InvalidInput as error:
        return await _list(request, mistakes_of(error), sent)
    return redirect(request, f"{PAGE}/{identifier}", _("Saved: now connect the portal."))


async def show(request: web.Request) -> web.Response:
    """One: how it is connected, what came of its calls, who is known there."""
    return await _page(request)


async def change(request: web.Request) -> web.StreamResponse:
    """`POST`: all of it; an empty secret stays as it was."""
    sent = await _sent(request)
    try:
        told = _fields(sent)
        async with transaction(request) as connection:
            known = await _asked(request, connection)
            await save_connector(connection, request.app[secret_box_key], known, told, actor_of(request), now())
    except InvalidInput as error:
        return await _page(request, mistakes_of(error), sent)
    await wake(request.app[redis_key], OUTBOX_WAKE)
    return redirect(request, f"{PAGE}/{known.id}", _("Saved."))


async def connect(request: web.Request) -> web.StreamResponse:
    """`POST`: the address at the portal where its administrator lets us in. A link, for no form may lead elsewhere."""
    async with transaction(request) as connection:
        known = await _asked(request, connection)
        onward = await begin(connection, known, now())
        await record(connection, actor_of(request), Deed("crm.sign_in_begun", "crm", str(known.id)), now())
    return await _page(request, onward=onward)


async def look(request: web.Request) -> web.StreamResponse:
    """`POST`: what keeps it from being told of calls, and the remedy, as `trunkline crm check` tells."""
    async with transaction(request) as connection:
        known = await _asked(request, connection)
    handler = handler_of(request.app[settings_key], known.id)
    return await _page(request, findings=await check(request.app[pool_key], request.app[portals_key], known, handler))


async def remove(request: web.Request) -> web.StreamResponse:
    """`POST`: with its sign-in and all that waits for it."""
    async with transaction(request) as connection:
        await remove_connector(connection, await _asked(request, connection), actor_of(request), now())
    return redirect(request, PAGE, _("Nothing is told there any more."))


async def _sent(request: web.Request) -> dict[str, str]:
    form = await request.post()
    return {name: str(form.get(name, "")).replace("\0", "").strip()[:_LONGEST_FIELD] for name in _NAMES}


def _fields(sent: Mapping[str, str]) -> ConnectorFields:
    user = sent["default_user"]
    if user and not (user.isascii() and user.isdecimal() and 0 < int(user[:20]) < _MOST_USER):
        raise InvalidInput(Mistake("default_user", _("must be the number of a person in the portal")))
    return ConnectorFields(
        name=sent["name"],
        portal=sent["portal"],
        client_id=sent["client_id"],
        secret=sent["secret"],
        oauth_url=sent["oauth_url"],
        active=bool(sent["active"]),
        enterprise=bool(sent["enterprise"]),
        creates=bool(sent["creates"]),
        default_user=int(user) if user else None,
    )


async def _asked(request: web.Request, connection: Connection) -> Connector:
    try:
        return await find_connector(connection, UUID(request.match_info["crm"]))
    except ValueError:
        raise NotFound(_("There is no such CRM.")) from None


def _told(mistakes: Mapping[str, str]) -> dict[str, Any]:
    named = [(name, f"{_(_NAMES[name])}: {said}" if name in _NAMES else said) for name, said in mistakes.items()]
    return {"mistakes": {name: mistakes.get(name, "") for name in _NAMES}, "told": named}


def _refused(request: web.Request) -> str:
    """Why the portal was not connected, where the browser came back with that."""
    code = request.query.get("refused", "")
    said = _REFUSED.get(code) or WORDS.get(code)
    return _(said) if said else _("The portal's token server gave no tokens: try again in a minute.") if code else ""


async def _list(
    request: web.Request, mistakes: Mapping[str, str] = _NOTHING, sent: Mapping[str, str] = _EMPTY
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
        values=dict(sent),
        labels={name: _(word) for name, word in _NAMES.items()},
        callback=callback_of(request.app[settings_key], "…"),
        refused=_refused(request),
        days=_DAYS,
        **_told(mistakes),
    )


async def _page(
    request: web.Request,
    mistakes: Mapping[str, str] = _NOTHING,
    sent: Mapping[str, str] | None = None,
    *,
    onward: str = "",
    findings: Sequence[Finding] = (),
) -> web.Response:
    async with transaction(request) as connection:
        known = await _asked(request, connection)
        counts = await connection.fetch(SQL["counts"], now() - timedelta(days=_DAYS))
        users = await connection.fetch(SQL["users_beside_ours"], known.id)
        held = await connection.fetchrow(SQL["held"], known.account)
        newest = await connection.fetch(SQL["newest"], known.id, _NEWEST)
        callbacks_there = await values_of(connection, known)
        records = await connection.fetchval(RECORDS["wanted"], known.id)
    return page(
        request,
        "crm_sync/connector.html",
        status=422 if mistakes else 200,
        row=known,
        counts=next(row for row in counts if row["id"] == known.id),
        users=users,
        held=held,
        newest=newest,
        records=records,
        record_choices=[(name, _(word)) for name, word in record_pages.CHOICES],
        entity_url=lambda entity: entity_url(known.portal, entity),
        onward=onward,
        findings=findings,
        callback=callback_of(request.app[settings_key], known.name),
        refused=_refused(request),
        just_connected=request.query.get("connected") == "yes",
        values=dict(sent) if sent is not None else _values(known),
        labels={name: _(word) for name, word in _NAMES.items()},
        days=_DAYS,
        **callbacks_there,
        **_told(mistakes),
    )


def _values(known: Connector) -> dict[str, str]:
    words = {name: str(getattr(known, name)) for name in ("name", "portal", "client_id", "oauth_url")}
    ticks = {name: "on" if getattr(known, name) else "" for name in ("active", "enterprise", "creates")}
    return {**words, **ticks, "secret": "", "default_user": str(known.default_user or "")}
