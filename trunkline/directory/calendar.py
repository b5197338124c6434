"""The production calendar where nobody imported one: public holidays, moved days, working Saturdays. No I/O here.

The package `holidays` agrees day for day with Russia's published calendar for usual years; it knows no short days, and
regional holidays come only from rows of one's own (pbx.md §5.3). A year with any row of its own is left as it is.
"""

import datetime as dt
from collections.abc import Collection, Mapping

import holidays

from trunkline.directory.values import DayKind

Calendar = Mapping[str, Mapping[dt.date, DayKind]]


def completed(
    stored: Calendar, countries: Collection[str], years: Collection[int]
) -> dict[str, dict[dt.date, DayKind]]:
    """`stored` with the public holidays of those `years` that a country has no row for; unknown countries have none."""
    whole = {country: dict(days) for country, days in stored.items()}
    for country in countries:
        known = {day.year for day in stored.get(country, {})}
        if missing := [year for year in years if year not in known]:
            whole[country] = public_holidays(country, missing) | whole.get(country, {})
    return whole


def is_country(code: str) -> bool:
    """Whether the package knows the public holidays of `code`, two letters."""
    return code in holidays.list_supported_countries(include_aliases=False)


def holiday_names(country: str, year: int, language: str) -> dict[dt.date, str]:
    """What the package calls the days in `language` (`en`, `ru`); nothing where it does not speak that."""
    try:
        spoken = holidays.country_holidays(country).supported_languages
    except NotImplementedError:
        return {}
    wanted = next((name for name in spoken if name.partition("_")[0] == language), None)
    return dict(holidays.country_holidays(country, years=year, language=wanted)) if wanted else {}


def public_holidays(country: str, years: Collection[int]) -> dict[dt.date, DayKind]:
    """Days off, and weekend days that are worked."""
    try:
        found = holidays.country_holidays(country, years=list(years))
    except NotImplementedError:  # a country the package does not know
        return {}
    days = dict.fromkeys(found, DayKind.OFF)
    return days | dict.fromkeys((day for day in found.weekend_workdays if day.year in years), DayKind.WORKING)
