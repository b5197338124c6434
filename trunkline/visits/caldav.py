"""CalDAV's calendar-query (RFC 4791 §7.8): what is asked, and the calendars in what is answered. No I/O here.

The answer is read as it streams by, without a tree; a document type, and with it every entity of its own, ends it.
"""

from datetime import UTC, datetime
from typing import Any, Final
from xml.parsers import expat

from trunkline.visits.ical import NoCalendar
from trunkline.visits.slots import Span

_CALDAV: Final = "urn:ietf:params:xml:ns:caldav"
_RESPONSE, _STATUS, _DATA = "DAV: response", "DAV: status", f"{_CALDAV} calendar-data"
_ANSWER: Final = "DAV: multistatus"
MOST_EVENTS: Final = 20_000


def query(within: Span) -> bytes:
    """The body of the REPORT: whole events that touch this time; recurrences are ours to work out."""
    start, end = _utc(within.starts), _utc(within.ends)
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        f'<C:calendar-query xmlns:D="DAV:" xmlns:C="{_CALDAV}">'
        "<D:prop><C:calendar-data/></D:prop>"
        '<C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">'
        f'<C:time-range start="{start}" end="{end}"/>'
        "</C:comp-filter></C:comp-filter></C:filter></C:calendar-query>"
    ).encode()


def calendars_in(answer: bytes) -> list[bytes]:
    """The calendar of every event; raises NoCalendar for what is no answer to `query`, or was cut short."""
    reader = _Reader()
    try:
        reader.parser.Parse(answer, True)
    except expat.ExpatError as error:
        raise NoCalendar(f"not XML: {error}") from error
    if not reader.is_answer:
        raise NoCalendar("not a multistatus answer")
    return reader.calendars


class _Reader:
    """What of the XML matters."""

    def __init__(self) -> None:
        self.calendars: list[bytes] = []
        self.is_answer = False
        self._path: list[str] = []
        self._text: list[str] = []
        parser: Any = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler = self._begin
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text.append
        parser.StartDoctypeDeclHandler = self._refuse
        self.parser = parser

    def _refuse(self, *_declared: object) -> None:
        raise NoCalendar("it declares a document type")

    def _begin(self, name: str, _attributes: object) -> None:
        self.is_answer = self.is_answer or (not self._path and name == _ANSWER)
        self._path.append(name)
        self._text.clear()

    def _end(self, name: str) -> None:
        self._path.pop()
        text = "".join(self._text)
        self._text.clear()
        if name == _DATA and text.strip():
            self.calendars.append(text.encode())
            if len(self.calendars) > MOST_EVENTS:
                raise NoCalendar("more than anybody does")
        elif name == _STATUS and self._path[-1:] == [_RESPONSE] and " 507" in text:
            raise NoCalendar("the server left events out: there are too many")


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"
