"""`/api/v1/live`: the floor for programs."""

from aiohttp import web

from trunkline.floor.looking import look
from trunkline.web.body import json_answer


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [web.get("/api/v1/live", show)]


async def show(request: web.Request) -> web.Response:
    """`GET`: queues, agents and lines of the reader's departments and lines."""
    return json_answer(await look(request))
