"""What the calendar's page says of days, their sources, and what comes next. No I/O here."""

from datetime import date, timedelta

from babel.dates import format_date

from router.calendar.places import PlaceNow
from router.calendar.year import Stretch
from router.clocks import DaySource
from trunkline.directory.calendar_store import StoredYear
from trunkline.directory.overrides import StoredOverride
from trunkline.directory.values import DayKind, OverrideKind
from trunkline.web.human import day as human_day
from trunkline.web.i18n import current_reader, mark
from trunkline.web.i18n import gettext as _

COUNTRY_NAMES = {"RU": mark("Russia"), "KZ": mark("Kazakhstan")}
KIND_WORDS = {
    DayKind.OFF: mark("Day off"),
    DayKind.SHORT: mark("Short day"),
    DayKind.WORKING: mark("Working day"),
}
OVERRIDE_KINDS = {
    OverrideKind.CLOSED: mark("Closed"),
    OverrideKind.SHORT: mark("Closes earlier"),
    OverrideKind.OPEN: mark("Open at hours of its own"),
}


def country_name(code: str) -> str:
    """A country whose calendar may be imported; others by their letters."""
    return _(COUNTRY_NAMES[code]) if code in COUNTRY_NAMES else code


def source_words(source: DaySource | None, imported: StoredYear | None) -> str:
    """Who says so."""
    if source is DaySource.OVERRIDE:
        return _("Override")
    if source is DaySource.PLAN:
        return _("Routing plan")
    if imported is None:
        return _("Public holidays")
    return _("Imported calendar")


def day_words(today: date, days: StoredOverride | Stretch) -> str:
    """`30 Dec – 2 Jan 2027`, on one line."""
    reader = current_reader()
    ends = [days.first] if days.first == days.last else [days.first, days.last]
    return " –\u2060 ".join(human_day(day, today, reader) for day in ends).replace(" ", "\u00a0")


def override_words(one: StoredOverride) -> str:
    """What holds on its days."""
    if one.kind is OverrideKind.SHORT:
        return _("Closes at %(time)s") % {"time": one.until}
    if one.kind is OverrideKind.OPEN:
        return _("Open %(hours)s") % {"hours": ", ".join(one.hours).replace("-", "–")}
    return _(OVERRIDE_KINDS[one.kind])


def change_words(one: PlaceNow) -> str:
    """When it opens or closes next."""
    if one.change is None:
        return _("no change within a month")
    time = f"{one.change:%H:%M}"
    told = _("until %(when)s") if one.moment.open else _("opens %(when)s")
    there = one.change.date()
    if there == one.today:
        return told % {"when": time}
    reader = current_reader()
    if there - timedelta(days=6) <= one.today:
        return told % {"when": f"{format_date(there, 'EEE', locale=reader.language)} {time}"}
    return told % {"when": f"{human_day(there, one.today, reader)} {time}"}
