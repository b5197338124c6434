"""`/api/v1/callbacks`: clients who want to be called back, asked for by sites, bots and people."""

from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Annotated
from uuid import UUID

import msgspec
from aiohttp import web

from trunkline.db.types import Connection
from trunkline.dialing import callbacks_store
from trunkline.dialing.api import DialRefused, idempotency_key, line_of
from trunkline.dialing.callbacks_store import CallbackRow, Wanted, cancel, find_callback, list_callbacks
from trunkline.dialing.store import SQL as DIALS
from trunkline.dialing.store import Wish
from trunkline.dialing.words import refusal
from trunkline.errors import InvalidInput, Mistake, NotFound
from trunkline.keys import directory_key
from trunkline.numbering.subjects import zones_of
from trunkline.people.audit import Deed, record
from trunkline.people.identity import Identity
from trunkline.people.pages.request import actor_of, now, transaction
from trunkline.presence.people import zone_of
from trunkline.web.auth import signed_in
from trunkline.web.body import json_answer, read_json
from trunkline.web.i18n import gettext as _
from trunkline.web.metrics import DIALS_REFUSED
from trunkline.web.paging import decode_cursor, page_of, page_size
from trunkline.web.security import Address, peer_key

_AHEAD = timedelta(days=30)

Text = Annotated[str, msgspec.Meta(max_length=128)]


class CallbackBody(msgspec.Struct, forbid_unknown_fields=True):
    """What is posted; `ip` is the visitor's where a site's server asks for him."""

    number: Text
    queue: Text
    line: Text = ""
    agent: Text = ""
    """Whom to ask first: an extension."""
    wanted_at: datetime | None = None
    source: Annotated[str, msgspec.Meta(min_length=1, max_length=40)] = "api"
    ip: Text = ""


class CallbackAnswer(msgspec.Struct, frozen=True):
    """The callback, and whether it is new: a number that waits is asked for once."""

    id: UUID
    added: bool


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
    asker, at = signed_in(request), now()
    async with transaction(request) as connection:
        wanted = await _wanted(request, connection, asker, body, at)
        wanted = wanted._replace(wish=wanted.wish._replace(key=key))
        taken = await callbacks_store.take(connection, wanted, at)
        if taken.fresh and taken.id is not None:
            said = {"queue": body.queue, "source": body.source}
            await record(
                connection, actor_of(request), Deed("callback.added", "callback", str(taken.id), after=said), at
            )
    if taken.id is None:
        assert taken.verdict is not None
        rule, reason = taken.verdict.rule, taken.verdict.trace[-1].used.get("reason")
        DIALS_REFUSED.labels(rule).inc()
        return json_answer(DialRefused("refused", rule, refusal(rule, str(reason) if reason else None)), 409)
    return json_answer(CallbackAnswer(taken.id, taken.fresh), 201 if taken.fresh else 200)


async def drop(request: web.Request) -> web.Response:
    """`DELETE`: he is called no more."""
    async with transaction(request) as connection:
        await cancel_one(request, connection)
    return web.Response(status=204)


async def cancel_one(request: web.Request, connection: Connection) -> None:
    """Cancel the callback of `{id}`; raises NotFound where it is none, or over."""
    found = await callback_of(request, connection)
    if not await cancel(connection, found.id, "person", now()):
        raise NotFound("this callback is over")
    await record(connection, actor_of(request), Deed("callback.cancelled", "callback", str(found.id)), now())


async def callback_of(request: web.Request, connection: Connection) -> CallbackRow:
    """The callback of `{id}` within the asker's reach; raises NotFound."""
    try:
        identifier = UUID(request.match_info["id"])
    except ValueError:
        raise NotFound("no such callback") from None
    found = await find_callback(connection, identifier, signed_in(request).reach())
    if found is None:
        raise NotFound(f"no callback {identifier}")
    return found


async def _wanted(
    request: web.Request, connection: Connection, asker: Identity, body: CallbackBody, at: datetime
) -> Wanted:
    """What is asked for, every part checked; raises InvalidInput with every mistake."""
    mistakes = []
    queue = await connection.fetchrow(callbacks_store.SQL["find_queue"], body.queue)
    departments = asker.scope.departments
    if queue is None or (departments is not None and queue["department_id"] not in departments):
        mistakes.append(Mistake("$.queue", _("must be the id of a queue of ours")))
    owner = await connection.fetchrow(DIALS["find_agent"], body.agent) if body.agent else None
    if body.agent and owner is None:
        mistakes.append(Mistake("$.agent", _("nobody works at extension %(extension)s") % {"extension": body.agent}))
    wanted_at = body.wanted_at or at
    if wanted_at.tzinfo is None:
        mistakes.append(Mistake("$.wanted_at", _("must name its zone, e.g. 2026-08-06T14:00:00+03:00")))
    elif wanted_at > at + _AHEAD:
        mistakes.append(Mistake("$.wanted_at", _("must be within 30 days")))
    if not body.source.isprintable():
        mistakes.append(Mistake("$.source", _("must be at most 100 printable characters")))
    address = _address(request, body.ip, mistakes)
    if mistakes:
        raise InvalidInput(*mistakes)
    line = await line_of(connection, asker, body.line)
    zones = zones_of(request.app[directory_key].view.region(callbacks_store.number_of(body.number)))
    zone = (zones[0] if zones else zone_of(request)).key
    wish = Wish(body.number, "", "", by=asker.person, ip=address, line=line)
    return Wanted(wish, body.queue, zone, body.source, max(wanted_at, at), owner["id"] if owner else None)


def _address(request: web.Request, text: str, mistakes: list[Mistake]) -> Address | None:
    if not text:
        return request[peer_key].address
    try:
        return ip_address(text)
    except ValueError:
        mistakes.append(Mistake("$.ip", _("must be an address, e.g. 203.0.113.5")))
        return None
