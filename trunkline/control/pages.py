"""What the dialogs of `/live` send: a waiting call goes elsewhere, an agent's is listened to."""

from collections.abc import Awaitable
from uuid import UUID

from aiohttp import web

from trunkline.control.asking import Answer, listen, move
from trunkline.errors import Forbidden, InvalidInput
from trunkline.web.i18n import gettext as _
from trunkline.web.render import redirect


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [web.post("/live/move", post_move), web.post("/live/listen", post_listen)]


async def post_move(request: web.Request) -> web.StreamResponse:
    """`POST call, queue, to`."""
    form = await _form(request)
    return await _back(request, move(request, _call(form), form.get("queue", ""), form.get("to", "")), _("Not moved"))


async def post_listen(request: web.Request) -> web.StreamResponse:
    """`POST call, agent, mode`."""
    form = await _form(request)
    asked = listen(request, _call(form), form.get("agent", ""), form.get("mode", "listen"))
    return await _back(request, asked, _("You do not hear the call"))


async def _back(request: web.Request, asked: Awaitable[Answer], failed: str) -> web.StreamResponse:
    """The floor again, saying what came of it."""
    try:
        answer = await asked
    except InvalidInput as error:
        return redirect(request, "/live", f"{failed}: {error.mistakes[0].message}", "bad")
    except Forbidden as error:
        return redirect(request, "/live", str(error), "bad")
    if answer.done:
        return redirect(request, "/live", answer.message)
    said = f"{failed}. {answer.message}" if answer.refused else answer.message
    return redirect(request, "/live", said, "bad")


def _call(form: dict[str, str]) -> UUID:
    """The call it is about; what is no id is no call of anybody."""
    try:
        return UUID(form.get("call", ""))
    except ValueError:
        return UUID(int=0)


async def _form(request: web.Request) -> dict[str, str]:
    return {name: str(value).replace("\0", "").strip()[:200] for name, value in (await request.post()).items()}
