"""`/api/v1/do-not-call`: who is never called by us, with the reason, the date, and who wrote it down."""

from datetime import datetime
from typing import Annotated

import msgspec
from aiohttp import web

from trunkline.dialing import rules_store
from trunkline.errors import InvalidInput, Mistake, NotFound
from trunkline.keys import pool_key, secret_box_key
from trunkline.people.pages.request import actor_of, now, transaction
from trunkline.web.body import json_answer, read_json
from trunkline.web.i18n import gettext as _
from trunkline.web.paging import decode_cursor, page_of, page_size


class BlockBody(msgspec.Struct, forbid_unknown_fields=True):
    """What is posted; a number posted again gets the newer reason."""

    number: str
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=rules_store.LONGEST_REASON)]


class BlockAnswer(msgspec.Struct, frozen=True):
    """A number on the list, and whether it is new there."""

    number: str
    added: bool


class BlockPage(msgspec.Struct, frozen=True):
    """A page of the list, the newest first."""

    items: list[rules_store.Blocked]
    next: str | None


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [
        web.get("/api/v1/do-not-call", show),
        web.post("/api/v1/do-not-call", add),
        web.delete("/api/v1/do-not-call/{number}", drop),
    ]


async def show(request: web.Request) -> web.Response:
    """`GET ?prefix=&limit=&cursor=`: a page of numbers."""
    size = page_size(request.query.get("limit"))
    prefix = request.query.get("prefix", "").strip()
    digits = prefix.removeprefix("+")
    if prefix and not (digits.isascii() and digits.isdecimal() and len(digits) <= 15):
        raise InvalidInput(Mistake("prefix", "must be the first digits of a number, e.g. +7495"))
    after = decode_cursor(request.query.get("cursor"), tuple[datetime, str])
    async with request.app[pool_key].acquire() as connection:
        found = await rules_store.list_blocked(
            connection, prefix=f"+{digits}" if digits else "", after=after, limit=size + 1
        )
    page = page_of(found, size, lambda one: (one.added_at, one.number))
    return json_answer(BlockPage(list(page.rows), page.next_cursor))


async def add(request: web.Request) -> web.Response:
    """`POST`: 201 for a new number, 200 for another reason."""
    body = await read_json(request, BlockBody)
    async with transaction(request) as connection:
        try:
            number, added = await rules_store.add_number(connection, body.number, body.reason, actor_of(request), now())
        except InvalidInput as error:
            raise InvalidInput(*(Mistake(f"$.{one.path}", one.message) for one in error.mistakes)) from error
    return json_answer(BlockAnswer(number, added), 201 if added else 200)


async def drop(request: web.Request) -> web.Response:
    """`DELETE`: it may be called again."""
    text = request.match_info["number"]
    async with transaction(request) as connection:
        if not await rules_store.drop_number(connection, text, actor_of(request), now(), request.app[secret_box_key]):
            raise NotFound(_("This number is not on the list."))
    return web.Response(status=204)
