"""Who asks: a session cookie or an API token becomes `request[identity_key]`, and the table of rights is applied."""

import base64
from datetime import UTC, datetime, timedelta
from typing import NoReturn
from urllib.parse import quote, urlsplit

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from trunkline.keys import pool_key, settings_key
from trunkline.people.identity import Identity, Via
from trunkline.people.roles import Right
from trunkline.people.sessions import Lifetime, find_session
from trunkline.people.tokens import find_token
from trunkline.people.words import ROLE_NAMES
from trunkline.web import rights
from trunkline.web.cookies import SESSION, read_cookie
from trunkline.web.i18n import gettext
from trunkline.web.redirect import HOME
from trunkline.web.rights import Entrance, entrance, missing, row_of
from trunkline.web.routes.row import Access, RouteRight
from trunkline.web.security import peer_key
from trunkline.web.shell import HOMES, Viewer

identity_key = web.RequestKey("identity", Identity)
_LOGIN = "/login"
BY_ITSELF = "X-By-Itself"


def identity_of(request: web.Request) -> Identity | None:
    """Who asks, where the route's row made somebody look; None on open routes."""
    return request.get(identity_key)


def signed_in(request: web.Request) -> Identity:
    """Who asks, on a route that only a known person enters."""
    return request[identity_key]


def viewer(request: web.Request) -> Viewer | None:
    """Who the page's corner shows."""
    identity = identity_of(request)
    return None if identity is None else Viewer(identity.name, ROLE_NAMES[identity.role])


def may_open(request: web.Request, path: str) -> bool:
    """Whether navigation shows `path` to who asks."""
    return rights.may_open(path, identity_of(request))


def lifetime_of(app: web.Application) -> Lifetime:
    """How long sessions last by the settings."""
    limits = app[settings_key].web
    return Lifetime(timedelta(hours=limits.session_hours), timedelta(minutes=limits.session_idle_minutes))


@web.middleware
async def rights_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let in whom the table of rights lets in; a route that is not in it lets in nobody."""
    row = row_of(request)
    if row is None:
        if request.match_info.http_exception is None:
            raise web.HTTPForbidden(text=gettext("Nobody may enter here: the route has no row in the table of rights."))
        return await handler(request)
    if row.needs in _NOBODY_IS_LOOKED_UP:
        return await handler(request)
    local = request[peer_key].local
    identity = None if row.needs is Access.LOCAL and local else await identify(request, basic=row.basic)
    if identity is not None:
        request[identity_key] = identity
    match entrance(row.needs, identity, local=local, also=row.also):
        case Entrance.SIGN_IN:
            _ask_to_sign_in(request, basic=row.basic)
        case Entrance.FORBIDDEN:
            _send_home(request, identity)
            raise web.HTTPForbidden(text=gettext("This needs the right %(right)s.") % {"right": _lacked(row, identity)})
    return await handler(request)


def _send_home(request: web.Request, identity: Identity | None) -> None:
    """`/` is a page of its own, for those who may open it: others who come there are sent to theirs."""
    if (
        request.path == HOME
        and request.method == hdrs.METH_GET
        and identity is not None
        and identity.via is Via.SESSION
    ):
        for place in HOMES:
            if rights.may_open(place, identity):
                raise web.HTTPSeeOther(place)


def _lacked(row: RouteRight, identity: Identity | None) -> str:
    needs = missing(row.needs, row.also, identity) if isinstance(row.needs, Right) else None
    return (needs or row.needs).value


_NOBODY_IS_LOOKED_UP = frozenset({Access.OPEN, Access.OWN_GUARD})


async def identify(request: web.Request, *, basic: bool = False) -> Identity | None:
    """The person of the request's token or cookie. A token that is shown and not good is never excused by a cookie.

    `basic`: the token may be the password of HTTP Basic, under any user name.
    """
    now = datetime.now(UTC)
    pool = request.app[pool_key]
    if (shown := request.headers.get(hdrs.AUTHORIZATION)) is not None:
        token = shown_token(shown, basic=basic)
        return await find_token(pool, token, now) if token else None
    secret = read_cookie(request, SESSION)
    # What a page asks by itself is no use of the session: else an open tab would keep it for ever.
    used = request.headers.get(BY_ITSELF) != "yes"
    return await find_session(pool, secret, lifetime_of(request.app), now, used=used) if secret else None


def shown_token(header: str, *, basic: bool) -> str:
    """The token in an Authorization header; empty where it holds none that may be shown so."""
    scheme, _, credentials = header.partition(" ")
    if scheme.lower() == "bearer":
        return credentials.strip()
    if basic and scheme.lower() == "basic":
        try:
            _user, _, password = base64.b64decode(credentials.strip(), validate=True).decode().partition(":")
        except ValueError:  # UnicodeDecodeError and binascii.Error are two
            return ""
        return password.strip()
    return ""


async def forbid_storing(request: web.Request, response: web.StreamResponse) -> None:
    """An `on_response_prepare` hook: what only one person may see stays out of caches and of the next one's "back"."""
    row = row_of(request)
    if identity_of(request) is not None or (row is not None and row.needs is Access.FORM):
        response.headers.setdefault(hdrs.CACHE_CONTROL, "no-store")


def is_api(request: web.Request) -> bool:
    """Whether the path is one of programs."""
    return request.path.startswith("/api/")


def _back_to(request: web.Request) -> str:
    """The login page, and from there back to the page of which htmx asked for a part."""
    try:
        here = urlsplit(request.headers.get("HX-Current-URL", ""))
    except ValueError:
        return _LOGIN
    page = here.path + (f"?{here.query}" if here.query else "")
    return f"{_LOGIN}?next={quote(page, safe='/')}" if page else _LOGIN


def _ask_to_sign_in(request: web.Request, *, basic: bool = False) -> NoReturn:
    """A person is sent to the login page and back; a program is told which credential is missing.

    Who asks an API path or shows a token is a program, whatever it says it accepts.
    Many telephones send the password they hold only when they are asked for it by a challenge for Basic.
    """
    if basic:
        raise web.HTTPUnauthorized(
            text=gettext("Send a live API token as the password of HTTP Basic, under any user name."),
            headers={hdrs.WWW_AUTHENTICATE: 'Basic realm="trunkline", charset="UTF-8"'},
        )
    if not is_api(request) and hdrs.AUTHORIZATION not in request.headers:
        if request.headers.get("HX-Request") == "true":
            ended = gettext("Your session has ended.")
            raise web.HTTPUnauthorized(text=ended, headers={"HX-Redirect": _back_to(request)})
        if request.method == hdrs.METH_GET and "text/html" in request.headers.get(hdrs.ACCEPT, ""):
            raise web.HTTPSeeOther(f"{_LOGIN}?next={quote(request.path_qs, safe='')}")
    raise web.HTTPUnauthorized(
        text=gettext("Sign in, or send Authorization: Bearer with a live API token."),
        headers={hdrs.WWW_AUTHENTICATE: 'Bearer realm="trunkline"'},
    )
