"""`/api/v1/openapi.json`: the API in OpenAPI 3.1, as `python -m trunkline.app.openapi` wrote it."""

from importlib.resources import files

from aiohttp import web

_DOCUMENT = files("trunkline.web").joinpath("openapi.json").read_bytes()


def routes() -> list[web.RouteDef]:
    """The route of this module."""
    return [web.get("/api/v1/openapi.json", show_document)]


async def show_document(_request: web.Request) -> web.Response:
    """`GET`: the document; it holds nothing of this installation."""
    return web.Response(body=_DOCUMENT, content_type="application/json")
