"""`/settings/calendar`: a year of a place, what is open now, imported calendars, and overrides put in and taken out."""

from collections.abc import Mapping
from datetime import date, datetime
from functools import partial
from typing import Any
from uuid import UUID

from aiohttp import web
from babel.dates import get_day_names, get_month_names

from router.calendar.look import Look, current_plan, look_at, today_at
from router.calendar.places import places_now, title_of
from router.calendar.words import (
    KIND_WORDS,
    OVERRIDE_KINDS,
    change_words,
    country_name,
    day_words,
    override_words,
    source_words,
)
from router.calendar.year import year_of
from router.clocks import country_of
from trunkline.directory.calendar_file import MOST_BYTES, CalendarYear, read_calendar
from trunkline.directory.calendar_store import store_year
from trunkline.directory.override_store import add_override, remove_override
from trunkline.directory.overrides import LONGEST_REASON, OverrideBody, checked
from trunkline.directory.values import OverrideKind
from trunkline.errors import InvalidInput, Mistake, NotFound
from trunkline.people.pages.request import actor_of, mistakes_of, now, text_field, transaction
from trunkline.people.roles import Right
from trunkline.web.auth import signed_in
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark
from trunkline.web.render import page, reader_of, redirect

_PATH = "/settings/calendar"
_COMPANY = "*"
"""The company among places to choose from: a required choice takes no empty value, and no branch is called so."""
_YEARS = range(2000, 2100)
_FIELDS = {
    "branch": mark("Place"),
    "first": mark("First day"),
    "last": mark("Last day"),
    "kind": mark("What holds"),
    "until": mark("Closes at"),
    "hours": mark("Hours"),
    "reason": mark("Reason"),
    "file": mark("A year's file"),
}
_NEW = dict.fromkeys(_FIELDS, "") | {"kind": OverrideKind.CLOSED.value}


def routes() -> list[web.RouteDef]:
    """The page and its forms."""
    return [
        web.get(_PATH, show),
        web.post(f"{_PATH}/overrides", put_in),
        web.post(f"{_PATH}/overrides/{{override}}/remove", take_out),
        web.post(f"{_PATH}/import", import_file),
    ]


async def show(request: web.Request) -> web.Response:
    """`GET /settings/calendar?place=&year=`: a branch by its short name, or the company."""
    return await _page(request)


async def put_in(request: web.Request) -> web.StreamResponse:
    """One more override; every mistake beside its field."""
    sent = {name: " ".join((await text_field(request, name)).replace("\0", "").split()) for name in _FIELDS}
    at = now()
    try:
        body = _override_of(sent)
        async with transaction(request) as connection:
            plan = await current_plan(connection)
            kept = checked(body, plan.branches, today_at(plan, at))
            await add_override(connection, kept, actor_of(request), at)
    except InvalidInput as error:
        return await _page(request, 422, sent=sent, mistakes=mistakes_of(error))
    return redirect(request, _address(kept.branch, kept.first.year), _("Saved. Calls follow within seconds."))


async def take_out(request: web.Request) -> web.StreamResponse:
    """Its days are as the calendar says again."""
    try:
        identifier = UUID(request.match_info["override"])
    except ValueError as error:
        raise NotFound(_("There is no such override.")) from error
    async with transaction(request) as connection:
        gone = await remove_override(connection, identifier, actor_of(request), now())
    return redirect(request, _address(gone.branch, gone.first.year), _("Taken out. Calls follow within seconds."))


async def import_file(request: web.Request) -> web.StreamResponse:
    """A year of a country from a file; days that could not be read are told, the rest goes in."""
    file = (await request.post()).get("file")
    try:
        found = _year_of(file)
        async with transaction(request) as connection:
            await store_year(connection, found, actor_of(request), now())
    except InvalidInput as error:
        told = [mistake.message if mistake.path == "file" else str(mistake) for mistake in error.mistakes]
        return await _page(request, 422, mistakes={"file": "; ".join(told)})
    if found.refused:
        return await _page(request, read=found)
    done = _("%(country)s, %(year)s: read in whole. Calls follow within seconds.")
    return redirect(request, _PATH, done % {"country": country_name(found.country), "year": found.year})


def _year_of(file: object) -> CalendarYear:
    """The year in an uploaded file. Raises InvalidInput."""
    content = file.file.read(MOST_BYTES + 1) if isinstance(file, web.FileField) else b""
    if not content:
        raise InvalidInput(Mistake("file", _("choose a file")))
    return read_calendar(content)


