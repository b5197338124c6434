"""`/api/v1/missed`: the list and what people do to it, for programs."""

from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from aiohttp import web

from trunkline.errors import InvalidInput, Mistake, NotFound
from trunkline.keys import pool_key
from trunkline.missed.hand import CloseBody, Hand, close, release, take
from trunkline.missed.reading import Asker, MissedClient, after_of, find_client, list_closed, list_open, wanted
from trunkline.missed.rules import read_rules
from trunkline.web.auth import signed_in
from trunkline.web.body import json_answer, read_json
from trunkline.web.i18n import gettext as _
from trunkline.web.paging import page_size
from trunkline.web.render import reader_of

_KNOWN: Final = ("state", "whose", "overdue", "line", "queue", "limit", "cursor")
_STATES: Final = ("open", "closed")


class MissedPage(msgspec.Struct, frozen=True):
    """A page of missed clients; `next` is the cursor of the page behind it, null on the last."""

    items: list[MissedClient]
    next: str | None


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [
        web.get("/api/v1/missed", show_list),
        web.get("/api/v1/missed/{id}", show_client),
        web.post("/api/v1/missed/{id}/take", take_client),
        web.post("/api/v1/missed/{id}/release", release_client),
        web.post("/api/v1/missed/{id}/close", close_client),
    ]


async def show_list(request: web.Request) -> web.Response:
    """`GET ?state=&whose=&overdue=&line=&queue=&limit=&cursor=`: who waits, or who waits no more."""
    query = {name: text for name, text in request.query.items() if text}
    mistakes = [Mistake(name, f"is not known; there are {', '.join(_KNOWN)}") for name in query if name not in _KNOWN]
    state = query.get("state", "open")
    if state not in _STATES:
        mistakes.append(Mistake("state", f"must be one of {', '.join(_STATES)}"))
    if state == "closed" and "overdue" in query:
        mistakes.append(Mistake("overdue", "goes with open entries only"))
    if mistakes:
        raise InvalidInput(*mistakes)
    asked, size = wanted(query, signed_in(request).person), page_size(query.get("limit"))
    after, asker = after_of(query), _asker(request)
    async with request.app[pool_key].acquire() as connection:
        if state == "open":
            found = await list_open(connection, asker, asked, after, size)
        else:
            ever = datetime(2000, 1, 1, tzinfo=UTC)
            found = await list_closed(connection, asker, asked, ever, after, size)
    return json_answer(MissedPage(list(found.rows), found.next_cursor))


async def show_client(request: web.Request) -> web.Response:
    """`GET`: one."""
    async with request.app[pool_key].acquire() as connection:
        return json_answer(await find_client(connection, _asker(request), _entry(request)))


async def take_client(request: web.Request) -> web.Response:
    """`POST`: he is the token's owner's."""
    return await _do(request, take)


async def release_client(request: web.Request) -> web.Response:
    """`POST`: he is nobody's."""
    return await _do(request, release)


async def close_client(request: web.Request) -> web.Response:
    """`POST {"reason", "note"?}`: he needs no call."""
    return await _do(request, close, await read_json(request, CloseBody))


async def _do(request: web.Request, do: Any, *more: CloseBody) -> web.Response:
    async with request.app[pool_key].acquire() as connection, connection.transaction():
        rules = (await read_rules(connection)).in_zone(reader_of(request).timezone)
        hand = Hand(signed_in(request), datetime.now(UTC), rules)
        return json_answer(await do(connection, hand, _entry(request), *more))


def _asker(request: web.Request) -> Asker:
    return Asker.of(signed_in(request), datetime.now(UTC))


def _entry(request: web.Request) -> UUID:
    try:
        return UUID(request.match_info["id"])
    except ValueError:
        raise NotFound(_("There is no such entry: the list has changed meanwhile.")) from None
