"""`/app.webmanifest`: what a telephone needs to keep the pages as an application of its own."""

from aiohttp import web

from trunkline.web.body import json_answer
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark
from trunkline.web.render import pages_key, reader_of

_SURFACE = "#ffffff"
_ACCENT = "#1d4f91"
_ICONS = (("icon-192", 192, "any"), ("icon-512", 512, "any"), ("maskable-512", 512, "maskable"))
_SHORTCUTS = (("/missed", mark("To call back")), ("/presence", mark("Presence")))


def routes() -> list[web.RouteDef]:
    """The route of this module."""
    return [web.get("/app.webmanifest", show)]


async def show(request: web.Request) -> web.Response:
    """`GET`: browsers ask without a session; it tells the company's name and where the application begins."""
    pages = request.app[pages_key]
    answer = json_answer(
        {
            "id": "/card",
            "name": pages.company,
            "short_name": pages.company[:12],
            "lang": reader_of(request).language,
            "start_url": "/card",
            "scope": "/",
            "display": "standalone",
            "background_color": _SURFACE,
            "theme_color": _ACCENT,
            "icons": [
                {
                    "src": pages.assets.url(f"app/{name}.png"),
                    "sizes": f"{size}x{size}",
                    "type": "image/png",
                    "purpose": purpose,
                }
                for name, size, purpose in _ICONS
            ],
            "shortcuts": [{"name": _(name), "url": url} for url, name in _SHORTCUTS],
        }
    )
    answer.content_type = "application/manifest+json"
    answer.headers["Vary"] = "Cookie, Accept-Language"
    return answer
