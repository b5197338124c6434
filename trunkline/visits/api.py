"""`/api/v1/bookings`: visits and free times for programs."""

from datetime import UTC, datetime
from uuid import UUID

import msgspec
from aiohttp import web

from trunkline.errors import InvalidInput, Mistake
from trunkline.keys import pool_key, redis_key
from trunkline.notices.store import spread
from trunkline.people.pages.request import actor_of
from trunkline.visits.pages import visit_id
from trunkline.visits.rules import read_rules
from trunkline.visits.store import Asker, Booker, book, cancel, find_visit, list_visits, move
from trunkline.visits.visit import BookBody, MoveBody, Visit
from trunkline.visits.working import free_time
from trunkline.web.auth import signed_in
from trunkline.web.body import json_answer, read_json
from trunkline.web.paging import decode_cursor, page_size

_WHEN = ("coming", "past")
_WHOSE = ("mine", "all")
_KNOWN = ("when", "whose", "limit", "cursor")


class VisitPage(msgspec.Struct, frozen=True):
    """A page of visits; `next` is the cursor of the page behind it, null on the last."""

    items: list[Visit]
    next: str | None


class FreeAnswer(msgspec.Struct, frozen=True):
    """When a visit of somebody may begin; `calendar_read_at` is null where his own calendar is not known."""

    person: UUID
    name: str
    minutes: int
    starts: list[datetime]
    calendar_read_at: datetime | None
    calendar_problem: str | None


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [
        web.get("/api/v1/bookings", show_list),
        web.post("/api/v1/bookings", add),
        web.get("/api/v1/bookings/free", show_free),
        web.get("/api/v1/bookings/{id}", show_one),
        web.delete("/api/v1/bookings/{id}", cancel_one),
        web.post("/api/v1/bookings/{id}/move", move_one),
    ]


async def show_list(request: web.Request) -> web.Response:
    """`GET ?when=&whose=&limit=&cursor=`: those to come (the nearest first), or those that were."""
    query = {name: text for name, text in request.query.items() if text}
    mistakes = [Mistake(name, f"is not known; there are {', '.join(_KNOWN)}") for name in query if name not in _KNOWN]
    when, whose = query.get("when", "coming"), query.get("whose", "all")
    mistakes += [
        Mistake(name, f"must be one of {', '.join(words)}")
        for name, value, words in (("when", when, _WHEN), ("whose", whose, _WHOSE))
        if value not in words
    ]
    if mistakes:
        raise InvalidInput(*mistakes)
    size, after = page_size(query.get("limit")), decode_cursor(query.get("cursor"), tuple[datetime, UUID])
    if after is not None and after[0].tzinfo is None:
        raise InvalidInput(Mistake("cursor", "is not a cursor of ours"))
    asker = Asker.of(signed_in(request))
    async with request.app[pool_key].acquire() as connection:
        found = await list_visits(
            connection, asker, datetime.now(UTC), past=when == "past", mine=whose == "mine", after=after, size=size
        )
    return json_answer(VisitPage(list(found.rows), found.next_cursor))


async def show_free(request: web.Request) -> web.Response:
    """`GET ?person=`: when somebody may be sent."""
    try:
        person = UUID(request.query.get("person", ""))
    except ValueError:
        raise InvalidInput(Mistake("person", "must be the id of somebody who works here")) from None
    async with request.app[pool_key].acquire() as connection:
        free = await free_time(connection, person, await read_rules(connection), datetime.now(UTC))
    starts = [slot.starts for slot in free.slots]
    return json_answer(
        FreeAnswer(free.person, free.name, free.minutes, starts, free.calendar_read_at, free.calendar_problem)
    )


async def show_one(request: web.Request) -> web.Response:
    """`GET`: one."""
    async with request.app[pool_key].acquire() as connection:
        return json_answer(await find_visit(connection, Asker.of(signed_in(request)), visit_id(request)))


async def add(request: web.Request) -> web.Response:
    """`POST {"person", "starts_at", "number", …}`: book a free time."""
    body = await read_json(request, BookBody)
    async with request.app[pool_key].acquire() as connection, connection.transaction():
        visit, told = await book(connection, _booker(request), body)
    await spread(request.app[redis_key], told)
    return json_answer(visit, 201)


async def move_one(request: web.Request) -> web.Response:
    """`POST {"starts_at"}`: to another free time."""
    body = await read_json(request, MoveBody)
    async with request.app[pool_key].acquire() as connection, connection.transaction():
        visit, told = await move(connection, _booker(request), visit_id(request), body.starts_at)
    await spread(request.app[redis_key], told)
    return json_answer(visit)


async def cancel_one(request: web.Request) -> web.Response:
    """`DELETE`: it does not take place."""
    async with request.app[pool_key].acquire() as connection, connection.transaction():
        _visit, told = await cancel(connection, _booker(request), visit_id(request))
    await spread(request.app[redis_key], told)
    return web.Response(status=204)


def _booker(request: web.Request) -> Booker:
    return Booker(Asker.of(signed_in(request)), actor_of(request), datetime.now(UTC))
