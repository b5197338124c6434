"""`/login`, its second step, `/logout`, and the pages that one-time links open."""

from urllib.parse import quote

from aiohttp import hdrs, web

from trunkline.errors import InvalidInput
from trunkline.keys import pool_key
from trunkline.people import newcomers, sessions
from trunkline.people.audit import Deed, record
from trunkline.people.links import Purpose
from trunkline.people.newcomers import Chosen, Newcomer
from trunkline.people.pages.request import (
    actor_of,
    door_key,
    mistakes_of,
    now,
    page,
    text_field,
    too_often,
    transaction,
    visitor_of,
)
from trunkline.people.signin import CodeOwed, SignedIn, TooOften
from trunkline.web.auth import signed_in
from trunkline.web.cookies import SESSION, drop_cookie, read_cookie, set_cookie
from trunkline.web.i18n import gettext as _
from trunkline.web.redirect import HOME, safe_next
from trunkline.web.render import pages_key, redirect
from trunkline.web.rights import may_open

_FIRST_STEPS = "/settings/start"
"""Where the first administrator begins: there is nothing on the other pages yet."""


async def show_login(request: web.Request) -> web.StreamResponse:
    """The form, or on without it for who is signed in already."""
    target = safe_next(request.query.get("next"))
    secret = read_cookie(request, SESSION)
    if secret:
        door = request.app[door_key]
        if await sessions.find_session(request.app[pool_key], secret, door.lifetime, now()):
            return redirect(request, target)
    return page(request, "login", next=target, login="", error="")


async def login(request: web.Request) -> web.StreamResponse:
    """Login and password."""
    target, name = safe_next(await text_field(request, "next")), await text_field(request, "login")
    password = await text_field(request, "password")
    outcome = await request.app[door_key].enter(name, password, visitor_of(request), now())
    match outcome:
        case SignedIn(secret):
            return _with_session(request, secret, await _beginning(request, secret, target))
        case CodeOwed(secret):
            return _with_session(request, secret, f"/login/code?next={quote(target, safe='')}")
        case TooOften():
            return _wait(page(request, "login", 429, next=target, login=name, error=too_often(outcome)), outcome)
    error = _("Wrong login or password.")
    return page(request, "login", 403, next=target, login=name, error=error)


async def show_code(request: web.Request) -> web.StreamResponse:
    """The form of the second step."""
    if not await request.app[door_key].owes_code(visitor_of(request), now()):
        return redirect(request, "/login")
    return page(request, "login_code", next=safe_next(request.query.get("next")), error="")


async def code(request: web.Request) -> web.StreamResponse:
    """A code of the authenticator, or a recovery code."""
    target, shown = safe_next(await text_field(request, "next")), await text_field(request, "code")
    outcome = await request.app[door_key].show_code(shown, visitor_of(request), now())
    match outcome:
        case SignedIn(secret):
            return _with_session(request, secret, await _beginning(request, secret, target))
        case TooOften():
            return _wait(page(request, "login_code", 429, next=target, error=too_often(outcome)), outcome)
    if not await request.app[door_key].owes_code(visitor_of(request), now()):
        return redirect(request, "/login")
    error = _("Wrong code, or one that was used already: wait for the next.")
    return page(request, "login_code", 403, next=target, error=error)


async def logout(request: web.Request) -> web.StreamResponse:
    """End this session."""
    async with transaction(request) as connection:
        await sessions.end_secret(connection, read_cookie(request, SESSION))
        deed = Deed("session.closed", "person", str(signed_in(request).person))
        await record(connection, actor_of(request), deed, now())
    response = redirect(request, "/login")
    drop_cookie(request, response, SESSION)
    return response


async def show_welcome(request: web.Request) -> web.StreamResponse:
    """The form of the first administrator; looking does not use the link up."""
    bearer = await newcomers.bearer_of(
        request.app[door_key], Purpose.FIRST_ADMINISTRATOR, request.match_info["secret"], now()
    )
    return _dead_link(request) if bearer is None else page(request, "welcome", values={}, mistakes={}, error="")


async def welcome(request: web.Request) -> web.StreamResponse:
    """Make the first administrator."""
    values = {name: await text_field(request, name) for name in ("name", "login")}
    newcomer = Newcomer(**values, password=await text_field(request, "password"))
    secret, visitor = request.match_info["secret"], visitor_of(request)
    try:
        outcome = await newcomers.become_administrator(request.app[door_key], secret, newcomer, visitor, now())
    except InvalidInput as error:
        return page(request, "welcome", 422, values=values, mistakes=mistakes_of(error), error="")
    match outcome:
        case SignedIn(new_secret):
            return _with_session(request, new_secret, _FIRST_STEPS)
        case TooOften():
            failed = page(request, "welcome", 429, values=values, mistakes={}, error=too_often(outcome))
            return _wait(failed, outcome)
    return _dead_link(request)


async def show_choose(request: web.Request) -> web.StreamResponse:
    """The form of a new password; looking does not use the link up."""
    bearer = await newcomers.bearer_of(request.app[door_key], Purpose.PASSWORD, request.match_info["secret"], now())
    return (
        _dead_link(request)
        if bearer is None
        else page(request, "choose_password", bearer=bearer, mistakes={}, error="")
    )


async def choose(request: web.Request) -> web.StreamResponse:
    """Set the password and go on to the login page."""
    door, secret, password = request.app[door_key], request.match_info["secret"], await text_field(request, "password")
    bearer = await newcomers.bearer_of(door, Purpose.PASSWORD, secret, now())
    if bearer is None:
        return _dead_link(request)
    try:
        outcome = await newcomers.choose_password(door, secret, password, visitor_of(request), now())
    except InvalidInput as error:
        return page(request, "choose_password", 422, bearer=bearer, mistakes=mistakes_of(error), error="")
    match outcome:
        case Chosen():
            return redirect(request, "/login", _("The new password counts: sign in with it."))
        case TooOften():
            failed = page(request, "choose_password", 429, bearer=bearer, mistakes={}, error=too_often(outcome))
            return _wait(failed, outcome)
    return _dead_link(request)


def routes() -> list[web.RouteDef]:
    """This page's routes."""
    return [
        web.get("/login", show_login),
        web.post("/login", login),
        web.get("/login/code", show_code),
        web.post("/login/code", code),
        web.post("/logout", logout),
        web.get("/welcome/{secret}", show_welcome),
        web.post("/welcome/{secret}", welcome),
        web.get("/password/{secret}", show_choose),
        web.post("/password/{secret}", choose),
    ]


async def _beginning(request: web.Request, secret: str, target: str) -> str:
    """The page he asked for; who asked for none begins where the shell says, if he may open that."""
    begin = request.app[pages_key].surroundings.begin(request) if target == HOME else ""
    if not begin:
        return target
    identity = await sessions.find_session(request.app[pool_key], secret, request.app[door_key].lifetime, now())
    return begin if may_open(begin, identity) else target


def _with_session(request: web.Request, secret: str, target: str) -> web.Response:
    response = redirect(request, target)
    set_cookie(request, response, SESSION, secret)
    return response


def _wait(response: web.Response, outcome: TooOften) -> web.Response:
    response.headers[hdrs.RETRY_AFTER] = str(max(1, round(outcome.seconds)))
    return response


def _dead_link(request: web.Request) -> web.Response:
    return page(request, "dead_link", 410)
