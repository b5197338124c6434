"""`/settings/exports`: where calls, forms and payments are told, what became of them, and the last as it would be sent.

For who may change settings: an administrator, who may see payments too.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from aiohttp import web

from calltracking.exports.destination import KINDS, Destination, DestinationFields
from calltracking.exports.dry_run import dry_run
from calltracking.exports.store import (
    SQL,
    confirm_abroad,
    find_destination,
    list_destinations,
    remove_destination,
    save_destination,
)
from calltracking.exports.whys import why_words
from calltracking.sites.store import list_sites
from trunkline.db.types import Connection
from trunkline.errors import InvalidInput, Mistake, NotFound
from trunkline.ids import lowest_id
from trunkline.keys import secret_box_key
from trunkline.people.pages.request import actor_of, mistakes_of, now, text_field, transaction
from trunkline.web.auth import signed_in
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark
from trunkline.web.render import page, redirect

_HERE: Final = "/settings/exports"
_DAYS: Final = 30
_LONGEST_FIELD: Final = 6000
_NAMES: Final = {
    "kind": mark("System"),
    "name": mark("Name"),
    "site": mark("Site"),
    "account": mark("Account"),
    "goal": mark("Goal"),
    "secret": mark("Secret"),
    "least": mark("Sure from, %"),
    "active": mark("Told"),
}
_EMPTY: Final = {"kind": "", "name": "", "site": "", "account": "", "goal": "", "secret": "", "least": "50"}
_NOTHING: Mapping[str, str] = {}


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [
        web.get(_HERE, show_list),
        web.post(_HERE, add),
        web.get(f"{_HERE}/{{destination}}", show),
        web.post(f"{_HERE}/{{destination}}", change),
        web.post(f"{_HERE}/{{destination}}/abroad", abroad),
        web.post(f"{_HERE}/{{destination}}/remove", remove),
    ]


async def show_list(request: web.Request) -> web.Response:
    """Every destination, and the form for one more."""
    return await _list(request)


async def add(request: web.Request) -> web.StreamResponse:
    """`POST`: one more; it is switched on once it was looked at."""
    sent = await _sent(request)
    try:
        told = _fields(sent)
        async with transaction(request) as connection:
            identifier = await save_destination(
                connection, request.app[secret_box_key], None, told, actor_of(request), now()
            )
    except InvalidInput as error:
        return await _list(request, mistakes_of(error), sent)
    return redirect(request, f"{_HERE}/{identifier}", _("Saved."))


async def show(request: web.Request) -> web.Response:
    """One, with what became of its rows and the last one as it would be sent."""
    return await _page(request)


async def change(request: web.Request) -> web.StreamResponse:
    """`POST`: all of it but its kind; an empty secret stays as it was."""
    sent = await _sent(request)
    try:
        told = _fields(sent)
        async with transaction(request) as connection:
            known = await _asked(request, connection)
            await save_destination(connection, request.app[secret_box_key], known, told, actor_of(request), now())
    except InvalidInput as error:
        return await _page(request, mistakes_of(error), sent)
    return redirect(request, f"{_HERE}/{known.id}", _("Saved."))


async def abroad(request: web.Request) -> web.StreamResponse:
    """`POST confirmed`: data may be sent abroad, or not any more."""
    yes = await text_field(request, "confirmed") == "yes"
    async with transaction(request) as connection:
        known = await _asked(request, connection)
        await confirm_abroad(connection, known, yes, signed_in(request).name, actor_of(request), now())
    said = _("Confirmed: it may be switched on.") if yes else _("Taken back: nothing more is sent there.")
    return redirect(request, f"{_HERE}/{known.id}", said)


async def remove(request: web.Request) -> web.StreamResponse:
    """`POST`: with all that waits for it."""
    async with transaction(request) as connection:
        await remove_destination(connection, await _asked(request, connection), actor_of(request), now())
    return redirect(request, _HERE, _("Nothing is told there any more."))


async def _sent(request: web.Request) -> dict[str, str]:
    form = await request.post()
    return {name: str(form.get(name, "")).replace("\0", "").strip()[:_LONGEST_FIELD] for name in _NAMES}


def _fields(sent: Mapping[str, str]) -> DestinationFields:
    least = sent["least"]
    if not (least.isascii() and least.isdecimal() and len(least) < 4):
        raise InvalidInput(Mistake("least", _("must be a number from %(low)s to %(high)s") % {"low": 0, "high": 100}))
    try:
        site = UUID(sent["site"]) if sent["site"] else None
    except ValueError:
        raise InvalidInput(Mistake("site", _("choose one of the list"))) from None
    words = {name: sent[name] for name in ("kind", "name", "account", "goal", "secret")}
    return DestinationFields(**words, site=site, least=int(least), active=bool(sent["active"]))


async def _asked(request: web.Request, connection: Connection) -> Destination:
    try:
        return await find_destination(connection, UUID(request.match_info["destination"]))
    except ValueError:
        raise NotFound(_("There is no such destination.")) from None


async def _sites(connection: Connection) -> list[tuple[str, str]]:
    return [("", _("every site")), *((str(site.id), site.name) for site in await list_sites(connection))]


def _told(mistakes: Mapping[str, str]) -> dict[str, Any]:
    named = [(name, f"{_(_NAMES[name])}: {said}" if name in _NAMES else said) for name, said in mistakes.items()]
    return {"mistakes": {name: mistakes.get(name, "") for name in _NAMES}, "told": named}


async def _list(
    request: web.Request, mistakes: Mapping[str, str] = _NOTHING, sent: Mapping[str, str] = _EMPTY
) -> web.Response:
    async with transaction(request) as connection:
        found = await list_destinations(connection)
        counts = {row["id"]: row for row in await connection.fetch(SQL["counts"], _since())}
        sites = await _sites(connection)
    return page(
        request,
        "exports/list.html",
        status=422 if mistakes else 200,
        rows=found,
        counts=counts,
        sites=sites,
        site_names=dict(sites),
        kinds=[("", "—"), *((name, _(kind.name)) for name, kind in KINDS.items())],
        kind_names={name: _(kind.name) for name, kind in KINDS.items()},
        values=_EMPTY | dict(sent),
        labels={name: _(word) for name, word in _NAMES.items()},
        days=_DAYS,
        **_told(mistakes),
    )


async def _page(
    request: web.Request, mistakes: Mapping[str, str] = _NOTHING, sent: Mapping[str, str] | None = None
) -> web.Response:
    async with transaction(request) as connection:
        known = await _asked(request, connection)
        kind = KINDS[known.kind]
        counts = next(row for row in await connection.fetch(SQL["counts"], _since()) if row["id"] == known.id)
        whys = await connection.fetch(SQL["whys"], known.id, _since())
        said = await connection.fetch(SQL["said"], known.id, _since())
        newest = await connection.fetch(SQL["newest"], known.id, 20)
        dry = await dry_run(request, connection, known, dict(newest[0]) if newest else None, _since())
        sites = await _sites(connection)
    return page(
        request,
        "exports/destination.html",
        status=422 if mistakes else 200,
        row=known,
        foreign=kind.exporter.foreign,
        kind_name=_(kind.name),
        counts=counts,
        whys=[(why_words(row["why"]), row["number"]) for row in whys],
        said=said,
        newest=newest,
        why_name=why_words,
        dry=dry,
        money=kind.money,
        sites=sites,
        values=dict(sent) if sent is not None else _values(known),
        needs_secret=bool(kind.secret),
        labels={name: _(word) for name, word in _NAMES.items()}
        | {"account": _(kind.account), "goal": _(kind.goal), "secret": _(kind.secret or "Secret")},
        days=_DAYS,
        **_told(mistakes),
    )


def _values(known: Destination) -> dict[str, str]:
    words = {name: str(getattr(known, name)) for name in ("kind", "name", "account", "goal", "least")}
    return {**words, "site": str(known.site or ""), "secret": "", "active": "on" if known.active else ""}


def _since() -> UUID:
    return lowest_id(now() - timedelta(days=_DAYS))
