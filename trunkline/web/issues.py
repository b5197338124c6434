"""Whether calls and leads have a page of issues, `/tracker/…`: who connects a tracker answers (`issues_key`)."""

from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web

from trunkline.db.types import Connection

issues_key: Final[web.AppKey[Callable[[Connection], Awaitable[bool]]]] = web.AppKey("issues")


async def has_issues(request: web.Request, connection: Connection) -> bool:
    """Whether to show the button."""
    ask = request.app.get(issues_key)
    return ask is not None and await ask(connection)
