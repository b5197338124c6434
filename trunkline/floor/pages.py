"""`/live` and `/live/wall`: the floor for a supervisor at his desk, and for everybody under a television."""

from aiohttp import web

from trunkline.errors import InvalidInput
from trunkline.floor.looking import look
from trunkline.floor.ordering import orders_offered
from trunkline.floor.settings import MOST_SECONDS, answer_seconds, read_seconds, set_answer_seconds
from trunkline.people.audit import Deed, record
from trunkline.people.pages.request import actor_of, now, text_field, transaction
from trunkline.people.roles import Right
from trunkline.presence.change import LONGEST_REASON
from trunkline.presence.people import zone_of
from trunkline.presence.state import ManualState, State
from trunkline.presence.words import STATES, WHYS
from trunkline.web.auth import signed_in
from trunkline.web.i18n import gettext as _
from trunkline.web.render import page, redirect

_REFRESH_MILLISECONDS = 2000
_LINES_SHOWN = 20
_CALLERS_SHOWN = 5


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [
        web.get("/live", show),
        web.get("/live/wall", show_wall),
        web.post("/live/settings", change_settings),
    ]


async def show(request: web.Request) -> web.Response:
    """Queues, agents, lines; the script asks for the same again every two seconds."""
    floor = await look(request)
    viewer = signed_in(request)
    return page(
        request,
        "floor/live.html",
        floor=floor,
        refresh=_REFRESH_MILLISECONDS,
        states=STATES,
        whys=WHYS,
        queue_names={queue.target: queue.name for queue in floor.queues},
        lines_shown=_LINES_SHOWN,
        callers_shown=_CALLERS_SHOWN,
        may_set_up=viewer.holds(Right.SETTINGS_EDIT),
        may_read_calls=viewer.holds(Right.CALLS_READ),
        choices=[(state.value, _(STATES[State(state.value)][0])) for state in ManualState],
        longest_reason=LONGEST_REASON,
        most_seconds=MOST_SECONDS,
        zone=zone_of(request).key,
        **await orders_offered(request),
    )


async def show_wall(request: web.Request) -> web.Response:
    """The same in large letters, without navigation; `?theme=light` for a bright room."""
    floor = await look(request)
    return page(
        request,
        "floor/wall.html",
        floor=floor,
        refresh=_REFRESH_MILLISECONDS,
        states=STATES,
        theme="light" if request.query.get("theme") == "light" else "dark",
    )


async def change_settings(request: web.Request) -> web.StreamResponse:
    """Within how many seconds a call should be answered."""
    try:
        seconds = read_seconds(await text_field(request, "answer_seconds"))
    except InvalidInput as error:
        return redirect(request, "/live", f"{_('Answered within, seconds')}: {error.mistakes[0].message}", "bad")
    async with transaction(request) as connection:
        before = await answer_seconds(connection)
        await set_answer_seconds(connection, seconds)
        deed = Deed("floor.changed", "floor", "answer_seconds", {"seconds": before}, {"seconds": seconds})
        await record(connection, actor_of(request), deed, now())
    return redirect(request, "/live", _("Saved."))
