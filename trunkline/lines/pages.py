"""`/lines`: our numbers, found by what they are for, added and changed."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from trunkline.directory.values import LineMode
from trunkline.errors import InvalidInput
from trunkline.keys import directory_key
from trunkline.lines.asking import asked_line, scope_of
from trunkline.lines.life import STARTS, STATE_NAMES, LifeState
from trunkline.lines.line import Line, LineFilter, StoredLine, checked, search
from trunkline.lines.line_page import Failed, line_page
from trunkline.lines.mode import MODE_NAMES, checked_mode
from trunkline.lines.silence import is_silent, working_days
from trunkline.lines.store import LineWords, add_line, change_line, line_words, list_lines
from trunkline.lines.traffic import traffic_of
from trunkline.people.pages.request import actor_of, mistakes_of, now, transaction
from trunkline.people.roles import Right
from trunkline.web.auth import signed_in
from trunkline.web.i18n import gettext as _
from trunkline.web.paging import decode_cursor, first_url, page_of
from trunkline.web.render import page, reader_of, redirect

_LINES = "/lines"
_PAGE = 50
_FILTERS = ("q", "city", "operator", "brand", "mode", "state")
_TEXTS = ("number", "name", "city", "operator", "brand", "site", "purpose", "pbx", "fallback", "label", "area_code")


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [
        web.get(_LINES, show_lines),
        web.post(_LINES, add),
        web.get(f"{_LINES}/new", show_new),
        web.get(f"{_LINES}/{{number}}", show_line),
        web.post(f"{_LINES}/{{number}}", change),
    ]


async def show_lines(request: web.Request) -> web.Response:
    """The list, a page at a time."""
    asked = {name: _plain(request.query.get(name, "")) for name in _FILTERS}
    after = decode_cursor(request.query.get("cursor"), str)
    async with transaction(request) as connection:
        found = await list_lines(connection, _wanted(asked), scope=scope_of(request), after=after, limit=_PAGE + 1)
        words = await line_words(connection, scope_of(request))
        at = now()
        traffic = await traffic_of(connection, [line.id for line in found], at)
    shown = page_of(found, _PAGE, lambda line: line.number)
    works, zone = working_days(request.app[directory_key].head), reader_of(request).timezone
    return page(
        request,
        "lines/list.html",
        lines=shown.rows,
        asked=asked,
        filtered=any(asked.values()),
        choices=_choices(words),
        modes=[(mode, _(name), "") for mode, name in MODE_NAMES.items()],
        state_names=STATE_NAMES,
        traffic=traffic,
        silent={line.id for line in found if line.active and is_silent(traffic[line.id], at, zone, works)},
        sees_all=scope_of(request) is None,
        may_edit=signed_in(request).holds(Right.LINES_EDIT),
        may_add=_may_add(request),
        here=str(request.rel_url),
        next_url=shown.next_url(request.url),
        first_url=first_url(request.url),
    )


async def show_new(request: web.Request) -> web.Response:
    """The empty form."""
    _refuse_narrow(request)
    return await line_page(request, None, values=_EMPTY)


async def add(request: web.Request) -> web.StreamResponse:
    """A new line."""
    _refuse_narrow(request)
    sent = await _sent(request)
    try:
        state = LifeState(sent["state"]) if sent["state"] in STARTS else LifeState.ACTIVE
        line = checked(Line(**sent | {"mode": checked_mode(sent["mode"] or LineMode.ROUTE), "state": state}))
        async with transaction(request) as connection:
            added = await add_line(connection, line, actor_of(request), now())
    except InvalidInput as error:
        return await line_page(request, None, Failed("line", sent, mistakes_of(error)))
    if not added:
        mistakes = {"number": _("this line is there already")}
        return await line_page(request, None, Failed("line", sent, mistakes))
    return redirect(request, _LINES, _("The line is added."))


async def show_line(request: web.Request) -> web.Response:
    """One line: a form for those who may change it."""
    return await line_page(request, await _found(request))


async def change(request: web.Request) -> web.StreamResponse:
    """Write a line anew; its number, mode and state stay."""
    line = await _found(request)
    sent = await _sent(request) | {"number": line.number, "mode": line.mode, "state": line.state}
    try:
        async with transaction(request) as connection:
            await change_line(connection, checked(Line(**sent)), actor_of(request), now())
    except InvalidInput as error:
        return await line_page(request, line, Failed("line", sent, mistakes_of(error)))
    return redirect(request, _LINES, _("Saved."))


async def _found(request: web.Request) -> StoredLine:
    try:
        async with transaction(request) as connection:
            return await asked_line(connection, request)
    except InvalidInput as error:
        raise web.HTTPNotFound(text=_("There is no such line.")) from error


async def _sent(request: web.Request) -> dict[str, Any]:
    form = await request.post()
    return {name: _plain(str(form.get(name, ""))) for name in (*_TEXTS, "mode", "state")}


def _plain(text: str) -> str:
    return " ".join(text.replace("\0", "").split())[:300]


def _wanted(asked: Mapping[str, str]) -> LineFilter:
    """What the filters say; a mode or state that is none is left out."""
    digits, text = search(asked["q"])
    return LineFilter(
        digits,
        text,
        asked["city"] or None,
        asked["operator"] or None,
        asked["brand"] or None,
        mode=LineMode(asked["mode"]) if asked["mode"] in set(LineMode) else None,
        state=LifeState(asked["state"]) if asked["state"] in set(LifeState) else None,
    )


def _choices(words: LineWords) -> Mapping[str, list[tuple[str, str]]]:
    """What each filter offers."""
    offered: dict[str, list[tuple[str, str]]] = {
        "city": [(word, word) for word in words.cities],
        "operator": [(word, word) for word in words.operators],
        "brand": [(word, word) for word in words.brands],
        "mode": [(mode, _(name)) for mode, name in MODE_NAMES.items()],
        "state": [(state, _(name)) for state, name in STATE_NAMES.items()],
    }
    return {name: [("", _("any")), *choices] for name, choices in offered.items()}


def _may_add(request: web.Request) -> bool:
    """Whoever sees some lines only would not see the one he adds."""
    return signed_in(request).holds(Right.LINES_EDIT) and scope_of(request) is None


def _refuse_narrow(request: web.Request) -> None:
    if not _may_add(request):
        raise web.HTTPForbidden(text=_("Only who sees every line may add one."))


_EMPTY: dict[str, Any] = dict.fromkeys(_TEXTS, "") | {"mode": LineMode.ROUTE, "state": LifeState.ACTIVE}
