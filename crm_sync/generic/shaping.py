"""Facts of a call as the body of a post, by a mapping. No I/O here."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import msgspec

from crm_sync.generic.fields import FIELDS, Of
from crm_sync.generic.mapping import Rule, Shape

Facts = Mapping[str, Any]
"""By the names of FIELDS; what is missing is not known."""
_TYPES: Final = {"json": "application/json", "form": "application/x-www-form-urlencoded"}


def body_of(shape: Shape, facts: Facts, zone: ZoneInfo) -> tuple[str, bytes]:
    """Its content type and bytes; `zone` is where moments are told that have a pattern."""
    values = [(rule.target, value_of(rule, facts, zone)) for rule in shape.rules]
    if shape.body == "form":
        pairs = [(".".join(target), _as_form(value)) for target, value in values]
        return _TYPES["form"], urlencode(pairs, doseq=True).encode()
    nested: dict[str, Any] = {}
    for target, value in values:
        place = nested
        for name in target[:-1]:
            place = place.setdefault(name, {})
        place[target[-1]] = value
    return _TYPES["json"], msgspec.json.encode(nested)


def value_of(rule: Rule, facts: Facts, zone: ZoneInfo) -> Any:
    """One value; None where nothing is known."""
    if not rule.field:
        return rule.constant
    value = facts.get(rule.field)
    if value is None or value == "":
        return rule.otherwise if rule.table else None
    if rule.table:
        return rule.table.get(str(value), value if rule.otherwise is None else rule.otherwise)
    kind = FIELDS[rule.field]
    if kind is Of.MOMENT:
        return _moment(value, rule.format, zone)
    return _phone(str(value), rule.format) if kind is Of.PHONE else value


def _moment(value: datetime, written: str, zone: ZoneInfo) -> str | int:
    local = value.astimezone(zone)
    if written == "unix":
        return int(local.timestamp())
    return local.strftime(written) if "%" in written else local.isoformat(timespec="seconds")


def _phone(number: str, written: str) -> str:
    """`national` is 8 and ten digits of a Russian or Kazakh number, digits of any other."""
    digits = number.removeprefix("+")
    if written == "national" and digits.startswith("7") and len(digits) == 11:
        return f"8{digits[1:]}"
    return digits if written in {"digits", "national"} else number


def _as_form(value: Any) -> Any:
    match value:
        case None:
            return ""
        case bool():
            return "1" if value else "0"
        case list() | tuple():
            return ",".join(map(str, value))
        case _:
            return value
