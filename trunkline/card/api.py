"""`/api/v1/cards/{id}`: the card of a call as JSON, for bots and desktop helpers."""

from aiohttp import web

from trunkline.calls.places import queue_names
from trunkline.card.pages import card_of_call
from trunkline.card.telling import tell
from trunkline.keys import directory_key
from trunkline.web.body import json_answer
from trunkline.web.render import pages_key


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [web.get("/api/v1/cards/{id}", show), web.get("/api/v1/cards/{id}/told", told)]


async def show(request: web.Request) -> web.Response:
    """`GET`: the card, with what its reader may see."""
    return json_answer(await card_of_call(request))


async def told(request: web.Request) -> web.Response:
    """`GET`: the same in words, in the language of Accept-Language."""
    names = queue_names(request.app[directory_key].head)
    return json_answer(tell(await card_of_call(request), request.app[pages_key].clock(), names))
