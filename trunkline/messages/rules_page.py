"""`/settings/messages`: the table of rules; one of them with its preview; what holds for all; rooms."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

import msgspec
from aiohttp import web

from trunkline.contacts.pages import CLASS_NAMES
from trunkline.db.types import Connection
from trunkline.directory.values import ContactClass
from trunkline.errors import InvalidInput, NotFound
from trunkline.ids import uuid7
from trunkline.keys import settings_key
from trunkline.messages import rule_form
from trunkline.messages.happening import FIELDS, KIND_NAMES, Kind
from trunkline.messages.rooms import ROOM_KINDS
from trunkline.messages.rule import CHANNEL_NAMES, DIGEST_NAMES, WHOM_NAMES, Channel, Rule, Step, Whom
from trunkline.messages.rules_store import (
    SQL,
    find_rule,
    move_rule,
    read_rules,
    read_settings,
    remove_rule,
    rooms,
    save_rule,
)
from trunkline.messages.store import SQL as MESSAGES
from trunkline.messages.template import example, filled, problem
from trunkline.people.pages.request import actor_of, mistakes_of, now, text_field, transaction
from trunkline.web.i18n import current_reader, mark
from trunkline.web.i18n import gettext as _
from trunkline.web.render import page, redirect

HERE: Final = "/settings/messages"
_NEW: Final = "new"
_NAMES: Final = {
    "name": mark("Name of the rule"),
    "kind": mark("When"),
    "template": mark("Text"),
    "digest": mark("Is told"),
    "at": mark("At"),
    "every_days": mark("To each once in, days"),
    "amount": mark("Amount at least, ₽"),
    "days": mark("Days"),
    "seconds": mark("Talked at least, seconds"),
    "brands": mark("Brands"),
    "stages": mark("Stages"),
    "whom": mark("Whom"),
    "channel": mark("By what"),
    "after": mark("After, minutes"),
}


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [
        web.get(HERE, show),
        web.get(f"{HERE}/rules/{{rule}}", show_rule),
        web.post(f"{HERE}/rules/{{rule}}", change_rule),
        web.post(f"{HERE}/rules/{{rule}}/move", move),
        web.post(f"{HERE}/rules/{{rule}}/remove", remove),
    ]


async def show(request: web.Request) -> web.Response:
    """`GET`: all of it."""
    async with transaction(request) as connection:
        return await overview(request, connection)


async def overview(
    request: web.Request, connection: Connection, mistakes: Mapping[str, str] | None = None, **values: Any
) -> web.Response:
    """The page, with what was wrong in one of its small forms."""
    settings = await read_settings(connection)
    names = await _names(connection)
    kept = {
        name: value if isinstance(value, bool) else str(value) for name, value in msgspec.to_builtins(settings).items()
    }
    kept |= {
        name: f"{getattr(settings, name) // 60:02}:{getattr(settings, name) % 60:02}" for name in ("opens", "closes")
    }
    return page(
        request,
        "messages/rules.html",
        status=422 if mistakes else 200,
        rules=[
            (one, _(KIND_NAMES[one.kind]), [_step(step, names) for step in one.steps])
            for one in await read_rules(connection)
        ],
        rooms=await rooms(connection),
        room_kinds=list(ROOM_KINDS.items()),
        values=kept | {"room_name": "", "room_kind": "", "address": ""} | values,
        mistakes=mistakes or {},
        told=list((mistakes or {}).items()),
        has_mail=bool(request.app[settings_key].mail.host),
    )


async def show_rule(request: web.Request) -> web.Response:
    """`GET`: a rule, or the form of a new one (`?kind=`)."""
    async with transaction(request) as connection:
        if request.match_info["rule"] == _NEW:
            asked = request.query.get("kind", "")
            kind = Kind(asked) if asked in set(Kind) else Kind.LEAD_OPENED
            first = Step(whom=Whom.RESPONSIBLE, channel=Channel.CARD)
            rule = Rule(id=UUID(int=0), name="", kind=kind, steps=(first,), template="")
        else:
            rule = await find_rule(connection, _id(request))
        return await _form(request, connection, rule_form.shown_rule(rule))


async def change_rule(request: web.Request) -> web.StreamResponse:
    """`POST`: keep it; `preview`: show what it would say, and keep nothing."""
    form = await request.post()
    new = request.match_info["rule"] == _NEW
    async with transaction(request) as connection:
        identifier = uuid7(now().timestamp()) if new else (await find_rule(connection, _id(request))).id
        try:
            rule = rule_form.read_rule(identifier, form, await _choices(connection))
        except InvalidInput as error:
            return await _form(request, connection, rule_form.sent_values(form), mistakes_of(error))
        if "preview" in form:
            return await _form(request, connection, rule_form.sent_values(form))
        await save_rule(connection, rule, actor_of(request), now())
    return redirect(request, HERE, _("Saved."))


async def move(request: web.Request) -> web.StreamResponse:
    """`POST to=up|down`: one place."""
    down = await text_field(request, "to") == "down"
    async with transaction(request) as connection:
        await move_rule(connection, _id(request), down, actor_of(request), now())
    return redirect(request, HERE, _("Moved."))


async def remove(request: web.Request) -> web.StreamResponse:
    """`POST`: with what waits to be told by it."""
    async with transaction(request) as connection:
        await remove_rule(connection, _id(request), actor_of(request), now())
    return redirect(request, HERE, _("The rule is gone; what it has told stays in the log."))


async def _form(
    request: web.Request, connection: Connection, values: Mapping[str, Any], mistakes: Mapping[str, str] | None = None
) -> web.Response:
    mistakes = mistakes or {}
    found: dict[str, list[tuple[str, str]]] = {what: [] for what in ("departments", "lines", "people")}
    for row in await connection.fetch(SQL["choices"]):
        found[row["what"]].append((str(row["id"]), row["name"]))
    whom = [(one.value, _(WHOM_NAMES[one])) for one in Whom if one not in {Whom.PERSON, Whom.ROOM}]
    whom += [(f"person:{id_}", name) for id_, name in found["people"]]
    whom += [(f"room:{one.id}", f"{ROOM_KINDS.get(one.kind, one.kind)}: {one.name}") for one in await rooms(connection)]
    kind = Kind(values["kind"]) if values.get("kind") in set(Kind) else Kind.LEAD_OPENED
    names = {field: _(name) for field, name in _NAMES.items()}
    return page(
        request,
        "messages/rule.html",
        status=422 if mistakes else 200,
        rule=request.match_info["rule"],
        values=values,
        mistakes=mistakes,
        told=rule_form.told(mistakes, names),
        names=names,
        kinds=[(one.value, _(KIND_NAMES[one])) for one in Kind],
        fields=[f"{{{name}}}" for name in FIELDS[kind]],
        kind=kind.value,
        departments=found["departments"],
        lines=found["lines"],
        classes=[(one.value, _(CLASS_NAMES[one])) for one in ContactClass],
        whom=whom,
        channels=[(one.value, _(CHANNEL_NAMES[one])) for one in Channel if one is not Channel.ROOM],
        digests=[(one.value, _(name)) for one, name in DIGEST_NAMES.items()],
        steps=range(rule_form.STEPS),
        preview=await _preview(connection, kind, str(values.get("template", ""))),
    )


async def _preview(connection: Connection, kind: Kind, template: str) -> str:
    """What it would say of the last that happened; of something made up where nothing has."""
    if problem(template, kind) is not None:
        return ""
    facts = await connection.fetchval(MESSAGES["latest_of_kind"], kind.value)
    reader = current_reader()
    return filled(template, kind, facts or example(kind, now()), reader, now().astimezone(reader.timezone).date)


async def _choices(connection: Connection) -> rule_form.Choices:
    rows = await connection.fetch(SQL["choices"])

    def ids(what: str) -> set[UUID]:
        return {row["id"] for row in rows if row["what"] == what}

    room_ids = {one.id for one in await rooms(connection)}
    return rule_form.Choices(ids("departments"), ids("lines"), ids("people"), room_ids)


async def _names(connection: Connection) -> dict[UUID, str]:
    known = {row["id"]: row["name"] for row in await connection.fetch(SQL["choices"])}
    return known | {one.id: one.name for one in await rooms(connection)}


def _step(step: Step, names: Mapping[UUID, str]) -> tuple[int, str, str]:
    """Minutes, whom, by what."""
    whom = names.get(step.target, "—") if step.target is not None else _(WHOM_NAMES[step.whom])
    return step.after, whom, _(CHANNEL_NAMES[step.channel])


def _id(request: web.Request) -> UUID:
    try:
        return UUID(request.match_info["rule"])
    except ValueError:
        raise NotFound(_("There is no such rule.")) from None
