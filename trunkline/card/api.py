"""`/api/v1/cards/{id}`: the card of a call as JSON, for bots and desktop helpers."""

from aiohttp import web

from trunkline.card.pages import card_of_call
from trunkline.web.body import json_answer


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [web.get("/api/v1/cards/{id}", show)]


async def show(request: web.Request) -> web.Response:
    """`GET`: the card, with what its reader may see."""
    return json_answer(await card_of_call(request))
