"""`/card`: the page a manager keeps open. It shows the calls of the moment at once; its script keeps them level."""

from collections.abc import Sequence

from aiohttp import web

from softphone_card.message import as_told
from softphone_card.room import room_key
from trunkline.calls.places import queue_names
from trunkline.keys import directory_key
from trunkline.missed.reading import Asker, MissedClient, Wanted, list_open
from trunkline.people.pages.request import now, transaction
from trunkline.people.roles import Right
from trunkline.presence.own import own_values
from trunkline.web.auth import signed_in
from trunkline.web.render import page

_MOST_MISSED = 5


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [web.get("/card", show)]


async def show(request: web.Request) -> web.Response:
    """The calls of whoever is signed in; without an extension, what he lacks."""
    identity = signed_in(request)
    told = None
    if identity.extension is not None:
        state = await request.app[room_key].feed.state(identity.extension)
        told = as_told(state, now(), queue_names(request.app[directory_key].head))
    return page(
        request,
        "softphone_card/card.html",
        told=told,
        extension=identity.extension,
        person=identity.person,
        may_see_calls=identity.holds(Right.CALLS_READ),
        may_dial=identity.holds(Right.CALLS_DIAL),
        missed=await _missed(request),
        now=now(),
        **await own_values(request),
    )


async def _missed(request: web.Request) -> Sequence[MissedClient]:
    """Whom he himself is to call back, the nearest promise first."""
    identity = signed_in(request)
    if not identity.holds(Right.CALLS_READ):
        return []
    async with transaction(request) as connection:
        asker = Asker.of(identity, now())
        return (await list_open(connection, asker, Wanted(owner=identity.person), size=_MOST_MISSED)).rows
