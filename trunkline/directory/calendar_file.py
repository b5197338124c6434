"""A year of the production calendar as xmlcalendar publishes it. No I/O here.

`<calendar year="2026" country="ru"><days><day d="04.30" t="2" h="5"/>…`: t=1 is a day off, t=2 a shortened working day,
t=3 a weekend day that is worked; h names a holiday of `<holidays>`. Weekends without an entry are as every weekend.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from trunkline.directory.values import DayKind
from trunkline.errors import InvalidInput, Mistake
from trunkline.web.i18n import gettext as _

_KINDS = {"1": DayKind.OFF, "2": DayKind.SHORT, "3": DayKind.WORKING}
_YEARS = range(1990, 2100)
MOST_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """One day that differs from its weekday; `name` is the holiday, where it is one."""

    day: dt.date
    kind: DayKind
    name: str = ""


@dataclass(slots=True)
class CalendarYear:
    """What a file says of one year, and what of it could not be used."""

    country: str
    year: int
    days: list[CalendarDay] = field(default_factory=list)
    refused: list[Mistake] = field(default_factory=list)


def read_calendar(content: bytes) -> CalendarYear:
    """The year in `content`; a day that cannot be read is in `refused` with its line. Raises InvalidInput."""
    reader = _Reader()
    if len(content) > MOST_BYTES:
        raise InvalidInput(Mistake("file", _("is larger than any calendar of a year")))
    try:
        reader.parser.Parse(content, True)
    except expat.ExpatError as error:
        raise InvalidInput(Mistake(f"line {error.lineno}", _("is not XML"))) from error
    except (LookupError, ValueError) as error:  # an encoding that nobody knows, or that is none of text
        raise InvalidInput(Mistake("line 1", _("is not XML"))) from error
    if reader.found is None:
        raise InvalidInput(Mistake("file", _("is no calendar: <calendar year=… country=…> is missing")))
    found = reader.found
    found.days.sort(key=lambda each: each.day)
    return found


class _Reader:
    """Follows the elements; nothing outside the file is ever looked up."""

    def __init__(self) -> None:
        self.found: CalendarYear | None = None
        self._names: dict[str, str] = {}
        self._seen: set[dt.date] = set()
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.StartDoctypeDeclHandler = self._refuse_doctype

    def _refuse_doctype(self, *_arguments: object) -> None:
        raise InvalidInput(Mistake(f"line {self.parser.CurrentLineNumber}", _("a DOCTYPE is not taken")))

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "calendar":
            self._begin(attributes)
        elif self.found is not None and name == "holiday":
            self._names[attributes.get("id", "")] = attributes.get("title", "").strip()[:200]
        elif self.found is not None and name == "day":
            self._take_day(self.found, attributes)

    def _begin(self, attributes: Mapping[str, str]) -> None:
        year, country = attributes.get("year", ""), attributes.get("country", attributes.get("lang", "")).upper()
        if not (year.isascii() and year.isdigit() and len(year) == 4 and int(year) in _YEARS):
            raise InvalidInput(Mistake("year", _("must be a year such as 2026")))
        if len(country) != 2 or not country.isascii() or not country.isalpha():
            raise InvalidInput(Mistake("country", _("must be two letters such as RU")))
        self.found = CalendarYear(country, int(year))

    def _take_day(self, found: CalendarYear, attributes: Mapping[str, str]) -> None:
        place = f"line {self.parser.CurrentLineNumber}"
        kind = _KINDS.get(attributes.get("t", ""))
        try:
            day = dt.datetime.strptime(f"{found.year}.{attributes.get('d', '')}", "%Y.%m.%d").date()  # noqa: DTZ007
        except ValueError:
            found.refused.append(Mistake(place, _("d must be a month and a day such as 04.30")))
            return
        if kind is None:
            found.refused.append(Mistake(place, _("t must be 1 (off), 2 (short) or 3 (working)")))
        elif day in self._seen:
            found.refused.append(Mistake(place, _("the day is there twice")))
        else:
            self._seen.add(day)
            found.days.append(CalendarDay(day, kind, self._names.get(attributes.get("h", ""), "")))
