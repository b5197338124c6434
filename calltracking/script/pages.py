"""The addresses of the scripts on the public listener. Any site may load them, and caches may keep them."""

from typing import Final

from aiohttp import hdrs, web

from calltracking.script.library import Library, Script, shipped

_CURRENT: Final = "public, max-age=3600, stale-while-revalidate=86400, stale-if-error=604800"
_FOR_EVER: Final = "public, max-age=31536000, immutable"
_library_key = web.AppKey("script_library", Library)


def routes() -> list[web.RouteDef]:
    """Today's script, the overlay, and versions by their content."""
    return [web.get("/t.js", current), web.get("/t/explain.js", overlay), web.get("/t/{version}.js", pinned)]


async def current(request: web.Request) -> web.StreamResponse:
    """GET /t.js: today's script, asked for again every hour."""
    return answer(request, library_of(request.app).current)


async def overlay(request: web.Request) -> web.StreamResponse:
    """GET /t/explain.js?sha256-…: what `?trunkline=explain` shows; each version of the script asks for its own."""
    library = library_of(request.app)
    pinned = library.overlay_of(request.rel_url.raw_query_string)
    return answer(request, pinned, _FOR_EVER) if pinned else answer(request, library.overlay)


async def pinned(request: web.Request) -> web.StreamResponse:
    """GET /t/{version}.js: the very file a page has pinned; a version that never was is a 404."""
    script = library_of(request.app).version(request.match_info["version"])
    if script is None:
        return web.Response(status=404, text="There is no such version of this script.\n", headers=_open("no-cache"))
    return answer(request, script, _FOR_EVER)


def library_of(app: web.Application) -> Library:
    """The files that `add_library` has read."""
    return app[_library_key]


def add_library(app: web.Application) -> None:
    """Read the built files before the first request."""
    app[_library_key] = shipped()


def answer(request: web.Request, script: Script, cache: str = _CURRENT) -> web.Response:
    """The file, or that the browser has it already."""
    headers = _open(cache) | {hdrs.ETAG: script.etag, hdrs.VARY: hdrs.ACCEPT_ENCODING}
    known = request.headers.get(hdrs.IF_NONE_MATCH, "")
    if script.version in known:
        return web.Response(status=304, headers=headers)
    headers[hdrs.CONTENT_TYPE] = "text/javascript; charset=utf-8"
    if "gzip" in request.headers.get(hdrs.ACCEPT_ENCODING, ""):
        return web.Response(body=script.packed, headers=headers | {hdrs.CONTENT_ENCODING: "gzip"})
    return web.Response(body=script.body, headers=headers)


def _open(cache: str) -> dict[str, str]:
    """For every site: `integrity` needs the first header, pages that isolate themselves the second."""
    return {
        hdrs.ACCESS_CONTROL_ALLOW_ORIGIN: "*",
        "Cross-Origin-Resource-Policy": "cross-origin",
        hdrs.CACHE_CONTROL: cache,
    }
