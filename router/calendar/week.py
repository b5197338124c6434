"""The company's week by the plan in force: hours, and days that differ."""

from collections.abc import Sequence
from datetime import date, timedelta

import msgspec

from router.calendar.year import clock_at
from router.clocks import ALWAYS_OPEN, DaySource, country_of, source_of
from router.plan import Plan, read_plan
from trunkline.directory.calendar import completed, holiday_names
from trunkline.directory.values import Head
from trunkline.errors import InvalidInput
from trunkline.presence.company import CompanyDay


def company_week(head: Head, monday: date, language: str) -> Sequence[CompanyDay]:
    """The seven days from `monday` on; a plan that cannot be read opens round the clock, as the question has it."""
    try:
        plan = read_plan(msgspec.json.decode(head.plan)) if head.plan else Plan(hours=ALWAYS_OPEN)
    except (InvalidInput, msgspec.DecodeError):
        plan = Plan(hours=ALWAYS_OPEN)
    days = [monday + timedelta(days=ahead) for ahead in range(7)]
    country, years = country_of(plan, ""), sorted({day.year for day in days})
    whole = Head(calendar=completed(head.calendar, {country}, years), overrides=head.overrides)
    clock = clock_at(plan, "", whole)
    names = {day: name for year in years for day, name in holiday_names(country, year, language).items()}
    week = []
    for day in days:
        kind, hours = clock.on(day)
        by_calendar = source_of(plan, "", clock, day) is DaySource.CALENDAR
        name = names.get(day, "") if by_calendar else ""
        week.append(CompanyDay(day, kind, hours, clock.usual(day.weekday()), name))
    return week
