"""`/callbacks`: who waits to be called back, in order, and what became of the others."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from aiohttp import web

from trunkline.dialing.callbacks_api import cancel_one
from trunkline.dialing.callbacks_store import CallbackRow, list_callbacks
from trunkline.dialing.words import CALLBACK_STATES, CALLBACK_WHYS, refusal, source_in_words
from trunkline.people.pages.request import now, transaction
from trunkline.people.roles import Right
from trunkline.web.auth import signed_in
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import pgettext
from trunkline.web.paging import decode_cursor, first_url, page_of
from trunkline.web.render import page, redirect

_PATH, _SIZE = "/callbacks", 50


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [web.get(_PATH, show), web.post(f"{_PATH}/{{id}}/cancel", cancel)]


async def show(request: web.Request) -> web.Response:
    """`GET ?ended=yes&cursor=`: one of the two lists."""
    ended = request.query.get("ended") == "yes"
    after = decode_cursor(request.query.get("cursor"), tuple[datetime, UUID])
    viewer = signed_in(request)
    async with transaction(request) as connection:
        found = await list_callbacks(connection, viewer.reach(), ended=ended, after=after, limit=_SIZE + 1)
    shown = page_of(found, _SIZE, lambda one: (one.ended_at if ended else one.asked_at, one.id))
    return page(
        request,
        "dialing/callbacks.html",
        rows=[(row, *_standing(row), _his_time(row), source_in_words(row.source)) for row in shown.rows],
        ended=ended,
        tabs=[(pgettext("callbacks", "Waiting"), _PATH), (_("Over"), f"{_PATH}?ended=yes")],
        here=f"{_PATH}?ended=yes" if ended else _PATH,
        may_cancel=viewer.holds(Right.CALLS_DIAL) and not ended,
        next_url=shown.next_url(request.rel_url),
        first_url=first_url(request.rel_url),
    )


async def cancel(request: web.Request) -> web.StreamResponse:
    """`POST`: he is called no more."""
    async with transaction(request) as connection:
        await cancel_one(request, connection)
    return redirect(request, _PATH, _("He is not called back any more."))


def _standing(row: CallbackRow) -> tuple[str, str, str]:
    """The state in words, how it is shown, and why."""
    word, kind = CALLBACK_STATES[row.state]
    if not row.why:
        return _(word), kind, ""
    return _(word), kind, _(CALLBACK_WHYS[row.why]) if row.why in CALLBACK_WHYS else refusal(row.why)


def _his_time(row: CallbackRow) -> datetime:
    """Now, where he is."""
    try:
        return now().astimezone(ZoneInfo(row.zone))
    except (ZoneInfoNotFoundError, ValueError):
        return now()
