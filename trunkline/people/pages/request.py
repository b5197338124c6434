"""From a request to the values that the parts behind the pages take, and back to a page."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from aiohttp import hdrs, web

from trunkline.db.types import Connection
from trunkline.errors import InvalidInput
from trunkline.keys import pool_key, process_key
from trunkline.people.audit import Actor
from trunkline.people.signin import Door, TooOften, Visitor
from trunkline.people.words import FIELD_NAMES
from trunkline.web import render
from trunkline.web.auth import signed_in
from trunkline.web.cookies import SESSION, read_cookie
from trunkline.web.i18n import gettext as _
from trunkline.web.security import peer_key

door_key = web.AppKey("door", Door)


def now() -> datetime:
    """The time a request is judged by."""
    return datetime.now(UTC)


def visitor_of(request: web.Request) -> Visitor:
    """Who stands at the door."""
    agent = request.headers.get(hdrs.USER_AGENT, "").encode(errors="replace").decode()
    door = "outside:" if request.app.get(process_key) == "public" else ""
    return Visitor(request[peer_key], agent, read_cookie(request, SESSION), door)


def actor_of(request: web.Request) -> Actor:
    """Who is written into the audit log."""
    return Actor.of(signed_in(request), request[peer_key].address)


@asynccontextmanager
async def transaction(request: web.Request) -> AsyncIterator[Connection]:
    """A connection inside a transaction."""
    async with request.app[pool_key].acquire() as connection, connection.transaction():
        yield connection


async def text_field(request: web.Request, name: str) -> str:
    """A field of an urlencoded form, empty where it is not there."""
    value = (await request.post()).get(name, "")
    return value if isinstance(value, str) else ""


def page(request: web.Request, template: str, status: int = 200, **values: Any) -> web.Response:
    """A page of this part; `mistakes`, where it has a form, are what `mistakes_of` gives."""
    told = [(field, f"{_(FIELD_NAMES[field])}: {message}") for field, message in values.get("mistakes", {}).items()]
    return render.page(request, f"people/{template}.html", status=status, told=told, **values)


def mistakes_of(error: InvalidInput) -> Mapping[str, str]:
    """What a form shows beside its fields."""
    return {mistake.path: mistake.message for mistake in error.mistakes}


def too_often(outcome: TooOften) -> str:
    """The sentence for who must wait."""
    seconds = max(1, round(outcome.seconds))
    return _("Too many attempts. Try again in %(seconds)s s.") % {"seconds": seconds}
