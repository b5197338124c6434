"""Views of the report on its page and over the API: `/reports/views`, `/api/v1/reports/views`."""

from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from aiohttp import web

from calltracking.results.views import FIELDS, ReportView, list_views, remove_view, save_view
from trunkline.errors import InvalidInput, NotFound
from trunkline.people.pages.request import transaction
from trunkline.web.auth import signed_in
from trunkline.web.body import json_answer, read_json
from trunkline.web.i18n import gettext as _
from trunkline.web.render import reader_of, redirect

_REPORT = "/reports/channels"
Text = Annotated[str, msgspec.Meta(max_length=100)]


class ViewBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is kept: fields as the report's address has them (days, since, until, by, model, sure, beside, vat)."""

    name: Text
    fields: dict[Text, Text]
    shared: bool = False


class ViewList(msgspec.Struct, frozen=True):
    """One's own views first, then those that others share."""

    items: list[ReportView]


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [
        web.post("/reports/views", keep),
        web.post("/reports/views/{view}/remove", remove),
        web.get("/api/v1/reports/views", show_views),
        web.post("/api/v1/reports/views", receive_view),
        web.delete("/api/v1/reports/views/{id}", drop_view),
    ]


async def keep(request: web.Request) -> web.StreamResponse:
    """`POST`: keep what the page shows under a name."""
    form = await request.post()
    sent = {name: value.replace("\0", "") for name, value in form.items() if isinstance(value, str)}
    fields = {name: sent.get(name, "") for name in FIELDS}
    back = f"{_REPORT}?{urlencode({name: value for name, value in fields.items() if value})}"
    zone = reader_of(request).timezone
    try:
        async with transaction(request) as connection:
            person = signed_in(request).person
            view = await save_view(connection, person, sent.get("name", ""), fields, zone, shared="shared" in sent)
    except InvalidInput as error:
        return redirect(request, back, _("The view was not kept: its name %(told)s.") % {"told": _told(error)}, "bad")
    return redirect(request, back, _("The view «%(name)s» is kept.") % {"name": view.name})


async def remove(request: web.Request) -> web.StreamResponse:
    """`POST`: forget one's own view."""
    async with transaction(request) as connection:
        await remove_view(connection, signed_in(request).person, _id(request, "view"))
    return redirect(request, _REPORT, _("The view is gone."))


async def show_views(request: web.Request) -> web.Response:
    """`GET`: all one may open."""
    async with transaction(request) as connection:
        return json_answer(ViewList(await list_views(connection, signed_in(request).person)))


async def receive_view(request: web.Request) -> web.Response:
    """`POST`: keep one, in place of one's own of the same name."""
    body, zone = await read_json(request, ViewBody), reader_of(request).timezone
    async with transaction(request) as connection:
        person = signed_in(request).person
        return json_answer(await save_view(connection, person, body.name, body.fields, zone, shared=body.shared), 201)


async def drop_view(request: web.Request) -> web.Response:
    """`DELETE`: forget one's own."""
    async with transaction(request) as connection:
        await remove_view(connection, signed_in(request).person, _id(request, "id"))
    return web.Response(status=204)


def _id(request: web.Request, name: str) -> UUID:
    try:
        return UUID(request.match_info[name])
    except ValueError:
        raise NotFound(_("There is no such view of yours.")) from None


def _told(error: InvalidInput) -> str:
    return "; ".join(mistake.message for mistake in error.mistakes)
