"""`/settings/deliveries`: what waits, what was given up, and what a person does about it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from aiohttp import web

from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.errors import InvalidInput, NotFound
from trunkline.keys import redis_key
from trunkline.notjson import NOT_JSON
from trunkline.outbox import accounts, dead
from trunkline.outbox.told import said_of
from trunkline.outbox.wake import OUTBOX_WAKE, wake
from trunkline.people.audit import Deed, record
from trunkline.people.pages.request import actor_of, now, text_field, transaction
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import ngettext
from trunkline.web.paging import decode_cursor, first_url, page_of
from trunkline.web.render import page, redirect

_DELIVERIES = "/settings/deliveries"
_PAGE = 50
_RECENT = 20
_LONGEST_ID = 2**63 - 1

_SQL = load_queries("trunkline.outbox")


async def show(request: web.Request) -> web.Response:
    """What waits by kind, held accounts, dead letters a page at a time, the newest deliveries."""
    kind = request.query.get("kind") or None
    try:
        after = decode_cursor(request.query.get("cursor"), tuple[datetime, int])
    except InvalidInput as error:
        raise web.HTTPBadRequest(text=_("This is not an address of ours.")) from error
    async with transaction(request) as connection:
        letters = await dead.dead_letters(connection, kind=kind, after=after, limit=_PAGE + 1)
        values: dict[str, Any] = {
            "waiting": await connection.fetch(_SQL["waiting_kinds"]),
            "accounts": await accounts.held(connection),
            "kinds": [(name, f"{name} ({count})") for name, count in await dead.dead_kinds(connection)],
            "recent": await connection.fetch(_SQL["recent_deliveries"], _RECENT),
        }
    shown = page_of(letters, _PAGE, lambda letter: (letter.failed_at, letter.id))
    values |= {"next_url": shown.next_url(request.rel_url), "first_url": first_url(request.rel_url)}
    spoken = said_of(request).spoken
    return page(request, "outbox/deliveries.html", letters=shown.rows, kind=kind or "", spoken=spoken, **values)


async def decide(request: web.Request) -> web.StreamResponse:
    """Send the ticked letters again, or drop them."""
    form = await request.post()
    letters = [int(value) for value in map(str, form.getall("letters", [])) if _is_id(value)]
    action = form.get("action")
    if action not in {"retry", "drop"}:
        raise web.HTTPBadRequest(text=_("Choose what to do with the deliveries."))
    return await _carry_out(request, str(action), letters)


async def show_letter(request: web.Request) -> web.Response:
    """One dead letter with all that is known of it, and its content to mend."""
    return await _letter(request)


async def mend(request: web.Request) -> web.StreamResponse:
    """Change the content and send it again."""
    identifier = _letter_id(request)
    text = await text_field(request, "payload")
    try:
        payload = msgspec.json.decode(text, type=dict[str, Any])
    except NOT_JSON as error:
        message = _("is not a JSON object: %(reason)s") % {"reason": error}
        return await _letter(request, 422, text=text, mistakes={"payload": message})
    async with transaction(request) as connection:
        before = await _found(connection, identifier)
        await dead.edit(connection, identifier, payload)
        deed = Deed("delivery.mended", "delivery", before.idem, before=dict(before.payload), after=payload)
        await record(connection, actor_of(request), deed, now())
    return await _carry_out(request, "retry", [identifier])


async def free(request: web.Request) -> web.StreamResponse:
    """A held account is well again, a person says: try it now."""
    account = await text_field(request, "account")
    async with transaction(request) as connection:
        await accounts.release(connection, account)
        await record(connection, actor_of(request), Deed("account.freed", "account", account), now())
    await wake(request.app.get(redis_key), OUTBOX_WAKE)
    return redirect(request, _DELIVERIES, _("It is tried again within seconds."))


def routes() -> list[web.RouteDef]:
    """This page's routes."""
    return [
        web.get(_DELIVERIES, show),
        web.post(_DELIVERIES, decide),
        web.post(f"{_DELIVERIES}/accounts", free),
        web.get(f"{_DELIVERIES}/{{letter}}", show_letter),
        web.post(f"{_DELIVERIES}/{{letter}}", mend),
    ]


async def _carry_out(request: web.Request, action: str, letters: Sequence[int]) -> web.StreamResponse:
    async with transaction(request) as connection:
        done = await (dead.retry if action == "retry" else dead.drop)(connection, letters)
        verb = "retried" if action == "retry" else "dropped"
        deed = Deed(f"delivery.{verb}", "delivery", ",".join(map(str, letters[:20])), after={"deliveries": done})
        await record(connection, actor_of(request), deed, now())
    if action == "retry":
        await wake(request.app.get(redis_key), OUTBOX_WAKE)
        said = ngettext("%(num)s delivery is sent again.", "%(num)s deliveries are sent again.", done)
    else:
        said = ngettext("%(num)s delivery is dropped.", "%(num)s deliveries are dropped.", done)
    return redirect(request, _DELIVERIES, said % {"num": done})


async def _letter(
    request: web.Request, status: int = 200, *, text: str | None = None, mistakes: dict[str, str] | None = None
) -> web.Response:
    async with transaction(request) as connection:
        letter = await _found(connection, _letter_id(request))
    shown = text if text is not None else msgspec.json.format(msgspec.json.encode(letter.payload)).decode()
    told = {"letter": letter, "payload": shown, "mistakes": mistakes or {}, "spoken": said_of(request).spoken}
    return page(request, "outbox/letter.html", status=status, **told)


def _letter_id(request: web.Request) -> int:
    text = request.match_info["letter"]
    if not _is_id(text):
        raise web.HTTPNotFound(text=_("There is no such delivery."))
    return int(text)


async def _found(connection: Connection, letter: int) -> dead.DeadLetter:
    try:
        return await dead.dead_letter(connection, letter)
    except NotFound as error:
        raise web.HTTPNotFound(text=_("There is no such delivery.")) from error


def _is_id(value: str) -> bool:
    return value.isascii() and value.isdigit() and int(value[:20]) <= _LONGEST_ID
