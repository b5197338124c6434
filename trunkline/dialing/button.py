"""The button beside a number: one's own phone rings, then the number is dialled; and how that goes."""

import re

from aiohttp import web

from trunkline.db.types import Connection
from trunkline.dialing.api import DialBody, ask, dial_of
from trunkline.dialing.dial import State
from trunkline.dialing.store import SQL
from trunkline.dialing.words import STATES
from trunkline.errors import Forbidden, InvalidInput
from trunkline.people.roles import Right
from trunkline.web.auth import signed_in
from trunkline.web.human import phone
from trunkline.web.i18n import gettext as _
from trunkline.web.render import page, redirect

_BACK = re.compile(r"/(?:calls|contacts|card/calls)/[0-9a-f-]{36}|/card/number/\+[0-9]{7,15}").fullmatch


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [web.post("/dials", dial), web.get("/dials/{id}", show)]


async def may_dial(request: web.Request, connection: Connection) -> bool:
    """Whether the reader gets the button: he may, has a telephone of his own, and some PBX dials for us."""
    viewer = signed_in(request)
    if not viewer.holds(Right.CALLS_DIAL) or viewer.extension is None:
        return False
    return await connection.fetchval(SQL["dialling_pbxs"]) is not None


async def dial(request: web.Request) -> web.StreamResponse:
    """`POST number, back?, anyway?`: a line of the page under htmx, else the page again with a message."""
    form = {name: str(value).strip()[:200] for name, value in (await request.post()).items()}
    number, refused, rule, identifier = form.get("number", ""), "", "", None
    try:
        asked = await ask(request, DialBody(number, anyway=form.get("anyway") == "yes"))
        identifier, refused, rule = asked.dial, asked.message, asked.rule
    except (InvalidInput, Forbidden) as error:
        refused = error.mistakes[0].message if isinstance(error, InvalidInput) else str(error)
    if "HX-Request" in request.headers:
        state = ("", "info") if identifier is None else STATES[State.ACCEPTED]
        anyway = number if rule == "contacted" and signed_in(request).holds(Right.PRESENCE_OTHERS) else ""
        return _line(request, number, refused, str(identifier or ""), state, over=identifier is None, anyway=anyway)
    back = form.get("back", "")
    said = (
        f"{_('Not called')}: {refused}" if refused else _("Your phone rings; when you answer, the number is dialled.")
    )
    return redirect(request, back if _BACK(back) else "/calls", said, "bad" if refused else "ok")


async def show(request: web.Request) -> web.Response:
    """`GET`: how it goes."""
    row = await dial_of(request)
    state = STATES[row.outcome or row.state]
    return _line(request, row.number, row.why, str(row.id), state, over=row.outcome != "")


def _line(
    request: web.Request,
    number: str,
    refused: str,
    identifier: str,
    state: tuple[str, str],
    *,
    over: bool,
    anyway: str = "",
) -> web.Response:
    word, kind = state
    return page(
        request,
        "dialing/dial.html",
        number=phone(number),
        refused=refused,
        dial=identifier,
        word=_(word) if word else "",
        kind=kind,
        over=over,
        anyway=anyway,
    )
