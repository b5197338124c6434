"""`/sites/{key}/callback`: the button by which the site's visitors ask to be called back."""

from collections.abc import Mapping
from typing import Final

import msgspec
from aiohttp import web

from calltracking.callbacks.store import queue_choices, save_widget, widget_of
from calltracking.callbacks.widget import DAYS, WidgetFields
from calltracking.sites.asking import refuse_narrow
from calltracking.sites.store import site_of_key
from trunkline.errors import InvalidInput, Mistake
from trunkline.keys import settings_key
from trunkline.people.pages.request import actor_of, mistakes_of, now, transaction
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark
from trunkline.web.render import page, redirect

_PATH: Final = "/sites/{key}/callback"
_NAMES: Final = {
    "queue": mark("Queue"),
    "line": mark("Our line he sees"),
    "days": mark("Days of the week"),
    "opens": mark("Opens, hour"),
    "closes": mark("Closes, hour"),
    "agreed": mark("Id of the consent text"),
    "terms": mark("Address of the consent text"),
}
_EMPTY: Final = WidgetFields(queue="", agreed="")
_NOTHING: Mapping[str, str] = {}


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [web.get(_PATH, show), web.post(_PATH, save)]


async def show(request: web.Request) -> web.Response:
    """`GET`: as it is kept, or as it would begin."""
    refuse_narrow(request)
    async with transaction(request) as connection:
        site = await site_of_key(connection, request.match_info["key"])
        told = await widget_of(connection, site.id) or _EMPTY
    return await _page(request, told)


async def save(request: web.Request) -> web.StreamResponse:
    """`POST`: keep it."""
    refuse_narrow(request)
    form = await request.post()
    sent = {name: str(form.get(name, "")).replace("\0", "").strip()[:1000] for name in (*_NAMES, "active")}
    days = tuple(int(text) for each in form.getall("days", []) if (text := str(each)) in {str(day) for day in DAYS})
    words = {name: sent[name] for name in ("queue", "line", "agreed", "terms")}
    told = msgspec.convert({**words, "days": days, "active": bool(sent["active"])}, WidgetFields)
    try:
        told = msgspec.structs.replace(told, opens=_hour(sent, "opens"), closes=_hour(sent, "closes"))
        async with transaction(request) as connection:
            site = await site_of_key(connection, request.match_info["key"])
            await save_widget(connection, site.id, told, actor_of(request), now())
    except InvalidInput as error:
        return await _page(request, told, mistakes_of(error))
    return redirect(request, f"/sites/{site.key}/callback", _("Saved."))


def _hour(sent: Mapping[str, str], name: str) -> int:
    text = sent[name]
    if not (text.isascii() and text.isdecimal() and len(text) < 3):
        raise InvalidInput(Mistake(name, _("must be a whole hour, from 0 to 24")))
    return int(text)


async def _page(request: web.Request, told: WidgetFields, mistakes: Mapping[str, str] = _NOTHING) -> web.Response:
    async with transaction(request) as connection:
        site = await site_of_key(connection, request.match_info["key"])
        queues = await queue_choices(connection)
    return page(
        request,
        "callbacks/widget.html",
        status=422 if mistakes else 200,
        site=site,
        values=told,
        queues=[("", "—"), *queues],
        days=[(day, _(word)) for day, word in DAYS.items()],
        labels={name: _(word) for name, word in _NAMES.items()},
        mistakes={name: mistakes.get(name, "") for name in _NAMES},
        told=[(name, f"{_(_NAMES[name])}: {said}" if name in _NAMES else said) for name, said in mistakes.items()],
        script=f"{request.app[settings_key].public_url}/callback.js",
        zone=request.app[settings_key].web.timezone,
    )
