"""`/settings/chats`: the addresses that Chat2Desk posts clients' messages to, each of one brand."""

from collections.abc import Mapping
from time import time
from typing import Final
from uuid import UUID

from aiohttp import web

from trunkline.chats.hooks import address_of
from trunkline.chats.store import SQL, Inbox, find_inbox, list_inboxes, remove_inbox, save_inbox
from trunkline.errors import InvalidInput, Mistake, NotFound
from trunkline.ids import uuid7
from trunkline.keys import settings_key
from trunkline.people.pages.request import actor_of, mistakes_of, now, transaction
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark
from trunkline.web.render import page, redirect

_HERE: Final = "/settings/chats"
_NAMES: Final = {
    "name": mark("Name"),
    "direction": mark("Brand"),
    "department_id": mark("Department"),
    "active": mark("Messages are taken"),
}
_EMPTY: Final = dict.fromkeys(_NAMES, "") | {"active": "on"}
_NONE: Final[Mapping[str, str]] = {}


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [
        web.get(_HERE, show),
        web.post(_HERE, add),
        web.post(f"{_HERE}/{{inbox}}", change),
        web.post(f"{_HERE}/{{inbox}}/remove", remove),
    ]


async def show(request: web.Request) -> web.Response:
    """Every inbox with its address, and the form for one more."""
    return await _page(request)


async def add(request: web.Request) -> web.StreamResponse:
    """`POST`: one more."""
    return await _save(request, uuid7(time()), _("Added. Let Chat2Desk post to its address."))


async def change(request: web.Request) -> web.StreamResponse:
    """`POST`: all of it; its address stays."""
    return await _save(request, _asked(request), _("Saved."), known=True)


async def remove(request: web.Request) -> web.StreamResponse:
    """`POST`: its address takes nothing any more."""
    async with transaction(request) as connection:
        await remove_inbox(connection, await find_inbox(connection, _asked(request)), actor_of(request), now())
    return redirect(request, _HERE, _("Nothing is taken there any more."))


async def _save(request: web.Request, inbox: UUID, said: str, *, known: bool = False) -> web.StreamResponse:
    form = await request.post()
    sent = {name: " ".join(str(form.get(name, "")).replace("\0", "").split())[:300] for name in _NAMES}
    try:
        async with transaction(request) as connection:
            if known:
                await find_inbox(connection, inbox)
            await save_inbox(connection, _inbox(inbox, sent), actor_of(request), now())
    except InvalidInput as error:
        return await _page(request, sent, mistakes_of(error), inbox if known else None)
    return redirect(request, _HERE, said)


def _inbox(identifier: UUID, sent: Mapping[str, str]) -> Inbox:
    try:
        department = UUID(sent["department_id"]) if sent["department_id"] else None
    except ValueError:
        raise InvalidInput(Mistake("department_id", _("choose one"))) from None
    return Inbox(
        id=identifier,
        name=sent["name"],
        direction=sent["direction"],
        department_id=department,
        active=bool(sent["active"]),
    )


async def _page(
    request: web.Request,
    sent: Mapping[str, str] = _EMPTY,
    mistakes: Mapping[str, str] = _NONE,
    changed: UUID | None = None,
) -> web.Response:
    async with transaction(request) as connection:
        inboxes = await list_inboxes(connection)
        departments = await connection.fetch(SQL["departments"])
    settings = request.app[settings_key]
    answer = page(
        request,
        "chats/list.html",
        status=422 if mistakes else 200,
        inboxes=inboxes,
        addresses={one.id: address_of(settings, one.id) for one in inboxes},
        values=sent,
        changed=changed,
        mistakes={name: mistakes.get(name, "") for name in _NAMES},
        told=[(name, f"{_(_NAMES[name])}: {said}") for name, said in mistakes.items()],
        labels={name: _(word) for name, word in _NAMES.items()},
        departments=[("", _("none: everybody's")), *((str(row["id"]), row["name"]) for row in departments)],
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _asked(request: web.Request) -> UUID:
    try:
        return UUID(request.match_info["inbox"])
    except ValueError:
        raise NotFound(_("There is no such inbox.")) from None
