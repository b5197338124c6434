"""When an iCalendar says that its owner is busy (RFC 5545). No I/O here.

Recurrences, exceptions and time zones are those of the packages icalendar and recurring-ical-events. Here is decided
what counts: not what is transparent, cancelled, declined by the owner, or a visit of ours that came back to us.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar, Component

from trunkline.visits.slots import Span, clipped

OURS: Final = "@booked.trunkline"
"""How the UIDs of our own visits end."""
MOST_SPANS: Final = 20_000
_OUR_UID = re.compile(rf"[0-9a-f-]{{36}}{re.escape(OURS)}").fullmatch
_DAY: Final = timedelta(days=1)


class NoCalendar(ValueError):
    """The bytes are no calendar, or not a whole one."""


@dataclass(frozen=True, slots=True)
class Window:
    """Which time is asked about; `zone` is where days and times without a zone are, `email` whose calendar it is."""

    within: Span
    zone: ZoneInfo
    email: str = ""


def busy_in(calendars: Iterable[bytes], window: Window) -> list[Span]:
    """The busy time of all of them together; raises NoCalendar for any that is none."""
    spans: list[Span] = []
    for text in calendars:
        for calendar in _read(text):
            try:
                spans += _busy(calendar, window)
            except Exception as error:  # the package raises whatever its parts do
                raise NoCalendar(str(error)) from error
            if len(spans) > MOST_SPANS:
                raise NoCalendar("more than anybody does")
    return clipped(spans, window.within)


def _read(text: bytes) -> list[Component]:
    # The package takes a file that was cut inside its last line for a whole one.
    if not text.rstrip().upper().endswith(b"END:VCALENDAR"):
        raise NoCalendar("it does not end as a calendar does")
    try:
        found = Calendar.from_ical(text, multiple=True)
    except Exception as error:  # the package raises whatever its parts do
        raise NoCalendar(str(error)) from error
    if not found or any(one.name != "VCALENDAR" for one in found):
        raise NoCalendar("no whole VCALENDAR")
    return list(found)


def _busy(calendar: Component, window: Window) -> Iterator[Span]:
    begins, ends = window.within.starts - _DAY, window.within.ends + _DAY
    # One event without a beginning would make the package give up all the others.
    calendar.subcomponents = [one for one in calendar.subcomponents if one.name != "VEVENT" or _begins(one)]
    for event in recurring_ical_events.of(calendar, skip_bad_series=True).between(begins, ends):
        if _counts(event, window.email) and (span := _span(event, window.zone)) is not None:
            yield span
    for told in calendar.walk("VFREEBUSY"):
        yield from _told_busy(told, window.zone)


def _counts(event: Component, email: str) -> bool:
    if _word(event, "STATUS") == "CANCELLED" or _word(event, "TRANSP") == "TRANSPARENT":
        return False
    if _word(event, "X-MICROSOFT-CDO-BUSYSTATUS") == "FREE" or _OUR_UID(str(event.get("UID", ""))):
        return False
    return not (email and any(_declined(one, email) for one in _listed(event.get("ATTENDEE"))))


def _declined(attendee: Any, email: str) -> bool:
    same = str(attendee).lower().removeprefix("mailto:") == email.lower()
    return same and str(getattr(attendee, "params", {}).get("PARTSTAT", "")).upper() == "DECLINED"


def _span(event: Component, zone: ZoneInfo) -> Span | None:
    begins = _value(event, "DTSTART")
    if begins is None:
        return None
    ends = _value(event, "DTEND")
    if ends is None:
        lasts = _value(event, "DURATION")
        ends = begins + (lasts if isinstance(lasts, timedelta) else timedelta() if _timed(begins) else _DAY)
    if not _timed(begins) and ends == begins:  # some programs write a day so
        ends = begins + _DAY
    return _between(begins, ends, zone)


def _told_busy(told: Component, zone: ZoneInfo) -> Iterator[Span]:
    """The periods of a VFREEBUSY."""
    for line in _listed(told.get("FREEBUSY")):
        if str(getattr(line, "params", {}).get("FBTYPE", "BUSY")).upper() == "FREE":
            continue
        for period in _listed(getattr(line, "dts", line)):
            pair = getattr(period, "dt", period)
            if not (isinstance(pair, tuple) and len(pair) == 2):
                continue
            begins, ends = pair
            if (span := _between(begins, begins + ends if isinstance(ends, timedelta) else ends, zone)) is not None:
                yield span


def _between(begins: Any, ends: Any, zone: ZoneInfo) -> Span | None:
    try:
        return Span(_moment(begins, zone), _moment(ends, zone))
    except (OverflowError, TypeError, ValueError):  # a year no clock knows, a date where a time should be
        return None


def _moment(value: Any, zone: ZoneInfo) -> datetime:
    if not isinstance(value, date):
        raise TypeError(value)
    if not isinstance(value, datetime):
        value = datetime.combine(value, time(), zone)
    moment: datetime = value if value.tzinfo else value.replace(tzinfo=zone)
    return moment.astimezone(UTC)


def _begins(event: Component) -> bool:
    return isinstance(_value(event, "DTSTART"), date)


def _timed(value: Any) -> bool:
    return isinstance(value, datetime)


def _value(event: Component, name: str) -> Any:
    """The date, time or length in a property; None where it is not there or broken, as the package tells by raising."""
    try:
        return getattr(event.get(name), "dt", None)
    except ValueError:
        return None


def _word(event: Component, name: str) -> str:
    return str(event.get(name, "")).strip().upper()


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) and not hasattr(value, "dt") else [value]
