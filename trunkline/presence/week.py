"""A week's hours as a form has them: a beginning, an end and breaks for each day. No I/O here.

A day's end of 00:00 is midnight. Work over midnight is two days' work: to 00:00, and from 00:00 of the next day.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Final, NamedTuple

from trunkline.errors import InvalidInput, Mistake
from trunkline.presence.change import ShiftBody, clock, minutes
from trunkline.presence.state import Shift
from trunkline.web.i18n import gettext as _

DAYS: Final = range(7)
MOST_BREAKS: Final = 8
_MIDNIGHT: Final = 24 * 60


class DayForm(NamedTuple):
    """One day as it is written: times as text, all empty for a free day; the last break may be empty."""

    opens: str = ""
    closes: str = ""
    breaks: tuple[tuple[str, str], ...] = (("", ""),)


def monday_of(day: date) -> date:
    """The Monday of the week that holds `day`."""
    return day - timedelta(days=day.weekday())


def field(weekday: int, name: str, place: int | None = None) -> str:
    """The name of a field: `day0_opens`, `day0_break1_since`."""
    return f"day{weekday}_{name}" if place is None else f"day{weekday}_break{place}_{name}"


def week_forms(hours: Sequence[Shift]) -> list[DayForm]:
    """Stored hours as a form shows them."""
    return [_form([shift for shift in hours if shift.weekday == weekday]) for weekday in DAYS]


def read_week(sent: Mapping[str, str]) -> list[DayForm]:
    """The fields of a form that was sent, as they were written."""
    return [DayForm(_text(sent, day, "opens"), _text(sent, day, "closes"), _breaks(sent, day)) for day in DAYS]


def every_week(
    week: Sequence[DayForm], filled: Sequence[DayForm], regular: Sequence[DayForm], own: Sequence[DayForm]
) -> tuple[list[DayForm], list[int]]:
    """What was written as hours of every week, and the days for which it was mended.

    `filled` is the company's time in the week it was written for, `regular` in one its calendar leaves alone. A day the
    calendar changes, written as the calendar has it, was written for that week alone: it is as in `own`.
    """
    mended = [day for day, form in enumerate(week) if form == filled[day] != regular[day] and form != own[day]]
    return [own[day] if day in mended else form for day, form in enumerate(week)], mended


def hours_of(week: Sequence[DayForm]) -> list[ShiftBody]:
    """What was written, as hours; raises InvalidInput with every mistake under its field."""
    mistakes: list[Mistake] = []
    hours: list[ShiftBody] = []
    for weekday, form in enumerate(week):
        wrong = list(_wrong(weekday, form))
        mistakes += wrong
        if not wrong and form.opens:
            hours += _shifts(weekday, form)
    if mistakes:
        raise InvalidInput(*mistakes)
    return hours


def _form(shifts: Sequence[Shift]) -> DayForm:
    if not shifts:
        return DayForm()
    gaps = [(before.closes, after.opens) for before, after in pairwise(shifts) if before.closes < after.opens]
    breaks = tuple((clock(since), clock(until)) for since, until in gaps) or (("", ""),)
    return DayForm(clock(shifts[0].opens), clock(shifts[-1].closes % _MIDNIGHT), breaks)


def _text(sent: Mapping[str, str], weekday: int, name: str, place: int | None = None) -> str:
    return sent.get(field(weekday, name, place), "").strip()


def _breaks(sent: Mapping[str, str], weekday: int) -> tuple[tuple[str, str], ...]:
    found = [
        (_text(sent, weekday, "since", place), _text(sent, weekday, "until", place)) for place in range(MOST_BREAKS)
    ]
    while len(found) > 1 and found[-1] == ("", ""):
        found.pop()
    return tuple(found)


def _wrong(weekday: int, form: DayForm) -> Iterator[Mistake]:
    written = {field(weekday, "opens"): form.opens, field(weekday, "closes"): form.closes}
    for place, (since, until) in enumerate(form.breaks):
        written |= {field(weekday, "since", place): since, field(weekday, "until", place): until}
    unread = [name for name, text in written.items() if text and minutes(text) < 0]
    if unread:
        yield from (Mistake(name, _("must be a time such as 14:00")) for name in unread)
        return
    if bool(form.opens) != bool(form.closes):
        missing = field(weekday, "opens" if form.closes else "closes")
        yield Mistake(missing, _("give both the beginning and the end, or neither for a free day"))
    elif form.opens and minutes(form.opens) >= _end(form.closes):
        told = _(
            "must be later than the beginning; work over midnight ends at 00:00 and goes on from 00:00 the next day"
        )
        yield Mistake(field(weekday, "closes"), told)
    else:
        yield from _about_breaks(weekday, form)


def _about_breaks(weekday: int, form: DayForm) -> Iterator[Mistake]:
    last = minutes(form.opens) if form.opens else _MIDNIGHT
    for place, (since, until) in enumerate(form.breaks):
        if bool(since) != bool(until):
            missing = field(weekday, "since" if until else "until", place)
            yield Mistake(missing, _("give both ends of the break, or neither"))
        elif since and not form.opens:
            yield Mistake(field(weekday, "opens"), _("a break needs a day's beginning and end"))
        elif since and not last < minutes(since) < minutes(until) < _end(form.closes):
            told = _("a break lies between the day's beginning and its end, and ends later than it begins")
            yield Mistake(field(weekday, "since", place), told)
        elif since:
            last = minutes(until)


def _shifts(weekday: int, form: DayForm) -> Iterator[ShiftBody]:
    opens = form.opens
    for since, until in form.breaks:
        if since:
            yield ShiftBody(weekday, opens, since)
            opens = until
    yield ShiftBody(weekday, opens, clock(_end(form.closes)))


def _end(text: str) -> int:
    """The end of a day: 00:00 is its midnight."""
    return minutes(text) or _MIDNIGHT
