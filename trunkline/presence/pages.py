"""`/presence`: saying whether one takes calls, and who of the colleagues does; supervisors say it for others too."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from aiohttp import web

from trunkline.errors import InvalidInput, Mistake
from trunkline.people.pages.request import actor_of, mistakes_of, now, text_field, transaction
from trunkline.presence.change import AbsenceBody, PresenceChange, checked
from trunkline.presence.own import PART, answer_part, form_values, own_values
from trunkline.presence.people import known, settable, settable_among, zone_of
from trunkline.presence.state import ManualState
from trunkline.presence.store import change_presence, lock_presence
from trunkline.presence.week import monday_of
from trunkline.presence.weekdays import WEEKDAYS
from trunkline.presence.words import FIELD_NAMES, day_text, deputy_names
from trunkline.web.auth import signed_in
from trunkline.web.i18n import gettext as _
from trunkline.web.render import page, redirect

_INTERVAL = re.compile(r"(\d\d?:\d\d)\s*[-–]\s*(\d\d?:\d\d)").fullmatch
_BACKS = {"list": "/presence", "card": "/card", "live": "/live"}
"""Where somebody set a state, and goes on."""


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [
        web.get("/presence", show_all),
        web.get("/presence/{person}", show_one),
        web.post("/presence/{person}", set_state),
        web.post("/presence/{person}/absences", set_absences),
    ]


async def show_all(request: web.Request) -> web.Response:
    """Oneself, and everybody one may see."""
    async with transaction(request) as connection:
        people = await known(request, connection, now())
    me = signed_in(request).person
    own = next((one for one in people if one.spoken.person == me), None)
    others = [one for one in people if one is not own]
    return page(request, "presence/list.html", me=own, others=others, **form_values(request))


async def show_one(request: web.Request) -> web.Response:
    """One person: his state, absences and hours; of oneself also the part of other pages alone, where htmx asks so."""
    if request.headers.get("HX-Target") == PART and person_of(request) == signed_in(request).person:
        return page(request, "presence/own.html", **await own_values(request))
    return await _form(request)


async def set_state(request: web.Request) -> web.StreamResponse:
    """Online, a break or offline; `return_at` is a time of day, the next one there is; `back` the page of the form."""
    sent = {name: (await text_field(request, name)).strip() for name in ("state", "reason", "return_at", "back")}
    mistakes: Mapping[str, str] = {}
    try:
        state = _state(sent["state"])
        return_at = None if state is ManualState.ONLINE else _next(request, sent["return_at"])
        await _store(request, PresenceChange(state=state, reason=sent["reason"], return_at=return_at))
    except InvalidInput as error:
        mistakes = mistakes_of(error)
    if request.headers.get("HX-Target") == PART:
        return await answer_part(request, sent if mistakes else {}, mistakes)
    if mistakes:
        return await _form(request, sent, mistakes)
    return redirect(request, _BACKS.get(sent["back"], request.path), _("Saved."))


async def set_absences(request: web.Request) -> web.StreamResponse:
    """One absence more, or all of them but one."""
    sent = {name: (await text_field(request, name)).strip() for name in ("since", "until", "deputy", "remove")}
    at = now()
    try:
        async with transaction(request) as connection:
            await lock_presence(connection, person_of(request))
            spoken = (await settable(request, connection, person_of(request), at)).spoken
            if sent["remove"]:
                absences = [one for one in spoken.absences if one.since.isoformat() != sent["remove"]]
            else:
                absences = [*spoken.absences, _absence(request, sent)]
            change = checked(PresenceChange(absences=absences), at)
            await change_presence(connection, spoken.person, change, actor_of(request), at)
    except InvalidInput as error:
        wrong = {mistake.path.rpartition(".")[2]: mistake.message for mistake in error.mistakes}
        return await _form(request, sent, wrong)
    return redirect(request, request.path.removesuffix("/absences"), _("Saved."))


async def _store(request: web.Request, change: PresenceChange) -> None:
    at = now()
    change = checked(change, at)
    async with transaction(request) as connection:
        person = (await settable(request, connection, person_of(request), at)).spoken.person
        await change_presence(connection, person, change, actor_of(request), at)


async def _form(
    request: web.Request, sent: Mapping[str, Any] | None = None, mistakes: Mapping[str, str] | None = None
) -> web.Response:
    async with transaction(request) as connection:
        people = await known(request, connection, now())
    one = settable_among(people, person_of(request))
    values = {
        "one": one,
        "own": one.spoken.person == signed_in(request).person,
        "differs": any(monday >= monday_of(now().astimezone(zone_of(request)).date()) for monday in one.spoken.weeks),
        "deputies": deputy_names([other.spoken for other in people if other.spoken.person != one.spoken.person]),
        "days": [(_(name), text) for place, name in enumerate(WEEKDAYS) if (text := day_text(one.spoken.hours, place))],
    }
    mistakes = mistakes or {}
    values |= form_values(request, sent or {}, mistakes)
    values["told"] = [(name, f"{_(FIELD_NAMES.get(name, 'State'))}: {wrong}") for name, wrong in mistakes.items()]
    return page(request, "presence/person.html", status=422 if mistakes else 200, **values)


def person_of(request: web.Request) -> UUID:
    """Whom the address names; raises NotFound."""
    try:
        return UUID(request.match_info["person"])
    except ValueError as error:
        raise web.HTTPNotFound(text=_("There is no such person.")) from error


def _state(text: str) -> ManualState:
    try:
        return ManualState(text)
    except ValueError as error:
        raise InvalidInput(Mistake("state", _("choose one"))) from error


def _next(request: web.Request, text: str) -> datetime | None:
    """The next moment at which a clock of the company shows `text`."""
    if not text:
        return None
    try:
        hour, minute = (int(part) for part in text.split(":"))
        here = now().astimezone(zone_of(request))
        moment = here.replace(hour=hour, minute=minute, second=0, microsecond=0)
    except ValueError as error:
        raise InvalidInput(Mistake("return_at", _("must be a time such as 14:00"))) from error
    return moment if moment > here else moment + timedelta(days=1)


def _absence(request: web.Request, sent: Mapping[str, str]) -> AbsenceBody:
    """From the morning of the first day to the night of the last."""
    days: dict[str, datetime] = {}
    for name in ("since", "until"):
        try:
            days[name] = datetime.strptime(sent[name], "%Y-%m-%d").replace(tzinfo=zone_of(request))
        except ValueError as error:
            raise InvalidInput(Mistake(name, _("must be a date such as 2026-08-06"))) from error
        if not 2000 <= days[name].year <= 2100:
            raise InvalidInput(Mistake(name, _("must be a date such as 2026-08-06")))
    deputy = UUID(sent["deputy"]) if re.fullmatch(r"[0-9a-f-]{36}", sent["deputy"]) else None
    return AbsenceBody(days["since"], days["until"] + timedelta(days=1), deputy)
