"""What the floor offers to do with a call: move who waits, listen to who talks; or why it cannot."""

from typing import Any

from aiohttp import web

from trunkline.control.asking import modes_of, offered
from trunkline.control.order import spell_target
from trunkline.control.store import CONTROLS, LISTENS, controlling, has_telephone
from trunkline.control.words import CONTROL_OFF, LISTEN_OFF, MODES, place_in_words
from trunkline.keys import pool_key
from trunkline.people.roles import Right
from trunkline.web.auth import signed_in
from trunkline.web.i18n import gettext as _


async def orders_offered(request: web.Request) -> dict[str, Any]:
    """Values of the page, by the reader's rights and what the PBXs let us do."""
    viewer = signed_in(request)
    moves, modes = viewer.holds(Right.CALLS_MOVE), modes_of(viewer)
    async with request.app[pool_key].acquire() as connection:
        may_move = moves and bool(await controlling(connection, CONTROLS))
        may_listen = bool(modes) and bool(await controlling(connection, LISTENS))
        has_phone = bool(viewer.extension) and await has_telephone(connection, viewer.person)
        places = await offered(connection) if may_move else []
    return {
        "may_move": may_move,
        "move_off": _(CONTROL_OFF) if moves and not may_move else "",
        "places": [(spell_target(one.target), place_in_words(one)) for one in places],
        "listen_modes": [(mode.value, _(MODES[mode])) for mode in modes] if may_listen and has_phone else [],
        "listen_off": _why_not(viewer.extension, may_listen, has_phone) if modes else "",
        "own_extension": viewer.extension or "",
    }


def _why_not(extension: str | None, allowed: bool, has_phone: bool) -> str:
    if not allowed:
        return _(LISTEN_OFF)
    if not extension:
        return _("To listen to calls you need an extension of your own: your phone is what rings.")
    return "" if has_phone else _("You work on your mobile: to listen to calls you need a phone at your extension.")
