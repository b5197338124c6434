"""`/calltracking/v1/form` and `/form.js` on the public listener."""

from typing import Final

import msgspec
from aiohttp import web

from calltracking.forms.form import FormBody
from calltracking.forms.taking import FormDesk
from calltracking.leases.public import allowed, answered, engine_key, sender_of, sent

desk_key = web.AppKey("calltracking_forms", FormDesk)
_FORM: Final = msgspec.json.Decoder(FormBody)


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [web.post("/calltracking/v1/form", answered(take))]


def add_desk(app: web.Application) -> None:
    """Take forms once the engine is there."""
    app[desk_key] = FormDesk(app[engine_key])


async def take(request: web.Request) -> web.Response:
    """`POST /form`: 202 when it is kept."""
    body, site, origin = await sent(request, _FORM)
    await request.app[desk_key].take(site, body, sender_of(request))
    headers = {"Cache-Control": "no-store", **allowed(origin)}
    return web.json_response({"id": str(body.id)}, status=202, headers=headers)
