"""`/presence/{person}/week`: one's week beside the company's, and its hours set for that week or for every week."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Any, Final

from aiohttp import web

from trunkline.directory.intervals import Intervals
from trunkline.errors import InvalidInput, Mistake
from trunkline.keys import directory_key
from trunkline.people.pages.request import actor_of, mistakes_of, now, transaction
from trunkline.presence.change import PresenceChange, WeekBody, checked
from trunkline.presence.company import CompanyDay, company_week_key
from trunkline.presence.pages import person_of
from trunkline.presence.people import Known, settable, zone_of
from trunkline.presence.state import Shift
from trunkline.presence.store import Spoken, change_presence
from trunkline.presence.week import DayForm, every_week, field, hours_of, monday_of, read_week, week_forms
from trunkline.presence.weekdays import WEEKDAYS
from trunkline.web.auth import signed_in
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark
from trunkline.web.render import page, reader_of, redirect

_PARTS: Final[Mapping[str, str]] = {
    "opens": mark("Begins"),
    "closes": mark("Ends"),
    "since": mark("Break from"),
    "until": mark("Break until"),
}
_BY_CALENDAR: Final = "by_calendar"
"""Said by a form whose hours may be the company's of its week."""
_WEEK, _USUAL, _FORGET, _COMPANY = "week", "usual", "forget", "company"


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [web.get("/presence/{person}/week", show), web.post("/presence/{person}/week", save)]


async def show(request: web.Request) -> web.Response:
    """`?monday=` any day of the week wanted; `?fill=company` writes the company's hours into the form, as they are
    where none of his own are kept.
    """
    monday = _asked(request.query.get("monday", ""), _today(request))
    return await _form(request, monday)


async def save(request: web.Request) -> web.StreamResponse:
    """The form's hours for this week or for every week; or none of one's own any more."""
    sent = {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
    monday = _asked(sent.get("monday", ""), _today(request))
    week, mended, at = read_week(sent), list[int](), now()
    if sent.get("for") == _USUAL and sent.get(_BY_CALENDAR):
        week, mended = await _every_week(request, monday, week)
    try:
        change = checked(_change(sent.get("for", ""), monday, week), at)
    except InvalidInput as error:
        return await _form(request, monday, sent, mistakes_of(error))
    async with transaction(request) as connection:
        person = (await settable(request, connection, person_of(request), at)).spoken.person
        await change_presence(connection, person, change, actor_of(request), at)
    return redirect(request, f"{request.path}?monday={monday}", _saved(mended))


async def _every_week(request: web.Request, monday: date, week: Sequence[DayForm]) -> tuple[list[DayForm], list[int]]:
    """The hours without what only this week's calendar wrote, and the days for which it did."""
    async with transaction(request) as connection:
        own = (await settable(request, connection, person_of(request), now())).spoken.hours
    company = _company(request, monday)
    regular = _forms(day.usual for day in company)
    return every_week(week, _forms(day.hours for day in company), regular, week_forms(own) if own else regular)


def _saved(mended: Sequence[int]) -> str:
    if not mended:
        return _("Saved.")
    days = ", ".join(_(WEEKDAYS[day]) for day in mended)
    return _("Saved. The company's calendar changes this week; every week has the usual hours on: %(days)s") % {
        "days": days
    }


def _change(what: str, monday: date, week: Sequence[DayForm]) -> PresenceChange:
    if what == _WEEK:
        return PresenceChange(weeks=[WeekBody(monday, hours_of(week))])
    if what == _FORGET:
        return PresenceChange(weeks=[WeekBody(monday, None)])
    if what == _COMPANY:
        return PresenceChange(hours=[])
    if what != _USUAL:
        raise InvalidInput(Mistake("for", _("choose one")))
    hours = hours_of(week)
    if not hours:
        told = _("no day has hours: to take no calls at all enter an absence, or keep the company's hours")
        raise InvalidInput(Mistake(field(0, "opens"), told))
    return PresenceChange(hours=hours)


async def _form(
    request: web.Request, monday: date, sent: Mapping[str, str] | None = None, mistakes: Mapping[str, str] | None = None
) -> web.Response:
    async with transaction(request) as connection:
        one = await settable(request, connection, person_of(request), now())
    company = _company(request, monday)
    kept = one.spoken.weeks.get(monday)
    own = one.spoken.hours if kept is None else kept
    # Of who goes by the company's hours all seven days are sent: an empty one would take its calls away.
    fill = not sent and (request.query.get("fill") == _COMPANY or (kept is None and not own))
    filled = _forms(day.hours for day in company) if fill else None
    week = read_week(sent) if sent else filled or week_forms(own)
    mistakes = mistakes or {}
    return page(
        request,
        "presence/week.html",
        status=422 if mistakes else 200,
        one=one,
        own=one.spoken.person == signed_in(request).person,
        monday=monday,
        sunday=monday + timedelta(days=6),
        before=monday - timedelta(days=7),
        after=monday + timedelta(days=7),
        this=monday_of(_today(request)),
        kept=kept is not None,
        filled=filled is not None,
        by_calendar=bool(filled or kept is not None or (sent and sent.get(_BY_CALENDAR))),
        days=_days(request, one, company, week),
        others=[each for each in sorted(one.spoken.weeks) if each != monday and each >= monday_of(_today(request))],
        field=field,
        mistakes=mistakes,
        told=[(name, f"{_label(name)}: {wrong}") for name, wrong in mistakes.items()],
        zone=zone_of(request).key,
    )


def _days(
    request: web.Request, one: Known, company: Sequence[CompanyDay], week: Sequence[DayForm]
) -> list[dict[str, Any]]:
    today = _today(request)
    return [
        {
            "place": place,
            "name": _(WEEKDAYS[place]),
            "date": theirs.day,
            "company": theirs,
            "away": _away(one.spoken, theirs.day, request),
            "today": theirs.day == today,
            "form": form,
        }
        for place, (theirs, form) in enumerate(zip(company, week, strict=True))
    ]


def _away(spoken: Spoken, day: date, request: web.Request) -> bool:
    """Whether an absence covers the whole day."""
    begins = datetime(day.year, day.month, day.day, tzinfo=zone_of(request))
    return any(one.since <= begins and begins + timedelta(days=1) <= one.until for one in spoken.absences)


def _company(request: web.Request, monday: date) -> Sequence[CompanyDay]:
    return request.app[company_week_key](request.app[directory_key].head, monday, reader_of(request).language)


def _forms(days: Iterable[Intervals]) -> list[DayForm]:
    """The company's hours as the form takes them."""
    return week_forms([Shift(place, *hours) for place, day in enumerate(days) for hours in day])


def _label(name: str) -> str:
    day, dash, part = name.partition("_")
    if not dash:
        return _("State")
    return f"{_(WEEKDAYS[int(day.removeprefix('day'))])}, {_(_PARTS[part.rpartition('_')[2]])}"


def _today(request: web.Request) -> date:
    return now().astimezone(zone_of(request)).date()


def _asked(text: str, today: date) -> date:
    """The Monday of the day named; raises InvalidInput."""
    if not text:
        return monday_of(today)
    with suppress(ValueError):
        day = date.fromisoformat(text)
        if 2000 <= day.year <= 2100:
            return monday_of(day)
    raise InvalidInput(Mistake("monday", _("must be a date such as 2026-08-06")))
