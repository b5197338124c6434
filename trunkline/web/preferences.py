"""How a person wants the pages: language and light or dark, kept in cookies of his browser."""

from aiohttp import web

from .i18n import LANGUAGES
from .render import LANGUAGE_COOKIE, THEME_COOKIE
from .shell import THEMES

_A_YEAR = 365 * 86_400


async def save(request: web.Request) -> web.Response:
    """POST /preferences: `language`, `theme` and the page to go `back` to; what is not offered is left as it was."""
    form = await request.post()
    response = web.Response(status=303, headers={"Location": _local(str(form.get("back", "/")))})
    for cookie, offered in ((LANGUAGE_COOKIE, LANGUAGES), (THEME_COOKIE, THEMES)):
        chosen = form.get(cookie)
        if chosen in offered:
            response.set_cookie(cookie, str(chosen), max_age=_A_YEAR, path="/", samesite="Lax")
    return response


def _local(address: str) -> str:
    """`address` when it is a path of ours; a browser would take `//host` and `/\\host` for another site."""
    plain = address.isprintable() and "\\" not in address
    return address if plain and address.startswith("/") and not address.startswith("//") else "/"


def routes() -> list[web.RouteDef]:
    """The form at the foot of every page posts here."""
    return [web.post("/preferences", save)]
