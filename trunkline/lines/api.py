"""`/api/v1/lines`: the list with its filters; a line is known by its number, so that a repeat changes nothing."""

from collections.abc import Callable, Mapping
from typing import TypeVar

import msgspec
from aiohttp import web

from trunkline.directory.values import LineMode
from trunkline.errors import Forbidden, InvalidInput, Mistake
from trunkline.keys import pool_key
from trunkline.lines.asking import asked_line, line_seen, scope_of
from trunkline.lines.life import LifeState, checked_state, is_answered
from trunkline.lines.line import Label, Line, LineFields, LineFilter, Word, checked, checked_number, search
from trunkline.lines.mode import checked_mode
from trunkline.lines.store import add_line, change_line, find_line, list_lines
from trunkline.people.pages.request import actor_of, now, transaction
from trunkline.web.body import json_answer, read_json
from trunkline.web.i18n import gettext as _
from trunkline.web.paging import decode_cursor, page_of, page_size

_SWITCH = {"": None, "true": True, "false": False}
T = TypeVar("T")
_CHOICES: Mapping[str, Callable[[str], object]] = {"$.mode": checked_mode, "$.state": checked_state}


class LineBody(LineFields, frozen=True, forbid_unknown_fields=True):
    """What is posted; a line posted again under its number is replaced, but for a mode and state that are left out.

    `active` is short for the states `active` and `returned`.
    """

    number: str
    mode: LineMode | msgspec.UnsetType = msgspec.UNSET
    state: LifeState | msgspec.UnsetType = msgspec.UNSET
    active: bool | msgspec.UnsetType = msgspec.UNSET


class LineChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be different; fields left out stay."""

    name: Word | msgspec.UnsetType = msgspec.UNSET
    city: Word | msgspec.UnsetType = msgspec.UNSET
    operator: Word | msgspec.UnsetType = msgspec.UNSET
    brand: Word | msgspec.UnsetType = msgspec.UNSET
    site: Word | msgspec.UnsetType = msgspec.UNSET
    purpose: Word | msgspec.UnsetType = msgspec.UNSET
    pbx: str | msgspec.UnsetType | None = msgspec.UNSET
    fallback: Word | msgspec.UnsetType = msgspec.UNSET
    label: Label | msgspec.UnsetType = msgspec.UNSET
    area_code: Word | msgspec.UnsetType = msgspec.UNSET
    mode: LineMode | msgspec.UnsetType = msgspec.UNSET
    state: LifeState | msgspec.UnsetType = msgspec.UNSET
    active: bool | msgspec.UnsetType = msgspec.UNSET


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [
        web.get("/api/v1/lines", show_lines),
        web.post("/api/v1/lines", receive_line),
        web.get("/api/v1/lines/{number}", show_line),
        web.patch("/api/v1/lines/{number}", amend_line),
    ]


async def show_lines(request: web.Request) -> web.Response:
    """`GET ?number=&city=&operator=&brand=&mode=&state=&active=&limit=&cursor=`: a page of lines."""
    query = request.query
    size = page_size(query.get("limit"))
    if (active := query.get("active", "")) not in _SWITCH:
        raise InvalidInput(Mistake("active", _("must be true or false")))
    digits, _text = search(query.get("number", ""))
    if query.get("number") and digits is None:
        raise InvalidInput(Mistake("number", _("must be digits of a number, e.g. 495")))
    wanted = LineFilter(
        digits=digits,
        city=query.get("city") or None,
        operator=query.get("operator") or None,
        brand=query.get("brand") or None,
        active=_SWITCH[active],
        mode=checked_mode(query["mode"]) if query.get("mode") else None,
        state=checked_state(query["state"]) if query.get("state") else None,
    )
    after = decode_cursor(query.get("cursor"), str)
    async with request.app[pool_key].acquire() as connection:
        found = await list_lines(connection, wanted, scope=scope_of(request), after=after, limit=size + 1)
    page = page_of(found, size, lambda line: line.number)
    return json_answer({"items": page.rows, "next": page.next_cursor})


async def show_line(request: web.Request) -> web.Response:
    """`GET`: one line."""
    async with request.app[pool_key].acquire() as connection:
        return json_answer(await asked_line(connection, request))


async def receive_line(request: web.Request) -> web.Response:
    """`POST`: add a line (201) or replace the one of its number (200)."""
    body = await _sent(request, LineBody)
    number = checked_number(body.number)
    async with transaction(request) as connection:
        known = await find_line(connection, number, scope_of(request))
        if scope_of(request) is not None and known is None:
            raise Forbidden(_("only who sees every line may add one"))
        line = checked(_amended(known.line() if known else Line(number), body))
        added = await add_line(connection, line, actor_of(request), now())
        if not added:
            await change_line(connection, line, actor_of(request), now())
        stored = await line_seen(connection, request, line.number)
    return json_answer(stored, status=201 if added else 200)


async def amend_line(request: web.Request) -> web.Response:
    """`PATCH`: change the fields that are sent; `{"active": false}` closes a line."""
    change = await _sent(request, LineChange)
    async with transaction(request) as connection:
        stored = await asked_line(connection, request)
        line = checked(_amended(stored.line(), change))
        await change_line(connection, line, actor_of(request), now())
        return json_answer(await line_seen(connection, request, line.number))


def _amended(line: Line, sent: LineBody | LineChange) -> Line:
    """`line` with all that was sent; raises InvalidInput where `state` and `active` say different things."""
    fields = {name: value for name, value in msgspec.structs.asdict(sent).items() if value is not msgspec.UNSET}
    active = fields.pop("active", None)
    if active is not None and is_answered(fields.get("state", line.state)) is not active:
        if "state" in fields:
            raise InvalidInput(Mistake("active", _("does not fit state; leave one of them out")))
        fields["state"] = LifeState.ACTIVE if active else LifeState.RETURNED
    return msgspec.structs.replace(line, **fields)


async def _sent(request: web.Request, kind: type[T]) -> T:
    """The body; a mode or state that is none is told with those there are, in the reader's language."""
    try:
        return await read_json(request, kind)
    except InvalidInput as error:
        raise InvalidInput(*(_worded(mistake) for mistake in error.mistakes)) from error


def _worded(mistake: Mistake) -> Mistake:
    if (chosen := _CHOICES.get(mistake.path)) is None:
        return mistake
    try:
        chosen("")
    except InvalidInput as error:
        return Mistake(mistake.path, error.mistakes[0].message)
    return mistake
