"""`/unsubscribe/{signed}` on the public listener: who was sent something by a rule wants no more.

A mail program posts there at one press (RFC 8058). Whoever opens the address gets a page with a button, for programs
that look at every link of a message open it too.
"""

import base64
import hashlib
from collections.abc import AsyncIterator
from html import escape
from typing import Final

from aiohttp import web

from trunkline.keys import secret_box_key, settings_key
from trunkline.messages.stopping import Stop, read_signed, stop
from trunkline.people.pages.request import now, transaction
from trunkline.web.i18n import Reader, Translations, choose_language, current_reader, reading
from trunkline.web.i18n import gettext as _
from trunkline.web.security import peer_key
from trunkline.writer import DATABASE_TROUBLE

_HERE: Final = "/unsubscribe/{signed}"
_STYLE: Final = """
:root{color-scheme:light dark;font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",Arial,sans-serif}
*{box-sizing:border-box}
body{min-height:100vh;margin:0;padding:16px;display:grid;place-items:center;
background:light-dark(#f4f5f7,#13161b);color:light-dark(#1a1f28,#e3e7ed)}
main{width:100%;max-width:26rem;padding:24px;border:1px solid light-dark(#dde1e7,#2e343e);border-radius:10px;
background:light-dark(#fff,#1b1f26)}
h1{margin:0 0 8px;font-size:1.375rem;line-height:1.3}
p{margin:0;overflow-wrap:anywhere}
form{margin-top:20px}
button{width:100%;min-height:44px;padding:8px 16px;border:0;border-radius:6px;background:light-dark(#1a5aa8,#2a67ba);
color:#fff;font:inherit;font-weight:600;cursor:pointer}
button:hover{background:light-dark(#144887,#3474c9)}
button:focus-visible{outline:2px solid light-dark(#1a5aa8,#84b6f4);outline-offset:2px}
"""
"""Of this page alone: whoever opens it knows nothing else of us, and its colours are those of tokens.css."""
_STYLE_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_HEADERS: Final = {
    "Content-Security-Policy": _POLICY,
    "X-Robots-Tag": "noindex",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_words_key = web.AppKey("stop_words", Translations)


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [web.get(_HERE, ask), web.post(_HERE, take)]


async def stops_context(app: web.Application) -> AsyncIterator[None]:
    """The key that links are signed with, and the sentences of the page."""
    app[secret_box_key] = app[settings_key].secret_box()
    app[_words_key] = Translations(("trunkline.messages",))
    yield


async def ask(request: web.Request) -> web.Response:
    """`GET`: a button, and nothing done."""
    with reading(_reader(request), request.app[_words_key]):
        one = _asked(request)
        if one is None:
            return _none()
        form = f'<form method="post"><button type="submit">{escape(_("Send me no more messages"))}</button></form>'
        return _page(f"<p>{escape(one.address)}</p>{form}" if one.address else form)


async def take(request: web.Request) -> web.Response:
    """`POST`, of the button or of a mail program at one press: he is not written to any more."""
    with reading(_reader(request), request.app[_words_key]):
        one = _asked(request)
        if one is None:
            return _none()
        try:
            async with transaction(request) as connection:
                await stop(connection, one, request[peer_key].address, now())
        except DATABASE_TROUBLE:
            headers = {"Retry-After": "60"}
            return _page(f"<p>{escape(_('That did not work: try again in a minute.'))}</p>", 503, headers)
        return _page(f"<p>{escape(_('You get no more messages of this kind.'))}</p>")


def _reader(request: web.Request) -> Reader:
    default = request.app[settings_key].web.language
    return Reader(choose_language(None, request.headers.get("Accept-Language"), default))


def _asked(request: web.Request) -> Stop | None:
    return read_signed(request.app[secret_box_key], request.match_info["signed"])


def _none() -> web.Response:
    return _page(f"<p>{escape(_('There is no such link; was it copied whole?'))}</p>", 404)


def _page(body: str, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    language = current_reader().language
    title = escape(_("Messages"))
    html = (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title>'
        f"<style>{_STYLE}</style></head>"
        f"<body><main><h1>{title}</h1>{body}</main></body></html>\n"
    )
    return web.Response(text=html, status=status, content_type="text/html", headers={**_HEADERS, **(headers or {})})
