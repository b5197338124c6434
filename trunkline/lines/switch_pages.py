"""One click: a line, or many, into another mode; a line on to the next state of its life."""

import msgspec
from aiohttp import web

from trunkline.calls.phone import format_number
from trunkline.errors import InvalidInput, Mistake
from trunkline.lines.asking import asked_line, scope_of
from trunkline.lines.life import STATE_NAMES, LifeState
from trunkline.lines.line import checked_number
from trunkline.lines.line_page import Failed, line_page
from trunkline.lines.mode import MODE_NAMES, checked_mode
from trunkline.lines.store import change_line, set_mode
from trunkline.people.pages.request import actor_of, mistakes_of, now, text_field, transaction
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import ngettext
from trunkline.web.redirect import safe_next
from trunkline.web.render import redirect

_LINES = "/lines"


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [
        web.post(f"{_LINES}/mode", switch_mode),
        web.post(f"{_LINES}/{{number}}/state", set_state),
    ]


async def switch_mode(request: web.Request) -> web.StreamResponse:
    """The lines that are named, into the mode of the button; then back to where it was pressed."""
    sent = await request.post()
    numbers = [checked_number(str(number)) for number in sent.getall("number", [])]
    if not numbers:
        raise InvalidInput(Mistake("number", _("tick the lines first")))
    mode = checked_mode(str(sent.get("mode", "")))
    async with transaction(request) as connection:
        changed = await set_mode(connection, numbers, mode, scope_of(request), actor_of(request), now())
    back = safe_next(sent.get("back"))
    word = _(MODE_NAMES[mode])
    if len(numbers) == 1:
        said = _("%(line)s: %(mode)s") % {"line": format_number(numbers[0]), "mode": word}
    else:
        said = ngettext("%(num)d line switched: %(mode)s", "%(num)d lines switched: %(mode)s", len(changed)) % {
            "num": len(changed),
            "mode": word,
        }
    return redirect(request, back if back.startswith(_LINES) else _LINES, said)


async def set_state(request: web.Request) -> web.StreamResponse:
    """On to the state of the button."""
    asked = await text_field(request, "state")
    async with transaction(request) as connection:
        line = await asked_line(connection, request)
    try:
        state = LifeState(asked)
    except ValueError:
        return await line_page(request, line, Failed("state", {}, {"state": _("is no state of a line")}))
    try:
        async with transaction(request) as connection:
            changed = msgspec.structs.replace(line.line(), state=state)
            await change_line(connection, changed, actor_of(request), now())
    except InvalidInput as error:
        return await line_page(request, line, Failed("state", {}, mistakes_of(error)))
    return redirect(
        request, f"{_LINES}/{line.number}", _("The line is now: %(state)s.") % {"state": _(STATE_NAMES[state])}
    )