def _override_of(sent: Mapping[str, str]) -> OverrideBody:
    """The form as a body; what belongs to another kind of day is left out. Raises InvalidInput."""
    mistakes: list[Mistake] = []
    first = _day(sent["first"], "first", mistakes)
    last = _day(sent["last"], "last", mistakes) if sent["last"] else first
    kind = next((each for each in OverrideKind if each.value == sent["kind"]), None)
    if kind is None:
        mistakes.append(Mistake("kind", _("choose one")))
    if mistakes or kind is None or first is None:
        raise InvalidInput(*mistakes)
    until = sent["until"] if kind is OverrideKind.SHORT else ""
    typed = sent["hours"].replace("–", "-").replace(" - ", "-") if kind is OverrideKind.OPEN else ""
    hours = [_padded(part.strip()) for part in typed.split(",") if part.strip()]
    branch = sent["branch"].removeprefix(_COMPANY)
    return OverrideBody(first, kind, sent["reason"], branch, last, _padded(until), hours)


def _padded(text: str) -> str:
    """`9:00-18:00` as it is stored."""
    return "-".join(part.zfill(5) if ":" in part else part for part in text.split("-"))


def _day(text: str, path: str, mistakes: list[Mistake]) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        mistakes.append(Mistake(path, _("must be a date such as 2026-08-06")))
        return None


def _address(place: str, year: int) -> str:
    return f"{_PATH}?place={place}&year={year}"


async def _page(
    request: web.Request,
    status: int = 200,
    *,
    sent: Mapping[str, str] | None = None,
    mistakes: Mapping[str, str] | None = None,
    read: CalendarYear | None = None,
) -> web.Response:
    at = now()
    asked = request.query.get("year", "")
    known = asked.isascii() and asked.isdigit() and int(asked) in _YEARS
    year = int(asked) if known else at.astimezone(reader_of(request).timezone).year
    async with transaction(request) as connection:
        look = await look_at(connection, year, at)
    place = request.query.get("place", "")
    place = place if place in look.plan.branches else ""
    values = _year_values(request, look, place, year) | _now_values(look, at)
    return page(
        request,
        "calendar/calendar.html",
        status=status,
        **values,
        sent=_NEW | {"branch": place or _COMPANY} | dict(sent or {}),
        told=[(path, f"{_(_FIELDS[path])}: {message}") for path, message in (mistakes or {}).items()],
        mistakes=dict.fromkeys(_FIELDS, "") | dict(mistakes or {}),
        read=read,
        today=today_at(look.plan, at),
        longest_reason=LONGEST_REASON,
        may_edit=signed_in(request).holds(Right.PLAN_EDIT),
    )


def _year_values(request: web.Request, look: Look, place: str, year: int) -> dict[str, Any]:
    language = reader_of(request).language
    months = get_month_names("wide", context="stand-alone", locale=language)
    days = get_day_names("short", context="stand-alone", locale=language)
    return {
        "place": place,
        "year": year,
        "shown": year_of(look.plan, place, look.head, year, look.names(place, year, language)),
        "country": country_name(country_of(look.plan, place)),
        "source": look.source(place, year),
        "month_names": [months[number].capitalize() for number in range(1, 13)],
        "day_names": [days[number] for number in range(7)],
        "earlier": _address(place, year - 1) if year - 1 in _YEARS else "",
        "later": _address(place, year + 1) if year + 1 in _YEARS else "",
        "kind_words": {kind: _(word) for kind, word in KIND_WORDS.items()},
        "source_of": lambda cell: source_words(cell.source, look.source(place, year)),
    }


def _now_values(look: Look, at: datetime) -> dict[str, Any]:
    places = [("", _("The whole company")), *((name, title_of(look.plan, name)) for name in look.plan.branches)]
    return {
        "places": [(name or _COMPANY, title) for name, title in places],
        "titles": dict(places),
        "now_at": [(one, change_words(one)) for one in places_now(look.plan, look.head, look.queues, at.timestamp())],
        "coming": [(one, override_words(one)) for one in look.coming],
        "years": [(each, country_name(each.country)) for each in look.years],
        "days": partial(day_words, today_at(look.plan, at)),
        "kinds": [(kind.value, _(word), "") for kind, word in OVERRIDE_KINDS.items()],
    }
