"""`/settings/chat2desk`: the company's account at Chat2Desk is connected, looked at and removed here."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Final

from aiohttp import web

from crm_sync.account_form import api_of, check_plain, refused_at, sent_by, shown
from crm_sync.asking import open_asking
from crm_sync.chat2desk.check import PAGE, check
from crm_sync.chat2desk.client import API_URL, Chat2Desk, Way
from crm_sync.chat2desk.store import ACCOUNT, SQL, AccountRow, find_account, save_account
from crm_sync.port import Finding
from trunkline.errors import InvalidInput, Mistake, NotFound
from trunkline.ids import uuid7
from trunkline.keys import pool_key, redis_key, secret_box_key, settings_key
from trunkline.outbox.accounts import release
from trunkline.outbox.wake import OUTBOX_WAKE, wake
from trunkline.people.audit import Deed, record
from trunkline.people.pages.request import actor_of, mistakes_of, now, transaction
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark
from trunkline.web.render import page, redirect

_NAMES: Final = {
    "token": mark("API token"),
    "api_url": mark("Address of the API"),
    "comments": mark("Calls are told as internal comments"),
    "links": mark("With links to recordings"),
}
_NOTHING: Final[Mapping[str, str]] = {}
chat2desk_key: web.AppKey[Chat2Desk] = web.AppKey("chat2desk", Chat2Desk)


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [
        web.get(PAGE, show),
        web.post(PAGE, connect),
        web.post(f"{PAGE}/check", look),
        web.post(f"{PAGE}/remove", remove),
    ]


async def chat2desk_context(app: web.Application) -> AsyncIterator[None]:
    """Chat2Desk as this process asks it."""
    async with open_asking(app[settings_key]) as asking:
        app[chat2desk_key] = Chat2Desk(asking)
        yield


async def show(request: web.Request) -> web.Response:
    """How it stands, and the form."""
    return await _page(request)


async def connect(request: web.Request) -> web.StreamResponse:
    """`POST token, api_url, comments, links`: it is asked whose token it is, then kept; no token: the one there is."""
    sent = await sent_by(request, _NAMES)
    try:
        told = await _looked_at(request, sent)
        async with transaction(request) as connection:
            await save_account(connection, told, actor_of(request), now())
            await release(connection, ACCOUNT)
    except InvalidInput as error:
        return await _page(request, mistakes_of(error), sent)
    await wake(request.app[redis_key], OUTBOX_WAKE)
    return redirect(request, PAGE, _("Connected. Calls that begin from now on are told to it."))


async def look(request: web.Request) -> web.Response:
    """`POST`: what keeps calls from it, and the remedy, as `trunkline crm chat2desk` tells."""
    found = await check(request.app[pool_key], request.app[secret_box_key], request.app[chat2desk_key])
    return await _page(request, findings=found)


async def remove(request: web.Request) -> web.StreamResponse:
    """`POST`: nothing is told to it any more; what it was told stays there."""
    async with transaction(request) as connection:
        known = await find_account(connection)
        if known is None:
            raise NotFound(_("Chat2Desk is not connected."))
        await connection.execute(SQL["drop_account"], known.id)
        deed = Deed("chat2desk.removed", "chat2desk", str(known.id), {"company": known.company})
        await record(connection, actor_of(request), deed, now())
        await release(connection, ACCOUNT)
    return redirect(request, PAGE, _("Nothing is told to Chat2Desk any more."))


async def _looked_at(request: web.Request, sent: Mapping[str, str]) -> AccountRow:
    """The row as it is to be; raises InvalidInput, with Chat2Desk's own words where it refuses."""
    async with transaction(request) as connection:
        known = await find_account(connection)
    mistakes: list[Mistake] = []
    if not sent["token"] and known is None:
        mistakes.append(Mistake("token", _("must not be empty")))
    check_plain(sent["token"], mistakes)
    origin = api_of(sent["api_url"], mistakes)
    if known is not None and not sent["token"] and origin not in ("", known.api_url):
        mistakes.append(Mistake("token", _("must be given anew for another address: the kept one goes nowhere else")))
    if mistakes:
        raise InvalidInput(*mistakes)
    box = request.app[secret_box_key]
    if known is not None and not sent["token"]:
        sealed, company = known.token, known.company
    else:
        way = Way(origin, sent["token"])
        with refused_at("token", way.token):
            company = await request.app[chat2desk_key].company(way)
        sealed = box.seal(way.token.encode())
    identifier = uuid7(now().timestamp())
    return AccountRow(identifier, origin, sealed, company, bool(sent["comments"]), bool(sent["links"]), now())


async def _page(
    request: web.Request,
    mistakes: Mapping[str, str] = _NOTHING,
    sent: Mapping[str, str] = _NOTHING,
    findings: Sequence[Finding] = (),
) -> web.Response:
    async with transaction(request) as connection:
        known = await find_account(connection)
    kept: dict[str, Any] = {"api_url": API_URL, "comments": True, "links": False}
    if known is not None:
        kept = {"api_url": known.api_url, "comments": known.comments, "links": known.links}
    return page(
        request,
        "crm_sync/chat2desk.html",
        known=known,
        findings=findings,
        **shown(_NAMES, kept | dict(sent), mistakes),
    )
