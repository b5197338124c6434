"""`/settings/questions`: topics, who answers them, and when an e-mail goes out."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from aiohttp import web

from trunkline.errors import InvalidInput, NotFound
from trunkline.experts.store import people
from trunkline.experts.topics import (
    LONGEST_NAME,
    add_topic,
    change_topic,
    mail_minutes,
    remove_topic,
    save_mail_minutes,
    topics,
)
from trunkline.keys import settings_key
from trunkline.people.pages.request import actor_of, mistakes_of, now, text_field, transaction
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark
from trunkline.web.render import page, redirect

_HERE: Final = "/settings/questions"
_NAMES: Final = {"name": mark("Topic"), "minutes": mark("E-mail after, minutes")}
_NOTHING: Mapping[str, str] = {}


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [
        web.get(_HERE, show),
        web.post(_HERE, change_rules),
        web.post(f"{_HERE}/topics", add),
        web.post(f"{_HERE}/topics/{{topic}}", change),
        web.post(f"{_HERE}/topics/{{topic}}/remove", remove),
    ]


async def show(request: web.Request) -> web.Response:
    """`GET`: all of it."""
    return await _page(request)


async def change_rules(request: web.Request) -> web.StreamResponse:
    """`POST minutes`: when an e-mail goes out."""
    text = (await text_field(request, "minutes")).strip()[:20]
    try:
        async with transaction(request) as connection:
            await save_mail_minutes(connection, text, actor_of(request), now())
    except InvalidInput as error:
        return await _page(request, mistakes_of(error), minutes=text)
    return redirect(request, _HERE, _("Saved."))


async def add(request: web.Request) -> web.StreamResponse:
    """`POST name, people…`: one more topic."""
    name, chosen = await _sent(request)
    try:
        async with transaction(request) as connection:
            await add_topic(connection, name, chosen, actor_of(request), now())
    except InvalidInput as error:
        return await _page(request, mistakes_of(error), name=name, chosen=chosen)
    return redirect(request, _HERE, _("Saved."))


async def change(request: web.Request) -> web.StreamResponse:
    """`POST name, people…`: another name, other people."""
    name, chosen = await _sent(request)
    try:
        async with transaction(request) as connection:
            await change_topic(connection, _topic(request), name, chosen, actor_of(request), now())
    except InvalidInput as error:
        return await _page(request, mistakes_of(error))
    return redirect(request, _HERE, _("Saved."))


async def remove(request: web.Request) -> web.StreamResponse:
    """`POST`: the topic is gone, what was asked stays."""
    async with transaction(request) as connection:
        await remove_topic(connection, _topic(request), actor_of(request), now())
    return redirect(request, _HERE, _("The topic is gone; what was asked stays."))


async def _sent(request: web.Request) -> tuple[str, set[UUID]]:
    form = await request.post()
    chosen = set()
    for text in form.getall("people", []):
        try:
            chosen.add(UUID(str(text)))
        except ValueError:
            continue
    return " ".join(str(form.get("name", "")).replace("\0", "").split()), chosen


def _topic(request: web.Request) -> UUID:
    try:
        return UUID(request.match_info["topic"])
    except ValueError:
        raise NotFound(_("There is no such topic.")) from None


async def _page(
    request: web.Request,
    mistakes: Mapping[str, str] = _NOTHING,
    *,
    minutes: str = "",
    name: str = "",
    chosen: set[UUID] | frozenset[UUID] = frozenset(),
) -> web.Response:
    async with transaction(request) as connection:
        known, subjects, usual = await people(connection), await topics(connection), await mail_minutes(connection)
    return page(
        request,
        "experts/settings.html",
        status=422 if mistakes else 200,
        topics=subjects,
        people=[(one["id"], " · ".join(filter(None, (one["name"], one["department"])))) for one in known],
        minutes=minutes or str(usual),
        name=name,
        chosen=chosen,
        mistakes={field: mistakes.get(field, "") for field in _NAMES},
        told=[(field, f"{_(_NAMES[field])}: {message}") for field, message in mistakes.items()],
        longest=LONGEST_NAME,
        has_mail=bool(request.app[settings_key].mail.host),
    )
