"""`/lines`: our numbers, found by what they are for, added, changed and closed."""

from collections.abc import Mapping
from typing import Any

import msgspec
from aiohttp import web

from trunkline.errors import InvalidInput
from trunkline.lines.line import LONGEST_LABEL, Line, LineFilter, StoredLine, checked, checked_number, search
from trunkline.lines.store import Scope, add_line, change_line, find_line, line_words, list_lines, pbx_names
from trunkline.people.pages.request import actor_of, mistakes_of, now, transaction
from trunkline.people.roles import Right
from trunkline.web.auth import signed_in
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark
from trunkline.web.paging import decode_cursor, first_url, page_of
from trunkline.web.render import page, redirect

_LINES = "/lines"
_PAGE = 50
_STATES = {"yes": True, "no": False}
_TEXTS = ("number", "name", "city", "operator", "brand", "site", "purpose", "pbx", "fallback", "label")
_FIELD_NAMES = {
    "number": mark("Number"),
    "name": mark("Name"),
    "city": mark("City"),
    "operator": mark("Operator"),
    "brand": mark("Brand"),
    "site": mark("Site"),
    "purpose": mark("What it is for"),
    "pbx": mark("PBX"),
    "fallback": mark("Where its calls go otherwise"),
    "label": mark("Text on the phones"),
}


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [
        web.get(_LINES, show_lines),
        web.post(_LINES, add),
        web.get(f"{_LINES}/new", show_new),
        web.get(f"{_LINES}/{{number}}", show_line),
        web.post(f"{_LINES}/{{number}}", change),
        web.post(f"{_LINES}/{{number}}/active", set_active),
    ]


async def show_lines(request: web.Request) -> web.Response:
    """The list, a page at a time."""
    asked = {name: _plain(request.query.get(name, "")) for name in ("q", "city", "operator", "brand", "active")}
    digits, text = search(asked["q"])
    wanted = LineFilter(
        digits,
        text,
        asked["city"] or None,
        asked["operator"] or None,
        asked["brand"] or None,
        _STATES.get(asked["active"]),
    )
    after = decode_cursor(request.query.get("cursor"), str)
    async with transaction(request) as connection:
        found = await list_lines(connection, wanted, scope=_scope(request), after=after, limit=_PAGE + 1)
        words = await line_words(connection, _scope(request))
    shown = page_of(found, _PAGE, lambda line: line.number)
    return page(
        request,
        "lines/list.html",
        lines=shown.rows,
        asked=asked,
        filtered=any(asked.values()),
        choices={
            "city": _choices(words.cities),
            "operator": _choices(words.operators),
            "brand": _choices(words.brands),
            "active": [("", _("any")), ("yes", _("in use")), ("no", _("closed"))],
        },
        may_add=_may_add(request),
        next_url=shown.next_url(request.url),
        first_url=first_url(request.url),
    )


async def show_new(request: web.Request) -> web.Response:
    """The empty form."""
    _refuse_narrow(request)
    return await _form(request, msgspec.structs.asdict(Line("")))


async def add(request: web.Request) -> web.StreamResponse:
    """A new line."""
    _refuse_narrow(request)
    sent = await _sent(request)
    try:
        line = checked(Line(**sent))
        async with transaction(request) as connection:
            added = await add_line(connection, line, actor_of(request), now())
    except InvalidInput as error:
        return await _form(request, sent, status=422, mistakes=mistakes_of(error))
    if not added:
        return await _form(request, sent, status=422, mistakes={"number": _("this line is there already")})
    return redirect(request, _LINES, _("The line is added."))


async def show_line(request: web.Request) -> web.Response:
    """One line: a form for those who may change it."""
    line = await _found(request)
    return await _form(request, msgspec.structs.asdict(line), line=line)


async def change(request: web.Request) -> web.StreamResponse:
    """Write a line anew; its number stays."""
    line = await _found(request)
    sent = await _sent(request) | {"number": line.number, "active": line.active}
    try:
        changed = checked(Line(**sent))
        async with transaction(request) as connection:
            await change_line(connection, changed, actor_of(request), now())
    except InvalidInput as error:
        return await _form(request, sent, line=line, status=422, mistakes=mistakes_of(error))
    return redirect(request, _LINES, _("Saved."))


async def set_active(request: web.Request) -> web.StreamResponse:
    """Close a line, or open it again."""
    line = await _found(request)
    active = (await request.post()).get("active") == "yes"
    async with transaction(request) as connection:
        changed = msgspec.structs.replace(line.line(), active=active)
        await change_line(connection, changed, actor_of(request), now())
    return redirect(request, _LINES, _("The line is open.") if active else _("The line is closed."))


async def _form(
    request: web.Request,
    values: Mapping[str, Any],
    *,
    line: StoredLine | None = None,
    status: int = 200,
    mistakes: Mapping[str, str] | None = None,
) -> web.Response:
    mistakes = mistakes or {}
    async with transaction(request) as connection:
        pbxs = await pbx_names(connection)
        words = await line_words(connection, _scope(request))
    return page(
        request,
        "lines/line.html",
        status=status,
        line=line,
        values=values,
        mistakes=mistakes,
        told=[(field, f"{_(_FIELD_NAMES[field])}: {message}") for field, message in mistakes.items()],
        pbxs=[("", "—"), *pbxs],
        words=words,
        longest_label=LONGEST_LABEL,
        may_edit=signed_in(request).holds(Right.LINES_EDIT),
    )


async def _found(request: web.Request) -> StoredLine:
    try:
        number = checked_number(request.match_info["number"])
    except InvalidInput as error:
        raise web.HTTPNotFound(text=_("There is no such line.")) from error
    async with transaction(request) as connection:
        line = await find_line(connection, number, _scope(request))
    if line is None:
        raise web.HTTPNotFound(text=_("There is no such line."))
    return line


async def _sent(request: web.Request) -> dict[str, Any]:
    form = await request.post()
    return {name: _plain(str(form.get(name, ""))) for name in _TEXTS}


def _plain(text: str) -> str:
    return " ".join(text.replace("\0", "").split())[:300]


def _choices(words: Any) -> list[tuple[str, str]]:
    return [("", _("any")), *((word, word) for word in words)]


def _scope(request: web.Request) -> Scope:
    return signed_in(request).reach().lines


def _may_add(request: web.Request) -> bool:
    """Whoever sees some lines only would not see the one he adds."""
    return signed_in(request).holds(Right.LINES_EDIT) and _scope(request) is None


def _refuse_narrow(request: web.Request) -> None:
    if not _may_add(request):
        raise web.HTTPForbidden(text=_("Only who sees every line may add one."))
