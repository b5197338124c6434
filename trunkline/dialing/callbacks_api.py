"""`/api/v1/callbacks`: clients who want to be called back, asked for by sites, bots and people."""

from datetime import datetime
from uuid import UUID

import msgspec
from aiohttp import web

from trunkline.db.types import Connection
from trunkline.dialing.api import DialRefused, idempotency_key
from trunkline.dialing.callbacks_ask import CallbackBody, ask_back, refused_because
from trunkline.dialing.callbacks_store import CallbackRow, cancel, find_callback, list_callbacks
from trunkline.errors import InvalidInput, Mistake, NotFound
from trunkline.people.audit import Deed, record
from trunkline.people.pages.request import actor_of, now, transaction
from trunkline.web.auth import signed_in
from trunkline.web.body import json_answer, read_json
from trunkline.web.i18n import gettext
from trunkline.web.paging import decode_cursor, page_of, page_size


class CallbackAnswer(msgspec.Struct, frozen=True):
    """The callback, and whether it is new: a number that waits is asked for once, for the soonest time asked for.

    Of one that waits outside one's departments or lines, nothing is told but that, and nothing is changed.
    """

    id: UUID | None
    added: bool
    wanted_at: datetime | None


class CallbackPage(msgspec.Struct, frozen=True):
    """A page of callbacks."""

    items: list[CallbackRow]
    next: str | None


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [
        web.get("/api/v1/callbacks", show),
        web.post("/api/v1/callbacks", add),
        web.get("/api/v1/callbacks/{id}", show_one),
        web.delete("/api/v1/callbacks/{id}", drop),
    ]


async def show(request: web.Request) -> web.Response:
    """`GET ?ended=yes&limit=&cursor=`: who waits, in order; or those that are over, the newest first."""
    size, ended = page_size(request.query.get("limit")), request.query.get("ended", "")
    if ended not in {"", "yes"}:
        raise InvalidInput(Mistake("ended", "must be yes, or left out"))
    after = decode_cursor(request.query.get("cursor"), tuple[datetime, UUID])
    async with transaction(request) as connection:
        reach = signed_in(request).reach()
        found = await list_callbacks(connection, reach, ended=bool(ended), after=after, limit=size + 1)
    page = page_of(found, size, lambda one: (one.ended_at if ended else one.asked_at, one.id))
    return json_answer(CallbackPage(list(page.rows), page.next_cursor))


async def show_one(request: web.Request) -> web.Response:
    """`GET`: one callback."""
    async with transaction(request) as connection:
        return json_answer(await callback_of(request, connection))


async def add(request: web.Request) -> web.Response:
    """`POST`: 201 for a new one, 200 where the number waits already, 409 where the guard refuses."""
    body, key = await read_json(request, CallbackBody), idempotency_key(request)
    taken = await ask_back(request, body, key)
    if taken.refused:
        return json_answer(DialRefused("refused", *refused_because(taken)), 409)
    return json_answer(CallbackAnswer(taken.id, taken.fresh, taken.wanted_at), 201 if taken.fresh else 200)


async def drop(request: web.Request) -> web.Response:
    """`DELETE`: he is called no more."""
    async with transaction(request) as connection:
        await cancel_one(request, connection)
    return web.Response(status=204)


async def cancel_one(request: web.Request, connection: Connection) -> None:
    """Cancel the callback of `{id}`; raises NotFound where it is none, or over."""
    found = await callback_of(request, connection)
    if not await cancel(connection, found.id, "person", now()):
        raise NotFound(gettext("This callback is over."))
    await record(connection, actor_of(request), Deed("callback.cancelled", "callback", str(found.id)), now())


async def callback_of(request: web.Request, connection: Connection) -> CallbackRow:
    """The callback of `{id}` within the asker's reach; raises NotFound."""
    try:
        identifier = UUID(request.match_info["id"])
    except ValueError:
        raise NotFound(gettext("There is no such callback.")) from None
    found = await find_callback(connection, identifier, signed_in(request).reach())
    if found is None:
        raise NotFound(gettext("There is no such callback."))
    return found
