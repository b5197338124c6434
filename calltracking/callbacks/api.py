"""`/api/v1/sites/{id}/callback`: the button of a site, for programs."""

from aiohttp import web

from calltracking.callbacks.store import save_widget, widget_of
from calltracking.callbacks.widget import WidgetFields
from calltracking.sites.asking import id_of, refuse_narrow
from calltracking.sites.store import find_site
from trunkline.errors import NotFound
from trunkline.people.pages.request import actor_of, now, transaction
from trunkline.web.body import json_answer, read_json
from trunkline.web.i18n import gettext as _

_PATH = "/api/v1/sites/{id}/callback"


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [web.get(_PATH, show), web.put(_PATH, replace)]


async def show(request: web.Request) -> web.Response:
    """`GET`: the button; 404 where nobody told of one."""
    refuse_narrow(request)
    async with transaction(request) as connection:
        found = await widget_of(connection, (await find_site(connection, id_of(request))).id)
    if found is None:
        raise NotFound(_("The site has no callback button yet."))
    return json_answer(found)


async def replace(request: web.Request) -> web.Response:
    """`PUT`: all of it."""
    refuse_narrow(request)
    body = await read_json(request, WidgetFields)
    async with transaction(request) as connection:
        site = await find_site(connection, id_of(request))
        return json_answer(await save_widget(connection, site.id, body, actor_of(request), now()))
