"""Every route and who may enter it: one table, whose rows stand in `trunkline/web/routes/` by area.

A route that is not in it stops the application at its start.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import assert_never

from aiohttp import web

from trunkline.errors import TrunklineError
from trunkline.people.identity import Identity, Via
from trunkline.people.roles import Right
from trunkline.web.routes.base import BASE
from trunkline.web.routes.calls import CALLS
from trunkline.web.routes.clients import CLIENTS
from trunkline.web.routes.connectors import CONNECTORS
from trunkline.web.routes.contacts import CONTACTS
from trunkline.web.routes.leads import LEADS
from trunkline.web.routes.lines import LINES
from trunkline.web.routes.people import PEOPLE
from trunkline.web.routes.recordings import RECORDINGS
from trunkline.web.routes.reports import REPORTS
from trunkline.web.routes.routing import ROUTING
from trunkline.web.routes.row import Access, RouteRight
from trunkline.web.routes.sites import SITES


class Entrance(StrEnum):
    """The verdict on one request."""

    ENTER = "enter"
    SIGN_IN = "sign-in"
    FORBIDDEN = "forbidden"


class UnlistedRoute(TrunklineError):
    """A route is registered that the table of rights does not list."""


ROUTES: tuple[RouteRight, ...] = (
    *BASE,
    *SITES,
    *CONNECTORS,
    *ROUTING,
    *CALLS,
    *RECORDINGS,
    *PEOPLE,
    *CONTACTS,
    *LINES,
    *LEADS,
    *CLIENTS,
    *REPORTS,
)


def table(rows: Iterable[RouteRight] = ROUTES) -> Mapping[tuple[str, str], RouteRight]:
    """The rows by method and path; a row that is there twice is an error."""
    found: dict[tuple[str, str], RouteRight] = {}
    for row in rows:
        if (row.method, row.path) in found:
            raise ValueError(f"{row.method} {row.path} is listed twice")
        found[row.method, row.path] = row
    return found


_TABLE = table()


def routes_of(app: web.Application) -> list[tuple[str, str]]:
    """Method and canonical path of every registered route; HEAD goes with its GET."""
    found = {
        (route.method, route.resource.canonical if route.resource else "")
        for route in app.router.routes()
        if route.method != "HEAD"
    }
    return sorted(found)


async def refuse_unlisted(app: web.Application) -> None:
    """An `on_startup` hook; raises UnlistedRoute naming every route without a row."""
    if missing := [f"{method} {path}" for method, path in routes_of(app) if (method, path) not in _TABLE]:
        raise UnlistedRoute(f"trunkline/web/routes/ does not say who may enter: {', '.join(missing)}")


def row_of(request: web.Request) -> RouteRight | None:
    """The row of the route that serves `request`; None where no route does (404, 405) or it is not listed."""
    route = request.match_info.route
    if route.resource is None:
        return None
    return _TABLE.get(("GET" if route.method == "HEAD" else route.method, route.resource.canonical))


def entrance(needs: Right | Access, identity: Identity | None, *, local: bool, also: Right | None = None) -> Entrance:
    """Whether `identity` (None: nobody signed in) may enter; `local` is a request of this machine, unforwarded."""
    match needs:
        case Access.OPEN | Access.FORM | Access.OWN_GUARD:
            return Entrance.ENTER
        case Access.LOCAL:
            return Entrance.ENTER if local else _by_right(Right.OPERATIONS_READ, identity)
        case Access.SIGNED_IN:
            if identity is None:
                return Entrance.SIGN_IN
            return Entrance.ENTER if identity.via is Via.SESSION else Entrance.FORBIDDEN
        case Right():
            return _by_right(missing(needs, also, identity) or needs, identity)
        case _:
            assert_never(needs)


def missing(needs: Right, also: Right | None, identity: Identity | None) -> Right | None:
    """The first of both rights that `identity` does not hold; None where he holds them."""
    held = identity.rights if identity is not None else frozenset[Right]()
    return next((right for right in (needs, also) if right is not None and right not in held), None)


def may_open(path: str, identity: Identity | None) -> bool:
    """Whether `identity` may open the page `path`; navigation shows only these."""
    row = _TABLE.get(("GET", path))
    return row is not None and entrance(row.needs, identity, local=False, also=row.also) is Entrance.ENTER


def _by_right(right: Right, identity: Identity | None) -> Entrance:
    if identity is None:
        return Entrance.SIGN_IN
    return Entrance.ENTER if right in identity.rights else Entrance.FORBIDDEN
