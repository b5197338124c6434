"""One's own state as a part of any page: what it is, and a menu to change it that leaves the rest of the page alone."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from aiohttp import web

from trunkline.people.pages.request import now, transaction
from trunkline.people.roles import Right
from trunkline.presence.change import LONGEST_REASON
from trunkline.presence.people import Known, known, zone_of
from trunkline.presence.state import ManualState, Presence, State
from trunkline.presence.words import STATES, WHYS
from trunkline.web.auth import signed_in
from trunkline.web.i18n import gettext as _
from trunkline.web.render import page, toast

PART: Final = "own-presence"
"""The id of the part: htmx asks for it by this name."""
_SAID: Final = frozenset({State.ONLINE, State.BREAK, State.OFFLINE})
_NOTHING: Final[Mapping[str, str]] = {}


def form_values(
    request: web.Request, sent: Mapping[str, Any] = _NOTHING, mistakes: Mapping[str, str] = _NOTHING
) -> dict[str, Any]:
    """What templates with a form of presence need; `sent` and `mistakes` of one that came back."""
    zone, at = zone_of(request), now()
    return {
        "filled": lambda one: {**_filled(one, at, zone), **sent},
        "sent": sent,
        "mistakes": mistakes,
        "states": STATES,
        "whys": WHYS,
        "choices": [(state.value, _(STATES[State(state.value)][0])) for state in ManualState],
        "longest_reason": LONGEST_REASON,
        "zone": zone.key,
        "second": timedelta(seconds=1),
        "at": lambda seconds: datetime.fromtimestamp(seconds, zone),
    }


async def own_values(
    request: web.Request, sent: Mapping[str, Any] = _NOTHING, mistakes: Mapping[str, str] = _NOTHING
) -> dict[str, Any]:
    """What `presence/own.html` shows; nobody where the reader may say nothing of himself."""
    identity = signed_in(request)
    own = None
    if identity.holds(Right.PRESENCE_OWN):
        async with transaction(request) as connection:
            people = await known(request, connection, now(), only=identity.person)
        own = _as_said(people[0]) if people else None
    return {"own": own, "focus": False, **form_values(request, sent, mistakes)}


async def answer_part(
    request: web.Request, sent: Mapping[str, Any] = _NOTHING, mistakes: Mapping[str, str] = _NOTHING
) -> web.Response:
    """The part as it now is, after its form was sent."""
    values = await own_values(request, sent, mistakes)
    response = page(request, "presence/own.html", status=422 if mistakes else 200, **values | {"focus": True})
    return response if mistakes else toast(response, _("Saved."))


def _filled(one: Known, at: datetime, zone: ZoneInfo) -> dict[str, str]:
    """What the form holds before anybody writes into it: his word as it stands, nothing of one that has ended."""
    spoken = one.spoken
    if spoken.return_at is not None and spoken.return_at <= at:
        return {"state": ManualState.ONLINE.value, "reason": "", "return_at": ""}
    soon = spoken.return_at is not None and spoken.return_at - at < timedelta(days=1)
    back = spoken.return_at.astimezone(zone).strftime("%H:%M") if soon and spoken.return_at else ""
    return {"state": spoken.state.value, "reason": spoken.reason, "return_at": back}


def _as_said(one: Known) -> Known:
    """Without what the telephone does at this moment: a page that stands open would go on saying it."""
    if one.presence.state in _SAID:
        return one
    return Known(one.spoken, one.device, Presence(State.ONLINE), one.may_set)
