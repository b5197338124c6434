"""`/lines/unknown`: called numbers that are neither a line nor an alias; made one or the other by a button."""

from collections.abc import Mapping

from aiohttp import web

from trunkline.calls.phone import format_number
from trunkline.db.types import Connection
from trunkline.directory.values import LineMode
from trunkline.errors import InvalidInput, Mistake, NotFound
from trunkline.lines.asking import scope_of
from trunkline.lines.holding_store import add_alias
from trunkline.lines.holdings import checked_alias
from trunkline.lines.line import Line, LineFilter, checked, checked_number
from trunkline.lines.store import add_line, find_line, list_lines
from trunkline.lines.traffic import UNKNOWN_DAYS, unknown_numbers
from trunkline.people.pages.request import actor_of, mistakes_of, now, transaction
from trunkline.people.roles import Right
from trunkline.web.auth import signed_in
from trunkline.web.i18n import gettext as _
from trunkline.web.redirect import safe_next
from trunkline.web.render import page, redirect

_UNKNOWN = "/lines/unknown"
_GUIDES = ("/setup", "/settings/start")
_OFFERED = 500


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [web.get(_UNKNOWN, show_unknown), web.post(_UNKNOWN, adopt)]


async def show_unknown(request: web.Request) -> web.Response:
    """The list, the most called first."""
    return await _page(request)


async def adopt(request: web.Request) -> web.StreamResponse:
    """Make a called number a line, observed until somebody switches it, or an alias of a line."""
    sent = {name: value.strip() for name, value in (await request.post()).items() if isinstance(value, str)}
    dialled = sent.get("dialled", "")
    _refuse_narrow(request)
    try:
        async with transaction(request) as connection:
            if sent.get("as") == "line":
                said = await _add(connection, request, sent)
            else:
                said = await _name(connection, request, dialled, sent.get("line", ""))
    except InvalidInput as error:
        return await _page(request, dialled, mistakes_of(error))
    back = safe_next(sent.get("back"))
    return redirect(request, back if back in {_UNKNOWN, *_GUIDES} else _UNKNOWN, said)


async def _add(connection: Connection, request: web.Request, sent: Mapping[str, str]) -> str:
    pbx = sent.get("pbx") or None
    line = checked(Line(sent.get("dialled", ""), pbx=pbx, mode=LineMode.OBSERVE))
    if not await add_line(connection, line, actor_of(request), now()):
        raise InvalidInput(Mistake("number", _("this line is there already")))
    return _("%(line)s is a line now, in observe.") % {"line": format_number(checked_number(line.number))}


async def _name(connection: Connection, request: web.Request, dialled: str, line: str) -> str:
    number = checked_number(line, "line")
    known = await find_line(connection, number, None)
    if known is None:
        raise InvalidInput(Mistake("line", _("There is no such line.")))
    await add_alias(connection, known.id, checked_alias(dialled), actor_of(request), now())
    return _("%(alias)s is an alias of %(line)s now.") % {"alias": dialled, "line": format_number(number)}


async def _page(request: web.Request, dialled: str = "", mistakes: Mapping[str, str] | None = None) -> web.Response:
    if scope_of(request) is not None:
        raise NotFound(_("Only who sees every line sees numbers that are no line."))
    async with transaction(request) as connection:
        found = await unknown_numbers(connection, now())
        lines = await list_lines(connection, LineFilter(active=True), scope=None, after=None, limit=_OFFERED)
    return page(
        request,
        "lines/unknown.html",
        status=422 if mistakes else 200,
        numbers=found,
        lines=lines,
        dialled=dialled,
        wrong=" ".join((mistakes or {}).values()),
        days=UNKNOWN_DAYS,
        may_edit=signed_in(request).holds(Right.LINES_EDIT),
    )


def _refuse_narrow(request: web.Request) -> None:
    if scope_of(request) is not None:
        raise web.HTTPForbidden(text=_("Only who sees every line may add one."))
