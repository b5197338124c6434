"""Our cookies: host-only, unreadable to scripts, and with the `__Host-` prefix wherever the browser came by https."""

from aiohttp import hdrs, web

from trunkline.web.security import peer_key

SESSION = "trunkline"
FORM = "trunkline-form"
_LONGEST = 64


def read_cookie(request: web.Request, name: str) -> str:
    """The cookie's value, empty for one that we cannot have set.

    Under https only the prefixed one counts, which no other host and no page by plain http can plant.
    """
    value = request.cookies.get(_name(request, name), "")
    return value if value.isascii() and len(value) <= _LONGEST else ""


def set_cookie(request: web.Request, response: web.StreamResponse, name: str, value: str) -> None:
    """Keep `value` in the browser until it is closed; how long it is good for is decided here, not there."""
    secure = request[peer_key].secure
    response.set_cookie(_name(request, name), value, path="/", httponly=True, samesite="Lax", secure=secure)


def add_cookie(request: web.Request, response: web.StreamResponse, name: str, value: str) -> None:
    """`set_cookie` for an `on_response_prepare` hook: aiohttp has written its own cookies into the headers by then."""
    shadow = web.Response()
    set_cookie(request, shadow, name, value)
    for morsel in shadow.cookies.values():
        response.headers.add(hdrs.SET_COOKIE, morsel.OutputString())


def drop_cookie(request: web.Request, response: web.StreamResponse, name: str) -> None:
    """Make the browser forget it."""
    secure = request[peer_key].secure
    response.del_cookie(_name(request, name), path="/", httponly=True, samesite="Lax", secure=secure)


def _name(request: web.Request, name: str) -> str:
    return f"__Host-{name}" if request[peer_key].secure else name
