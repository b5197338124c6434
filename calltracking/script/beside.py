"""`/form.js` and `/callback.js`: small scripts a site may put beside t.js, or without it."""

from importlib.resources import files
from typing import Final

from aiohttp import web

from calltracking.script.library import Script
from calltracking.script.pages import answer

FILES: Final = ("form.js", "callback.js")
_beside_key = web.AppKey("scripts_beside", dict[str, Script])


def routes() -> list[web.RouteDef]:
    """One for each."""
    return [web.get(f"/{name}", serve) for name in FILES]


async def serve(request: web.Request) -> web.StreamResponse:
    """GET: today's script, asked for again every hour."""
    return answer(request, request.app[_beside_key][request.path.removeprefix("/")])


def read_beside() -> dict[str, Script]:
    """The built files by their names."""
    folder = files("calltracking.script") / "static"
    return {name: Script.of((folder / name).read_bytes()) for name in FILES}


def add_beside(app: web.Application) -> None:
    """Read the built files before the first request."""
    app[_beside_key] = read_beside()
