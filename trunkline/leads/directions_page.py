"""`/settings/leads/directions`: whose articles are whose, and who is told of overlapping dealers of them."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from aiohttp import web

from trunkline.errors import InvalidInput, NotFound
from trunkline.ids import uuid7
from trunkline.leads.directions import (
    list_directions,
    people_of,
    read_direction,
    remove_direction,
    save_direction,
    spelled,
)
from trunkline.people.pages.request import actor_of, mistakes_of, now, text_field, transaction
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark
from trunkline.web.render import page, redirect

_HERE: Final = "/settings/leads/directions"
_NEW: Final = "new"
_LONGEST_FIELD: Final = 20_000
_NAMES: Final = {
    "name": mark("Direction"),
    "prefixes": mark("Its articles begin with"),
    "manager": mark("Product manager"),
}


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [
        web.get(_HERE, show),
        web.get(f"{_HERE}/{{direction}}", show),
        web.post(f"{_HERE}/{{direction}}", save),
        web.post(f"{_HERE}/{{direction}}/remove", remove),
    ]


async def show(request: web.Request) -> web.Response:
    """`GET`: all of them with the form of a new one, or the form of one."""
    return await _page(request)


async def save(request: web.Request) -> web.StreamResponse:
    """`POST`: one, or a new one; every mistake is told beside its field."""
    sent = {field: (await text_field(request, field)).replace("\0", "")[:_LONGEST_FIELD] for field in _NAMES}
    try:
        async with transaction(request) as connection:
            people = [person for person, _name in await people_of(connection)]
            told = read_direction(_id(request) or uuid7(now().timestamp()), sent, people)
            await save_direction(connection, told, actor_of(request), now())
    except InvalidInput as error:
        return await _page(request, sent, mistakes_of(error))
    return redirect(request, _HERE, _("Saved."))


async def remove(request: web.Request) -> web.StreamResponse:
    """`POST`: one."""
    async with transaction(request) as connection:
        identifier = _id(request)
        if identifier is None:
            raise NotFound(_("There is no such direction."))
        await remove_direction(connection, identifier, actor_of(request), now())
    return redirect(request, _HERE, _("Removed."))


async def _page(
    request: web.Request, sent: Mapping[str, str] | None = None, mistakes: Mapping[str, str] | None = None
) -> web.Response:
    identifier, mistakes = _id(request), mistakes or {}
    async with transaction(request) as connection:
        rows, people = await list_directions(connection), await people_of(connection)
    values = sent or dict.fromkeys(_NAMES, "")
    if identifier is not None:
        row = next((one for one in rows if one["id"] == identifier), None)
        if row is None:
            raise NotFound(_("There is no such direction."))
        values = sent or {
            "name": row["name"],
            "prefixes": spelled(row["prefixes"]),
            "manager": str(row["manager_id"] or ""),
        }
    names = {field: _(name) for field, name in _NAMES.items()}
    return page(
        request,
        "leads/directions.html",
        status=422 if mistakes else 200,
        direction=identifier,
        directions=[] if identifier else [(row, spelled(row["prefixes"])) for row in rows],
        people=[("", "—"), *((str(person), name) for person, name in people)],
        names=names,
        values=values,
        mistakes=mistakes,
        told=[(field, f"{names[field]}: {why}") for field, why in mistakes.items()],
    )


def _id(request: web.Request) -> UUID | None:
    """Which one; None: a new one."""
    text = request.match_info.get("direction", _NEW)
    try:
        return None if text == _NEW else UUID(text)
    except ValueError:
        raise NotFound(_("There is no such direction.")) from None
