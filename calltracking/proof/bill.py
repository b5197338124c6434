"""A row of an operator's bill as a call: columns, moments, numbers, durations as operators write them. No I/O here."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from calltracking.costs.cells import read_day
from trunkline.calls.phone import NamedKind, parse
from trunkline.contacts.columns import Columns
from trunkline.errors import InvalidInput, Mistake
from trunkline.web.i18n import gettext as _

_HEADERS: Final = {
    "date": "date, day, date time, datetime, start, started at, call date, call start, дата, день, "
    "дата и время, дата время, начало, начало звонка, дата звонка, дата вызова, дата и время вызова, "
    "дата начала, дата и время начала",
    "time": "time, start time, call time, время, время звонка, время вызова, время начала",
    "number": "number, called, called number, destination, did, to, line, номер, вызываемый номер, набранный номер, "
    "номер назначения, куда, кому, номер б, абонент б, линия, виртуальный номер, входящий номер, вызываемый абонент",
    "client": "client, caller, calling number, source number, from, cli, вызывающий номер, номер звонившего, "
    "кто звонил, откуда, номер а, абонент а, клиент, звонивший, вызывающий абонент, номер абонента",
    "seconds": "seconds, duration, billed seconds, billsec, duration sec, длительность, продолжительность, "
    "секунд, секунды, длительность сек, длительность с, длительность разговора, длительность вызова, время разговора, "
    "тарифицируемая длительность",
    "direction": "direction, type, call type, направление, тип, тип вызова, тип звонка, вид вызова, направление вызова",
}
BILL_FIELDS: Final[Mapping[str, str]] = {
    word.strip(): field for field, words in _HEADERS.items() for word in words.split(",")
}
"""What `trunkline.contacts.columns.recognise` looks up."""
NAMES: Final = tuple(_HEADERS)
_TIME: Final = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?", re.ASCII)
_CLOCK: Final = re.compile(r"(?:(\d{1,3}):)?(\d{1,3}):(\d{2})", re.ASCII)
_SECONDS: Final = re.compile(r"(\d{1,6})(?:[.,]\d+)?\s*(?:s|sec|с|сек)?\.?", re.ASCII | re.IGNORECASE)
_SERVICES: Final = frozenset({NamedKind.SHORT, NamedKind.INTERNAL, NamedKind.EMERGENCY})
"""What is called by such numbers is no line of ours."""
_INCOMING: Final = ("in", "вх")


@dataclass(frozen=True, slots=True)
class BillCall:
    """A call as the operator counted it; `client` is empty where the bill does not tell it."""

    number: str
    at: datetime
    client: str
    seconds: int


def checked_columns(columns: Columns) -> Columns:
    """The columns, if rows of such a file can be calls; raises InvalidInput."""
    mistakes = []
    if "date" not in columns.places:
        mistakes.append(Mistake("file", _("has no column with the day of a call; call it date")))
    if "number" not in columns.places:
        mistakes.append(Mistake("file", _("has no column with the number that was called; call it number")))
    if mistakes:
        raise InvalidInput(*mistakes)
    return columns


def call_of(columns: Columns, cells: Sequence[str], zone: ZoneInfo) -> BillCall | None:
    """One row, its moment by the clock of `zone`; None for what is no incoming call. Raises InvalidInput."""
    row = {field: cells[place].strip() if place < len(cells) else "" for field, place in columns.places.items()}
    if row.get("direction") and not row["direction"].casefold().startswith(_INCOMING):
        return None
    number = parse(row["number"])
    if number in _SERVICES:
        return None
    if isinstance(number, NamedKind):
        raise InvalidInput(Mistake("number", _("%(text)s is no number") % {"text": row["number"][:40]}))
    client = parse(row.get("client", ""))
    at, seconds = _moment(row["date"], row.get("time", ""), zone), _duration(row.get("seconds", ""))
    return BillCall(str(number), at, "" if isinstance(client, NamedKind) else str(client), seconds)


def _moment(day: str, clock: str, zone: ZoneInfo) -> datetime:
    try:
        found = read_day(day)
    except InvalidInput as error:
        raise InvalidInput(*(Mistake("date", mistake.message) for mistake in error.mistakes)) from error
    match = _TIME.search(clock or day.partition(" ")[2] or day.partition("T")[2])
    if match is None:
        raise InvalidInput(Mistake("time", _("has no time of day; write 14:05:33 behind the day or in a column time")))
    hour, minute, second = (int(part or 0) for part in match.groups())
    try:
        return datetime.combine(found, time(hour, minute, second), zone)
    except ValueError as error:
        raise InvalidInput(Mistake("time", _("%(text)s is no time of day") % {"text": match[0]})) from error


def _duration(text: str) -> int:
    """Seconds of `95`, `1:35`, `00:01:35`; none told is none talked."""
    if not text:
        return 0
    if match := _CLOCK.fullmatch(text):
        hours, minutes, seconds = (int(part or 0) for part in match.groups())
        return hours * 3600 + minutes * 60 + seconds
    if match := _SECONDS.fullmatch(text):
        return int(match[1])
    message = _("%(text)s is no duration; write seconds, 1:35 or 00:01:35")
    raise InvalidInput(Mistake("seconds", message % {"text": text[:40]}))
