"""`/api/v1/queues`: the queues, written whole by their short names."""

from typing import Annotated
from uuid import UUID

import msgspec
from aiohttp import web

from router.queues import store
from router.queues.queue import LONGEST_NAME, Member, Queue, Sent, read
from router.strategies import Strategy
from trunkline.errors import NotFound
from trunkline.people.pages.request import actor_of, now, transaction
from trunkline.web.body import json_answer, read_json

_PATH = "/api/v1/queues"


class QueueBody(msgspec.Struct, forbid_unknown_fields=True):
    """A queue as it is to be; who is not named answers no more."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_NAME)]
    target: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
    strategy: Strategy = Strategy.RRMEMORY
    department: UUID | None = None
    members: Annotated[list[Member], msgspec.Meta(max_length=1000)] = []


class QueueList(msgspec.Struct, frozen=True):
    """All of them, by name."""

    items: list[Queue]


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    one = f"{_PATH}/{{queue}}"
    return [web.get(_PATH, show_all), web.get(one, show_one), web.put(one, put), web.delete(one, drop)]


async def show_all(request: web.Request) -> web.Response:
    """`GET`: every queue with its members."""
    async with transaction(request) as connection:
        queues = [await store.find_queue(connection, row["id"]) for row in await store.list_queues(connection)]
    return json_answer(QueueList(queues))


async def show_one(request: web.Request) -> web.Response:
    """`GET`: one queue."""
    async with transaction(request) as connection:
        return json_answer(await store.find_queue(connection, request.match_info["queue"]))


async def put(request: web.Request) -> web.Response:
    """`PUT`: make it what is sent; 201 where it is new."""
    body, identifier = await read_json(request, QueueBody), request.match_info["queue"]
    sent = Sent(
        identifier,
        " ".join(body.name.split()),
        body.target,
        body.strategy.value,
        "" if body.department is None else str(body.department),
        {str(member.person): str(member.penalty) for member in body.members},
    )
    async with transaction(request) as connection:
        people = {row["id"] for row in await store.people(connection)}
        queue = read(sent, people, await store.departments(connection))
        try:
            await store.change_queue(connection, queue, actor_of(request), now())
        except NotFound:
            await store.add_queue(connection, queue, actor_of(request), now())
            return json_answer(queue, 201)
        return json_answer(await store.find_queue(connection, identifier))


async def drop(request: web.Request) -> web.Response:
    """`DELETE`: gone; 400 while the plan, a line or a callback leads to it."""
    async with transaction(request) as connection:
        await store.remove_queue(connection, request.match_info["queue"], actor_of(request), now())
    return web.Response(status=204)
