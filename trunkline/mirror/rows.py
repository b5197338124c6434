"""One record of a file or of the API becomes typed values, or a list of what is wrong with it. No I/O here."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import msgspec

from trunkline.calls.phone import NamedKind, parse
from trunkline.directory.values import ContactClass
from trunkline.mirror.entities import Entity, Field, Kind

TOUCH_KINDS = ("call", "missed", "form", "callback", "chat", "email", "visit")
_LONGEST = {"external_id": 200, "text": 10_000}
_LONGEST_TEXT = 500
_LONGEST_LINK = 1_000
_MONEY = re.compile(r"-?\d{1,12}(?:[.,]\d{1,2})?")
_DAY = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})(?:\D|$)")
_NO_LINK = re.compile(r"[\s\\\"<>`]")
_CLASSES = tuple(kind.value for kind in ContactClass)
_CHOICES: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("companies", "class"): _CLASSES,
    ("touches", "kind"): TOUCH_KINDS,
    ("works", "kind"): ("delivery", "installation"),
    ("works", "status"): ("planned", "begun", "done", "failed"),
}


class RowProblem(msgspec.Struct, frozen=True):
    """What is wrong with record `line` (from 1); `refused`: nothing of it went in, else all but this field."""

    line: int
    field: str
    message: str
    refused: bool = True


@dataclass(frozen=True, slots=True)
class MirrorRow:
    """One record: values by column, and what references name (`{"company": "7701234567"}`)."""

    line: int
    values: Mapping[str, Any]
    references: Mapping[str, str]


class Unreadable(ValueError):
    """A text is not a value of its field's kind; the message says what would be."""


def read_row(entity: Entity, record: Mapping[str, str], line: int, problems: list[RowProblem]) -> MirrorRow | None:
    """The record as values; fields it does not have stay absent. None when it cannot go in at all."""
    values: dict[str, Any] = {}
    references: dict[str, str] = {}
    refused = False
    for field in entity.fields:
        text = record.get(field.name, "").strip()
        if not text:
            if field.required:
                problems.append(RowProblem(line, field.name, "is empty; it is needed"))
                refused = True
            continue
        try:
            value = _read(entity, field, text)
        except Unreadable as error:
            problems.append(RowProblem(line, field.name, str(error), refused=field.required))
            refused = refused or field.required
            continue
        if field.kind in {Kind.REFERENCE, Kind.PERSON, Kind.DEPARTMENT}:
            references[field.name] = value
        else:
            values[field.column] = value
    if entity.name == "debts" and ("company" in references) == ("contact" in references):
        problems.append(RowProblem(line, "company", "a debt is of a company or of a contact: exactly one of them"))
        refused = True
    return None if refused else MirrorRow(line, values, references)


def _read(entity: Entity, field: Field, text: str) -> Any:
    choices = _CHOICES.get((entity.name, field.name))
    if choices and text.casefold() not in choices:
        raise Unreadable(f"{text[:40]!r} must be one of {', '.join(choices)}")
    if choices:
        return text.casefold()
    return _READERS[field.kind](text, field)


def _text(text: str, field: Field) -> str:
    longest = _LONGEST.get(field.name, _LONGEST_TEXT)
    if len(text) > longest:
        raise Unreadable(f"is longer than {longest} characters")
    return text.replace("\0", "")


def _whole(text: str, field: Field) -> int:
    if not re.fullmatch(r"\d{1,18}", text) or int(text) > field.most:
        raise Unreadable(f"{text[:40]!r} must be a whole number from 0 to {field.most}")
    return int(text)


def _percent(text: str, _field: Field) -> int:
    number = text.rstrip("% ")
    if not re.fullmatch(r"\d{1,3}(?:[.,]\d+)?", number) or not 0 <= (value := float(number.replace(",", "."))) <= 100:
        raise Unreadable(f"{text[:40]!r} must be a percentage from 0 to 100")
    return round(value)


def _money(text: str, _field: Field) -> str:
    number = re.sub(r"[\s\u00a0\u202f]|₽|руб\.?|р\.?$", "", text)
    if not _MONEY.fullmatch(number):
        raise Unreadable(f"{text[:40]!r} must be a sum, e.g. 12500 or 12500,50")
    return str(Decimal(number.replace(",", ".")))


def _day(text: str, field: Field) -> str:
    return _moment(text, field)[:10]


def _moment(text: str, _field: Field) -> str:
    """ISO 8601, or 31.12.2026 as people write it; without a zone it is UTC."""
    try:
        if match := _DAY.match(text):
            day, month, year = (int(part) for part in match.groups())
            return datetime.combine(date(year, month, day), datetime.min.time(), UTC).isoformat()
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Unreadable(f"{text[:40]!r} must be a date, e.g. 2026-12-31 or 31.12.2026") from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).isoformat()


def _phone(text: str, _field: Field) -> str:
    number = parse(text)
    if isinstance(number, NamedKind):
        raise Unreadable(f"{text[:40]!r} is {number.value}; a full number is needed, e.g. +79161234567")
    return number


def _link(text: str, _field: Field) -> str:
    """A web address to click on; what a browser would take for a script, or drop from it, is none."""
    if len(text) > _LONGEST_LINK:
        raise Unreadable(f"is longer than {_LONGEST_LINK} characters")
    wrong = Unreadable(
        f"{text[:40]!r} must be an http or https address without a user name, e.g. https://1c.example.ru/doc/17"
    )
    try:
        parts = urlsplit(text)
        named = bool(parts.hostname) and parts.username is None and (parts.port or 1) > 0
    except ValueError as error:
        raise wrong from error
    if parts.scheme not in {"http", "https"} or not named or not text.isprintable() or _NO_LINK.search(text):
        raise wrong
    return text


_READERS: Mapping[Kind, Callable[[str, Field], Any]] = {
    Kind.TEXT: _text,
    Kind.WHOLE: _whole,
    Kind.PERCENT: _percent,
    Kind.MONEY: _money,
    Kind.DAY: _day,
    Kind.MOMENT: _moment,
    Kind.PHONE: _phone,
    Kind.PERSON: _text,
    Kind.DEPARTMENT: _text,
    Kind.REFERENCE: _text,
    Kind.LINK: _link,
}
