"""`/card`: the page a manager keeps open. It shows the calls of the moment at once; its script keeps them level."""

from aiohttp import web

from softphone_card.message import as_told
from softphone_card.room import room_key
from trunkline.people.pages.request import now, transaction
from trunkline.people.roles import Right
from trunkline.presence.people import known
from trunkline.presence.state import State as PresenceState
from trunkline.presence.words import STATES
from trunkline.web.auth import signed_in
from trunkline.web.render import page


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [web.get("/card", show)]


async def show(request: web.Request) -> web.Response:
    """The calls of whoever is signed in; without an extension, what he lacks."""
    identity = signed_in(request)
    told = None
    if identity.extension is not None:
        told = as_told(await request.app[room_key].feed.state(identity.extension), now())
    return page(
        request,
        "softphone_card/card.html",
        told=told,
        extension=identity.extension,
        presence=await _presence(request),
        may_see_calls=identity.holds(Right.CALLS_READ),
    )


async def _presence(request: web.Request) -> tuple[str, str] | None:
    """What the person said of himself, in words and the kind of its mark; None where he may say nothing."""
    identity = signed_in(request)
    if not identity.holds(Right.PRESENCE_OWN):
        return None
    async with transaction(request) as connection:
        people = await known(request, connection, now(), only=identity.person)
    return STATES[PresenceState(people[0].spoken.state.value)] if people else None
