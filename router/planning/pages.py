"""The pages of the plan, for the composition root."""

from aiohttp import web

from router.planning import editing, publishing


def routes() -> list[web.RouteDef]:
    """Every route; the fixed paths before those with a name in them."""
    return [*publishing.routes(), *editing.routes()]
