"""`/reports/costs/feeds`: the sources that costs are read from by themselves, how they went, and setting them up."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from aiohttp import web

from calltracking.channels.source import Channel
from calltracking.costs.asking import refuse_others
from calltracking.feeds.feed import LEVELS, SYSTEMS, Feed, FeedFields, read_vat
from calltracking.feeds.spent import AGAIN
from calltracking.feeds.store import find_feed, list_feeds, read_now, remove_feed, save_feed
from calltracking.feeds.trouble import trouble_words
from trunkline.calls.attribution_words import channel_in_words
from trunkline.db.types import Connection
from trunkline.errors import InvalidInput, Mistake, NotFound
from trunkline.keys import secret_box_key, settings_key
from trunkline.people.pages.request import actor_of, mistakes_of, now, text_field, transaction
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark
from trunkline.web.render import page, redirect

_HERE: Final = "/reports/costs/feeds"
_LONGEST_FIELD: Final = 1000
_NAMES: Final = {
    "kind": mark("System"),
    "name": mark("Name"),
    "login": mark("Login or client_id"),
    "secret": mark("Secret"),
    "level": mark("Costs by"),
    "named": mark("Campaign in the costs"),
    "source": mark("Source"),
    "channel": mark("Channel"),
    "with_vat": mark("Amounts"),
    "vat": mark("Rate of VAT"),
    "since": mark("Read from day"),
    "active": mark("Read every night"),
    "from": mark("Anew from day"),
}
_EMPTY: Final = dict.fromkeys(_NAMES, "") | {"level": "campaign", "named": "id", "active": "on"}
_USUAL_DAYS: Final = 30
_NOTHING: Mapping[str, str] = {}


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [
        web.get(_HERE, show_list),
        web.post(_HERE, add),
        web.get(f"{_HERE}/{{feed}}", show),
        web.post(f"{_HERE}/{{feed}}", change),
        web.post(f"{_HERE}/{{feed}}/read", read),
        web.post(f"{_HERE}/{{feed}}/remove", remove),
    ]


async def show_list(request: web.Request) -> web.Response:
    """Every source, and the form for one more."""
    refuse_others(request)
    usual = {"since": (_today(request) - timedelta(days=_USUAL_DAYS)).isoformat()}
    return await _list(request, sent=_EMPTY | usual)


async def add(request: web.Request) -> web.StreamResponse:
    """`POST`: one more; it is read at once."""
    refuse_others(request)
    sent = await _sent(request)
    try:
        told = _fields(sent, sent["kind"], active=True)
        async with transaction(request) as connection:
            identifier = await _save(request, connection, None, told)
    except InvalidInput as error:
        return await _list(request, mistakes_of(error), sent=sent)
    return redirect(request, f"{_HERE}/{identifier}", _("Saved. It is read within a minute."))


async def show(request: web.Request) -> web.Response:
    """One, with how it went last."""
    refuse_others(request)
    return await _page(request)


async def change(request: web.Request) -> web.StreamResponse:
    """`POST`: all of it but its system; an empty secret stays as it was."""
    refuse_others(request)
    sent = await _sent(request)
    try:
        async with transaction(request) as connection:
            known = await _asked(request, connection)
            told = _fields(sent, known.kind, active=bool(sent["active"]))
            await _save(request, connection, known, told)
    except InvalidInput as error:
        return await _page(request, mistakes_of(error), sent)
    return redirect(request, f"{_HERE}/{known.id}", _("Saved."))


async def read(request: web.Request) -> web.StreamResponse:
    """`POST from`: at once, from a day on where one is told."""
    refuse_others(request)
    text = (await text_field(request, "from")).strip()
    try:
        since = _day(text, "from") if text else None
        async with transaction(request) as connection:
            known = await _asked(request, connection)
            told = await read_now(connection, known, since, _today(request), actor_of(request), now())
    except InvalidInput as error:
        return await _page(request, mistakes_of(error))
    said = _("It is read within a minute.") if told else _("It is switched off, or being read.")
    return redirect(request, f"{_HERE}/{known.id}", said, "ok" if told else "bad")


async def remove(request: web.Request) -> web.StreamResponse:
    """`POST costs`: with the costs it brought, or without."""
    refuse_others(request)
    costs = await text_field(request, "costs") == "yes"
    async with transaction(request) as connection:
        await remove_feed(connection, await _asked(request, connection), actor_of(request), now(), costs=costs)
    return redirect(request, _HERE, _("Nothing is read from there any more."))


async def _save(request: web.Request, connection: Connection, known: Feed | None, told: FeedFields) -> UUID:
    box = request.app[secret_box_key]
    return await save_feed(connection, box, known, told, _today(request), actor_of(request), now())


async def _sent(request: web.Request) -> dict[str, str]:
    form = await request.post()
    return {name: str(form.get(name, "")).replace("\0", "").strip()[:_LONGEST_FIELD] for name in _NAMES}


def _fields(sent: Mapping[str, str], kind: str, *, active: bool) -> FeedFields:
    system = SYSTEMS.get(kind)
    usual = system.with_vat if system else True
    with_vat = {"yes": True, "no": False}.get(sent["with_vat"], usual)
    words = {name: sent[name] for name in ("name", "login", "secret", "level", "named", "source", "channel")}
    return FeedFields(
        kind=kind,
        **words,
        with_vat=with_vat,
        vat=read_vat(sent["vat"]),
        since=_day(sent["since"], "since"),
        active=active,
    )


def _day(text: str, field: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidInput(Mistake(field, _("must be a day, such as %(day)s") % {"day": "2026-11-30"})) from None


def _today(request: web.Request) -> date:
    return now().astimezone(ZoneInfo(request.app[settings_key].web.timezone)).date()


async def _asked(request: web.Request, connection: Connection) -> Feed:
    try:
        return await find_feed(connection, UUID(request.match_info["feed"]))
    except ValueError:
        raise NotFound(_("There is no such source of costs.")) from None


def _common(mistakes: Mapping[str, str], values: Mapping[str, str]) -> dict[str, Any]:
    return {
        "status": 422 if mistakes else 200,
        "mistakes": {name: mistakes.get(name, "") for name in _NAMES},
        "told": [(name, f"{_(_NAMES[name])}: {said}") for name, said in mistakes.items()],
        "values": values,
        "labels": {name: _(word) for name, word in _NAMES.items()},
        "channels": [(one.value, channel_in_words(one)) for one in Channel],
        "system_names": {name: _(system.name) for name, system in SYSTEMS.items()},
        "level_names": {name: _(word) for name, word in LEVELS.items()},
        "trouble_words": trouble_words,
        "moment": now(),
        "again": AGAIN,
    }


async def _list(
    request: web.Request, mistakes: Mapping[str, str] = _NOTHING, *, sent: Mapping[str, str]
) -> web.Response:
    async with transaction(request) as connection:
        found = await list_feeds(connection)
    return page(
        request,
        "feeds/list.html",
        rows=found,
        systems=[("", "—"), *((name, _(system.name)) for name, system in SYSTEMS.items())],
        levels=[(name, _(word)) for name, word in LEVELS.items()],
        **_common(mistakes, sent),
    )


async def _page(
    request: web.Request, mistakes: Mapping[str, str] = _NOTHING, sent: Mapping[str, str] | None = None
) -> web.Response:
    async with transaction(request) as connection:
        known = await _asked(request, connection)
    common = _common(mistakes, sent if sent is not None else _values(known))
    common["labels"]["login"] = _(known.system.login)
    return page(
        request,
        "feeds/feed.html",
        row=known,
        levels=[(name, _(word)) for name, word in LEVELS.items() if name in known.system.pieces],
        **common,
    )


def _values(known: Feed) -> dict[str, str]:
    words = {
        name: str(getattr(known, name)) for name in ("kind", "name", "login", "level", "named", "source", "channel")
    }
    return _EMPTY | {
        **words,
        "with_vat": "yes" if known.with_vat else "no",
        "vat": "" if known.vat is None else f"{known.vat.normalize():f} %",
        "since": known.since.isoformat(),
        "active": "on" if known.active else "",
    }
