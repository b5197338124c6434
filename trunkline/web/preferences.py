"""How a person wants the pages: language and light or dark, kept in cookies of his browser."""

from aiohttp import web

from .i18n import LANGUAGES
from .redirect import safe_next
from .render import LANGUAGE_COOKIE, THEME_COOKIE
from .shell import THEMES

_A_YEAR = 365 * 86_400


async def save(request: web.Request) -> web.Response:
    """POST /preferences: `language`, `theme` and the page to go `back` to; what is not offered is left as it was."""
    form = await request.post()
    response = web.Response(status=303, headers={"Location": safe_next(form.get("back"))})
    for cookie, offered in ((LANGUAGE_COOKIE, LANGUAGES), (THEME_COOKIE, THEMES)):
        chosen = form.get(cookie)
        if chosen in offered:
            response.set_cookie(cookie, str(chosen), max_age=_A_YEAR, path="/", samesite="Lax")
    return response


def routes() -> list[web.RouteDef]:
    """The form at the foot of every page posts here."""
    return [web.post("/preferences", save)]
