"""Proof that an unsafe request came from a page of ours: its origin, and a token bound to the session.

The token is a signature of the session's id, or on the login pages of a random cookie; nothing is stored. It is read
from the header `X-CSRF-Token`, or from the field `csrf` of an urlencoded form. A multipart form must send the header:
its body is streamed to its handler and not read here. A request that shows an API token carries nothing a browser
adds by itself, and needs none of this.
"""

import re
import secrets
from typing import Final
from urllib.parse import urlsplit

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from trunkline.crypto import SecretBox
from trunkline.keys import secret_box_key
from trunkline.people.identity import Identity, Via
from trunkline.web.auth import identity_of
from trunkline.web.cookies import FORM, add_cookie, read_cookie
from trunkline.web.i18n import gettext
from trunkline.web.receiving import receive
from trunkline.web.rights import row_of
from trunkline.web.routes.row import Access
from trunkline.web.security import peer_key

FIELD: Final = "csrf"
HEADER: Final = "X-CSRF-Token"
_SAFE = frozenset({hdrs.METH_GET, hdrs.METH_HEAD, hdrs.METH_OPTIONS})
LARGEST_FORM: Final = 1 << 20
"""A routing plan of many branches is the largest; files come as multipart."""
FORM_SECONDS: Final = 10.0
_NUL: Final = re.compile(rb"%00|\0")
_FORM_TYPE = "application/x-www-form-urlencoded"

form_seconds_key = web.AppKey("form_seconds", float)
"""Another time than FORM_SECONDS for an application of its own."""
_planted_key = web.RequestKey("form_cookie", str)


def csrf_token(request: web.Request) -> str:
    """What a page's forms must send back. On a login page it rests on a cookie, planted with the page's answer."""
    session = _session_of(request)
    if session is not None:
        return _session_token(request.app[secret_box_key], session)
    seed = request.get(_planted_key) or read_cookie(request, FORM)
    if not seed:
        seed = request[_planted_key] = secrets.token_urlsafe(24)
    return _form_token(request.app[secret_box_key], seed)


@web.middleware
async def csrf_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse with 403 what a foreign page may have sent; of a WebSocket only the origin can be asked."""
    if request.method not in _SAFE and request.content_type == _FORM_TYPE:
        await _receive_form(request)
    if _rests_on_cookies(request):
        if request.method not in _SAFE and not await _is_ours(request):
            raise web.HTTPForbidden(
                text=gettext(
                    "This form was not sent from a page of ours, or the page is too old: reload it and try again."
                )
            )
        if request.headers.get(hdrs.UPGRADE, "").lower() == "websocket" and not _comes_from_us(request):
            raise web.HTTPForbidden(text=gettext("This connection was not opened by a page of ours."))
    return await handler(request)


async def plant_form_cookie(request: web.Request, response: web.StreamResponse) -> None:
    """An `on_response_prepare` hook: what `csrf_token` promised goes out with the page."""
    if (seed := request.get(_planted_key)) is not None:
        add_cookie(request, response, FORM, seed)


def comes_from_us(origin: str | None, fetch_site: str | None, host: str, *, secure: bool) -> bool:
    """Whether the browser says so; both headers are out of reach for scripts of other sites. Pure."""
    if fetch_site not in {None, "same-origin", "none"}:
        return False
    if origin is None:
        return True
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return parts.netloc.lower() == host.lower() and parts.scheme in ({"https"} if secure else {"http", "https"})


async def _receive_form(request: web.Request) -> None:
    """The whole form, or an error: no browser sends one of unknown length, or takes long over it. Reading one costs as
    much time as it is large, and nobody is known yet who sends to a login page.
    """
    if request.body_exists and request.content_length is None:
        raise web.HTTPLengthRequired
    if (request.content_length or 0) > LARGEST_FORM:
        raise web.HTTPRequestEntityTooLarge(max_size=LARGEST_FORM, actual_size=request.content_length or 0)
    if _NUL.search(await receive(request, request.config_dict.get(form_seconds_key, FORM_SECONDS))):
        raise web.HTTPBadRequest(text=gettext("The form has a character that no text can hold (NUL)."))


def _rests_on_cookies(request: web.Request) -> bool:
    return _is_form(request) or _session_of(request) is not None


def _is_form(request: web.Request) -> bool:
    row = row_of(request)
    return row is not None and row.needs is Access.FORM


def _session_of(request: web.Request) -> Identity | None:
    identity = identity_of(request)
    return identity if identity is not None and identity.via is Via.SESSION else None


def _comes_from_us(request: web.Request) -> bool:
    origin, site = request.headers.get(hdrs.ORIGIN), request.headers.get("Sec-Fetch-Site")
    return comes_from_us(origin, site, request.host, secure=request[peer_key].secure)


async def _is_ours(request: web.Request) -> bool:
    if not _comes_from_us(request):
        return False
    sent = request.headers.get(HEADER)
    if sent is None and request.content_type == _FORM_TYPE:
        field = (await request.post()).get(FIELD)
        sent = field if isinstance(field, str) else None
    return sent is not None and _verify(request, sent)


def _verify(request: web.Request, sent: str) -> bool:
    """By the session where there is one. A login form may be older than its reader's session: there the cookie's
    token counts too, and nowhere else, for a neighbouring host may plant a cookie whose token it knows.
    """
    box, session = request.app[secret_box_key], _session_of(request)
    if session is not None and _same(_session_token(box, session), sent):
        return True
    seed = read_cookie(request, FORM)
    return _is_form(request) and bool(seed) and _same(_form_token(box, seed), sent)


def _session_token(box: SecretBox, session: Identity) -> str:
    return box.sign("csrf session", session.credential_hash).hex()


def _form_token(box: SecretBox, seed: str) -> str:
    return box.sign("csrf form", seed.encode()).hex()


def _same(expected: str, sent: str) -> bool:
    return secrets.compare_digest(expected.encode(), sent.encode())
