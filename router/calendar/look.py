"""What the calendar's page and API read from the database: the plan in force, the calendars it asks for, overrides."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from router.calendar.year import Names
from router.clocks import ALWAYS_OPEN, country_of
from router.plan import Plan, read_plan
from router.planning.store import SQL, plan_in_force
from trunkline.db.types import Connection
from trunkline.directory.calendar import completed, holiday_names
from trunkline.directory.calendar_file import CalendarDay
from trunkline.directory.calendar_store import StoredYear, days_of_year, stored_years
from trunkline.directory.override_store import overrides_from, overrides_of_days
from trunkline.directory.overrides import StoredOverride
from trunkline.directory.values import DayKind, Head
from trunkline.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Look:
    """One look at the calendar, as calls will find it a moment later."""

    plan: Plan
    head: Head
    queues: Mapping[str, str]
    imported: Mapping[str, Mapping[date, CalendarDay]]
    """What files said of the year looked at, by country."""
    years: list[StoredYear]
    coming: list[StoredOverride]
    """Overrides that are not over."""
    shown: list[StoredOverride]
    """Those of the year looked at."""

    def names(self, place: str, year: int, language: str) -> Names:
        """What the days of that year are called at a place."""
        country = country_of(self.plan, place)
        known = {day: each.name for day, each in self.imported.get(country, {}).items()}
        return Names(known or holiday_names(country, year, language), {each.brief: each.reason for each in self.shown})

    def source(self, place: str, year: int) -> StoredYear | None:
        """The file the place's country has of the year; None where public holidays stand in."""
        country = country_of(self.plan, place)
        return next((each for each in self.years if (each.country, each.year) == (country, year)), None)


async def current_plan(connection: Connection) -> Plan:
    """The plan in force; without a readable one everything is open."""
    published = await plan_in_force(connection)
    if not published.version:
        return Plan(hours=ALWAYS_OPEN)
    try:
        return read_plan(published.body)
    except InvalidInput:
        return Plan(hours=ALWAYS_OPEN)


async def look_at(connection: Connection, year: int, now: datetime) -> Look:
    """All that the page of `year` shows."""
    plan = await current_plan(connection)
    today = today_at(plan, now)
    years = {year, today.year, today.year + 1}
    imported = {each: await days_of_year(connection, each) for each in sorted(years)}
    coming = await overrides_from(connection, today)
    in_year = await overrides_of_days(connection, date(year, 1, 1), date(year, 12, 31))
    briefs = {each.id: each.brief for each in (*coming, *in_year)}
    queues = {row["id"]: row["name"] for row in await connection.fetch(SQL["queues"])}
    calendar = completed(_kinds(imported), countries_in(plan), years)
    return Look(
        plan,
        Head(calendar=calendar, overrides=tuple(briefs.values())),
        queues,
        imported[year],
        list(await stored_years(connection)),
        coming,
        in_year,
    )


def countries_in(plan: Plan) -> Collection[str]:
    """Whose calendars the plan goes by."""
    return {country_of(plan, name) for name in ("", *plan.branches)}


def today_at(plan: Plan, now: datetime) -> date:
    """The day it is where it is earliest, of the company and its branches."""
    zones = {plan.timezone, *(branch.timezone for branch in plan.branches.values())} - {""}
    return min(now.astimezone(ZoneInfo(zone)).date() for zone in zones)


def _kinds(imported: Mapping[int, Mapping[str, Mapping[date, CalendarDay]]]) -> dict[str, dict[date, DayKind]]:
    found: dict[str, dict[date, DayKind]] = {}
    for countries in imported.values():
        for country, days in countries.items():
            found.setdefault(country, {}).update({day: each.kind for day, each in days.items()})
    return found
