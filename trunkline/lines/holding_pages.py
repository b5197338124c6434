"""The parts of a line's page that tell what it has: aliases, operators, labelled texts; added and taken out there."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from trunkline.db.types import Connection
from trunkline.errors import InvalidInput, Mistake
from trunkline.lines.asking import asked_line, day_of
from trunkline.lines.holding_store import (
    add_alias,
    remove_alias,
    remove_label,
    remove_term,
    set_label,
    set_term,
)
from trunkline.lines.holdings import checked_alias, label_of_form, read_day, term_of_form
from trunkline.lines.line import StoredLine
from trunkline.lines.line_page import Failed, line_page
from trunkline.people.pages.request import actor_of, mistakes_of, now, transaction
from trunkline.web.i18n import gettext as _
from trunkline.web.render import redirect

_LINE = "/lines/{number}"
_LONGEST = 300
Sent = dict[str, str]
Work = Callable[[web.Request, Connection, StoredLine, Sent], Awaitable[bool]]


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [
        web.post(f"{_LINE}/aliases", add_one_alias),
        web.post(f"{_LINE}/aliases/remove", remove_one_alias),
        web.post(f"{_LINE}/operators", set_one_operator),
        web.post(f"{_LINE}/operators/remove", remove_one_operator),
        web.post(f"{_LINE}/labels", set_one_label),
        web.post(f"{_LINE}/labels/remove", remove_one_label),
    ]


async def add_one_alias(request: web.Request) -> web.StreamResponse:
    """One more name the PBX has for the line."""

    async def work(request: web.Request, connection: Connection, line: StoredLine, sent: Sent) -> bool:
        return await add_alias(connection, line.id, checked_alias(sent.get("alias", "")), actor_of(request), now())

    return await _done(request, "aliases", work, _("The alias is added."))


async def remove_one_alias(request: web.Request) -> web.StreamResponse:
    """The line goes by it no more."""

    async def work(request: web.Request, connection: Connection, line: StoredLine, sent: Sent) -> bool:
        return await remove_alias(connection, line.id, sent.get("alias", ""), actor_of(request), now())

    return await _done(request, "aliases", work, _("The alias is taken off."))


async def set_one_operator(request: web.Request) -> web.StreamResponse:
    """Who carries the line from a day on."""

    async def work(request: web.Request, connection: Connection, line: StoredLine, sent: Sent) -> bool:
        at = now()
        return await set_term(connection, line.id, term_of_form(sent), day_of(request, at), actor_of(request), at)

    return await _done(request, "operators", work, _("Saved."))


async def remove_one_operator(request: web.Request) -> web.StreamResponse:
    """What was entered by mistake."""

    async def work(request: web.Request, connection: Connection, line: StoredLine, sent: Sent) -> bool:
        at, mistakes = now(), list[Mistake]()
        since = read_day(sent.get("since", ""), "since", mistakes)
        return since is not None and await remove_term(
            connection, line.id, since, day_of(request, at), actor_of(request), at
        )

    return await _done(request, "operators", work, _("Taken out of the history."))


async def set_one_label(request: web.Request) -> web.StreamResponse:
    """What an operator shows of our calls."""

    async def work(request: web.Request, connection: Connection, line: StoredLine, sent: Sent) -> bool:
        return await set_label(connection, line.id, label_of_form(sent), actor_of(request), now())

    return await _done(request, "labels", work, _("Saved."))


async def remove_one_label(request: web.Request) -> web.StreamResponse:
    """It is labelled so no more."""

    async def work(request: web.Request, connection: Connection, line: StoredLine, sent: Sent) -> bool:
        since = read_day(sent.get("since", ""), "since", [])
        return since is not None and await remove_label(
            connection, line.id, sent.get("operator", ""), since, actor_of(request), now()
        )

    return await _done(request, "labels", work, _("The label is taken off."))


async def _done(request: web.Request, part: str, work: Work, said: str) -> web.StreamResponse:
    sent = {
        name.removeprefix(f"{part}-"): " ".join(value.replace("\0", "").split())[:_LONGEST]
        for name, value in (await request.post()).items()
        if isinstance(value, str)
    }
    async with transaction(request) as connection:
        line = await asked_line(connection, request)
    try:
        async with transaction(request) as connection:
            await work(request, connection, line, sent)
    except InvalidInput as error:
        return await line_page(request, line, Failed(part, sent, mistakes_of(error)))
    return redirect(request, f"/lines/{line.number}#{part}", said)
