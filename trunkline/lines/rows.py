"""A file of lines: which column is which field, and one row as a line. No I/O here."""

from collections.abc import Callable, Mapping, Sequence

import msgspec

from trunkline.contacts.columns import Columns
from trunkline.errors import InvalidInput, Mistake
from trunkline.lines.life import checked_state
from trunkline.lines.line import Line, checked, checked_number
from trunkline.lines.mode import checked_mode

_HEADERS = {
    "phone": "number, line, did, phone, номер, линия, телефон, номер телефона",
    "name": "name, имя, название",
    "city": "city, город",
    "operator": "operator, provider, оператор, провайдер",
    "brand": "brand, бренд",
    "site": "site, сайт",
    "purpose": "purpose, назначение, для чего",
    "pbx": "pbx, атс",
    "fallback": "fallback, запасной путь",
    "label": "label, надпись",
    "area_code": "area code, area_code, код города",
    "mode": "mode, режим",
    "state": "state, состояние",
}
FIELDS: Mapping[str, str] = {word.strip(): field for field, words in _HEADERS.items() for word in words.split(",")}
"""What `trunkline.contacts.columns.recognise` looks up."""
_CHOICES: Mapping[str, Callable[[str], object]] = {"mode": checked_mode, "state": checked_state}
"""Columns that hold one of a few words; an empty cell of theirs says nothing."""


def number_of(columns: Columns, cells: Sequence[str]) -> str:
    """The row's number in E.164; raises InvalidInput."""
    place = columns.phones[0]
    return checked_number(cells[place] if place < len(cells) else "")


def line_of(columns: Columns, cells: Sequence[str], known: Line) -> Line:
    """`known` with what the row says; a column the file does not have stays. Raises InvalidInput with every mistake."""
    sent: dict[str, object] = {
        field: cells[place].strip() if place < len(cells) else "" for field, place in columns.places.items()
    }
    mistakes: list[Mistake] = []
    for field, chosen in _CHOICES.items():
        if text := str(sent.pop(field, "")).lower():
            try:
                sent[field] = chosen(text)
            except InvalidInput as error:
                mistakes += error.mistakes
    if mistakes:
        raise InvalidInput(*mistakes)
    return checked(msgspec.structs.replace(known, **sent))
