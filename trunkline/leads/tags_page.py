"""`/settings/leads/tags`: which touches get which tags and category, in the order the rules are asked."""

from collections.abc import Mapping
from time import time
from typing import Any, Final
from uuid import UUID

from aiohttp import web

from trunkline.contacts.pages import CLASS_NAMES
from trunkline.directory.values import CLASSES
from trunkline.errors import InvalidInput, NotFound
from trunkline.ids import uuid7
from trunkline.leads.tag_rules import (
    find_tag_rule,
    list_tag_rules,
    move_tag_rule,
    remove_tag_rule,
    save_tag_rule,
)
from trunkline.leads.tagging import KINDS as ASKED
from trunkline.leads.tagging import TagRule
from trunkline.leads.words import HOURS, KINDS
from trunkline.people.pages.request import actor_of, mistakes_of, now, text_field, transaction
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark
from trunkline.web.render import page, redirect

_HERE: Final = "/settings/leads/tags"
_LISTS: Final = ("places", "directions", "words", "channels", "campaigns", "tags")
_CHECKED: Final = ("kinds", "classes")
_LONGEST_FIELD: Final = 20_000
_NAMES: Final = {
    "name": mark("Name of the rule"),
    "active": mark("In force"),
    "kinds": mark("Touches"),
    "places": mark("Lines, sites and mailboxes"),
    "directions": mark("Brands"),
    "words": mark("Words"),
    "channels": mark("Channels"),
    "campaigns": mark("Campaigns"),
    "classes": mark("Classes of clients"),
    "hours": mark("Working time"),
    "tags": mark("Tags"),
    "category": mark("Category"),
}
Sent = Mapping[str, Any]


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [
        web.get(_HERE, show_list),
        web.post(_HERE, add),
        web.get(f"{_HERE}/{{rule}}", show),
        web.post(f"{_HERE}/{{rule}}", change),
        web.post(f"{_HERE}/{{rule}}/move", move),
        web.post(f"{_HERE}/{{rule}}/remove", remove),
    ]


async def show_list(request: web.Request) -> web.Response:
    """The rules in their order, and the form for one more."""
    return await _list(request, _shown(None))


async def add(request: web.Request) -> web.StreamResponse:
    """`POST`: one more, asked last."""
    sent = await _sent(request)
    try:
        async with transaction(request) as connection:
            await save_tag_rule(connection, _rule(uuid7(time()), sent), actor_of(request), now())
    except InvalidInput as error:
        return await _list(request, sent, mistakes_of(error))
    return redirect(request, _HERE, _("Saved. It counts within 15 seconds, for touches from then on."))


async def show(request: web.Request) -> web.Response:
    """One."""
    async with transaction(request) as connection:
        rule = await find_tag_rule(connection, _asked(request))
    return _page(request, rule.id, _shown(rule))


async def change(request: web.Request) -> web.StreamResponse:
    """`POST`: all of it."""
    sent, identifier = await _sent(request), _asked(request)
    try:
        async with transaction(request) as connection:
            await find_tag_rule(connection, identifier)
            await save_tag_rule(connection, _rule(identifier, sent), actor_of(request), now())
    except InvalidInput as error:
        return _page(request, identifier, sent, mistakes_of(error))
    return redirect(request, _HERE, _("Saved. It counts within 15 seconds, for touches from then on."))


async def move(request: web.Request) -> web.StreamResponse:
    """`POST up`: one place up, or down."""
    up = await text_field(request, "up") == "yes"
    async with transaction(request) as connection:
        await move_tag_rule(connection, _asked(request), up, actor_of(request), now())
    return redirect(request, _HERE, _("Moved."))


async def remove(request: web.Request) -> web.StreamResponse:
    """`POST`: the tags it gave stay."""
    async with transaction(request) as connection:
        rule = await find_tag_rule(connection, _asked(request))
        await remove_tag_rule(connection, rule, actor_of(request), now())
    return redirect(request, _HERE, _("The rule is removed."))


async def _sent(request: web.Request) -> dict[str, Any]:
    form = await request.post()
    sent: dict[str, Any] = {
        name: str(form.get(name, "")).replace("\0", "").strip()[:_LONGEST_FIELD]
        for name in _NAMES
        if name not in _CHECKED
    }
    return sent | {name: [str(one) for one in form.getall(name, ())][:20] for name in _CHECKED}


def _rule(identifier: UUID, sent: Sent) -> TagRule:
    values: dict[str, Any] = {name: sent[name] for name in ("name", "hours", "category")}
    values |= {name: tuple(sent[name].splitlines()) for name in _LISTS}
    values |= {name: tuple(sent[name]) for name in _CHECKED}
    return TagRule(id=identifier, active=bool(sent["active"]), **values)


def _shown(rule: TagRule | None) -> dict[str, Any]:
    """What the fields show."""
    if rule is None:
        return dict.fromkeys(_NAMES, "") | {name: [] for name in _CHECKED} | {"active": "on"}
    shown: dict[str, Any] = {name: getattr(rule, name) for name in _NAMES}
    return shown | {name: "\n".join(shown[name]) for name in _LISTS} | {"active": "on" if rule.active else ""}


async def _list(request: web.Request, values: Sent, mistakes: Mapping[str, str] | None = None) -> web.Response:
    async with transaction(request) as connection:
        rules = await list_tag_rules(connection)
    status = 422 if mistakes else 200
    asked = {rule.id: _asks(rule) for rule in rules}
    return page(request, "leads/tags.html", status=status, rules=rules, asked=asked, **_shared(values, mistakes))


def _page(
    request: web.Request, identifier: UUID, values: Sent, mistakes: Mapping[str, str] | None = None
) -> web.Response:
    status = 422 if mistakes else 200
    return page(request, "leads/tag_rule.html", status=status, identifier=identifier, **_shared(values, mistakes))


def _asks(rule: TagRule) -> list[tuple[str, str]]:
    """Its conditions in words."""
    words = {"kinds": _kinds(), "classes": _classes(), "hours": {key: _(word) for key, word in HOURS.items()}}
    found = []
    for name in _NAMES:
        value = getattr(rule, name)
        if name in {"name", "active", "tags", "category"} or not value:
            continue
        parts = [value] if isinstance(value, str) else value
        found.append((_(_NAMES[name]), ", ".join(words.get(name, {}).get(one, one) for one in parts)))
    return found


def _kinds() -> dict[str, str]:
    return {kind: _(KINDS[kind][0]) for kind in ASKED}


def _classes() -> dict[str, str]:
    return {one.value: _(CLASS_NAMES[one]) for one in CLASSES}


def _shared(values: Sent, mistakes: Mapping[str, str] | None) -> dict[str, Any]:
    mistakes = mistakes or {}
    return {
        "values": values,
        "mistakes": {name: mistakes.get(name, "") for name in _NAMES},
        "told": [(name, f"{_(_NAMES[name])}: {said}") for name, said in mistakes.items()],
        "labels": {name: _(word) for name, word in _NAMES.items()},
        "kinds": _kinds(),
        "classes": _classes(),
        "hours": [("", _("at any time")), *((key, _(word)) for key, word in HOURS.items())],
    }


def _asked(request: web.Request) -> UUID:
    try:
        return UUID(request.match_info["rule"])
    except ValueError:
        raise NotFound(_("There is no such rule.")) from None
