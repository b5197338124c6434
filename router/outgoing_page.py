"""`/settings/outgoing`: trunks, the rule, lines that need something, and what a call to any number would show."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from functools import partial
from typing import TypeVar
from uuid import UUID

import msgspec
from aiohttp import web

from router.outgoing import Exchange
from router.outgoing_state import OutgoingStates
from router.outgoing_words import FORMATS, RULES, offer_words, step_words, steps_of, title, why
from router.presence_feed import DeviceFeed
from router.wire import new_call_id
from trunkline.background import running
from trunkline.callerid import store
from trunkline.callerid.choose import Outward
from trunkline.callerid.geography import RegistryGeography
from trunkline.callerid.last import LastLines
from trunkline.callerid.record import OutgoingQuestion
from trunkline.db.types import Connection
from trunkline.errors import InvalidInput, NotFound
from trunkline.keys import directory_key, redis_key, secret_box_key, settings_key
from trunkline.numbering.subjects import names_of
from trunkline.people.audit import Actor
from trunkline.people.pages.request import actor_of, mistakes_of, now, transaction
from trunkline.people.roles import Right
from trunkline.web.auth import signed_in
from trunkline.web.human import phone
from trunkline.web.i18n import gettext as _
from trunkline.web.render import page, reader_of, redirect

T = TypeVar("T", store.Rules, store.Trunk)

exchange_key = web.AppKey("outgoing_exchange", Exchange)
feed_key = web.AppKey("outgoing_feed", DeviceFeed)

_PATH = "/settings/outgoing"
_MOST_LINES = 100
_EMPTY = dict.fromkeys(store.Trunk.__struct_fields__, "")


def routes() -> list[web.RouteDef]:
    """The page and its forms."""
    return [
        web.get(_PATH, show),
        web.post(_PATH, change_rules),
        web.post(f"{_PATH}/trunks", add_trunk),
        web.post(f"{_PATH}/trunks/{{trunk}}", change_trunk),
    ]


async def exchange_context(app: web.Application) -> AsyncIterator[None]:
    """An exchange of this process's own, to try numbers with."""
    feed = app[feed_key] = DeviceFeed()
    last_lines = LastLines(app[settings_key].data_dir / "directory")
    states = OutgoingStates(app[secret_box_key])
    app[exchange_key] = Exchange(app[directory_key], states, feed, last_lines, RegistryGeography)
    async with running({"outgoing-page-presence": partial(feed.follow, app[redis_key])}):
        yield


async def show(request: web.Request) -> web.Response:
    """`GET /settings/outgoing?to=&city=&pbx=`: all of it, and the answer once a number was given."""
    return await _page(request)


async def change_rules(request: web.Request) -> web.StreamResponse:
    """Put another rule in force."""
    return await _keep(request, store.Rules, store.save_rules, _("Saved. It counts from the next call on."))


async def add_trunk(request: web.Request) -> web.StreamResponse:
    """One more way out."""
    return await _keep(request, store.Trunk, store.add_trunk, _("The trunk is added."))


async def change_trunk(request: web.Request) -> web.StreamResponse:
    """Switch a trunk on or off, or take it out."""
    try:
        identifier = UUID(request.match_info["trunk"])
    except ValueError as error:
        raise NotFound(_("There is no such trunk.")) from error
    action = (await _sent(request, "action"))["action"]
    if action not in {"on", "off", "remove"}:
        raise web.HTTPBadRequest(text=_("Choose what to do with the trunk."))
    async with transaction(request) as connection:
        if action == "remove":
            await store.remove_trunk(connection, identifier, actor_of(request), now())
        else:
            await store.switch_trunk(connection, identifier, action == "on", actor_of(request), now())
    return redirect(request, _PATH, _("Done."))


async def _keep(
    request: web.Request,
    kind: type[T],
    keep: Callable[[Connection, T, Actor, datetime], Awaitable[None]],
    done: str,
) -> web.StreamResponse:
    """Read a form that has the fields of `kind` and store it; every mistake beside its field."""
    sent = await _sent(request, *kind.__struct_fields__)
    try:
        async with transaction(request) as connection:
            await keep(connection, kind(**sent), actor_of(request), now())
    except InvalidInput as error:
        return await _page(request, 422, mistakes=dict(mistakes_of(error)), sent=sent)
    return redirect(request, _PATH, done)


async def _page(
    request: web.Request,
    status: int = 200,
    *,
    mistakes: dict[str, str] | None = None,
    sent: dict[str, str] | None = None,
) -> web.Response:
    async with transaction(request) as connection:
        trunks = await store.list_trunks(connection)
        rules = await store.read_rules(connection)
        pbxs = await store.pbx_names(connection)
        lacking = await store.unshown_lines(connection, _MOST_LINES)
    feed = request.app[feed_key]
    asked = {name: request.query.get(name, "").strip()[:100] for name in ("to", "city", "pbx")}
    return page(
        request,
        "router/outgoing.html",
        status=status,
        trunks=[(trunk, feed.state(trunk.pbx, trunk.name).value) for trunk in trunks],
        rule_words=[(name, _(RULES[name][0]), _(RULES[name][1])) for name in store.RULES],
        steps=[title(step) for step in steps_of(rules.rule)],
        formats=[(name, FORMATS[name]) for name in store.FORMATS],
        pbxs=pbxs,
        lacking=[(line, why(line["why"])) for line in lacking],
        asked=asked,
        result=_result(request, asked) if asked["to"] else None,
        mistakes=mistakes or {},
        values=_EMPTY | msgspec.structs.asdict(rules) | (sent or {}),
        may_edit=signed_in(request).holds(Right.SETTINGS_EDIT),
    )


def _result(request: web.Request, asked: dict[str, str]) -> dict[str, object]:
    """What a call would show, in words."""
    exchange = request.app[exchange_key]
    request.app[directory_key].refresh()
    exchange.refresh()
    head = request.app[directory_key].head
    pbx = asked["pbx"] or next(iter(head.pbxs), "")
    question = OutgoingQuestion(pbx, new_call_id(), to=asked["to"], city=asked["city"])
    choice, facts = exchange.consider(question, now().timestamp())
    region = request.app[directory_key].view.region(facts.client)
    language = reader_of(request).language
    return {
        "dials": choice.action is Outward.DIAL,
        "choice": choice,
        "rule": title(choice.rule),
        "ways": [offer_words(way, head) for way in choice.fallbacks],
        "trace": [(title(row.rule), row.matched, step_words(row, language)) for row in choice.trace],
        "facts": [
            (_("Client"), phone(facts.client)),
            (_("Region"), ", ".join(names_of(region, language)) or None),
            (_("The line he knows"), phone(facts.last_line) if facts.last_line else None),
            (_("Dialled over the trunk"), choice.number or None),
        ],
    }


async def _sent(request: web.Request, *names: str) -> dict[str, str]:
    form = await request.post()
    return {name: " ".join(str(form.get(name, "")).replace("\0", "").split())[:300] for name in names}
