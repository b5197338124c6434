"""How the portal's lists filter, order, select and page. No I/O here.

Operators are those of the descriptions of `filter` in crm.contact.list.json, crm.item.list.json and of FILTER in
voximplant.statistic.get.json; 50 rows a page (`start` in each), `next` only while there is more, and with `start=-1`
nothing is counted (crm.md §2.6).
"""

import re
from collections.abc import Callable, Iterable
from typing import Any, Final

from tests.fakes.bitrix24.answers import Page
from tests.fakes.bitrix24.wire import listed, moment, number

PAGE: Final = 50
Row = dict[str, Any]
_OPERATOR = re.compile(r"^(><|>=|<=|=%|%=|!%|!=|!@|!|=|>|<|@|%|\?)?(.+)$")


def _comparable(value: object) -> tuple[int, float | str]:
    if re.fullmatch(r"-?\d+(\.\d+)?", str(value)):
        return 0, float(str(value))
    at = moment(value) if re.match(r"\d{4}-\d\d-\d\d", str(value)) else None
    return (0, at) if at is not None else (1, "" if value is None else str(value).lower())


def _values(value: object) -> list[object]:
    """What is compared of a field: the values of a multiple one (PHONE, EMAIL), or itself."""
    if isinstance(value, list):
        return [one.get("VALUE", one.get("value")) if isinstance(one, dict) else one for one in value]
    return [value]


def _equal(left: object, right: object) -> bool:
    return _comparable(left) == _comparable(right)


def _like(value: object, pattern: object) -> bool:
    return str(pattern).strip("%").lower() in str("" if value is None else value).lower()


def _has(row: Row, name: str, test: Callable[[object], bool]) -> bool:
    return any(test(value) for value in _values(row.get(name)))


def _any_of(wanted: object) -> Callable[[object], bool]:
    several = listed(wanted) if isinstance(wanted, list | dict) else [wanted]
    return lambda value: any(_equal(value, one) for one in several)


def _ordered(operator: str, wanted: object) -> Callable[[object], bool]:
    right = _comparable(wanted)
    tests: dict[str, Callable[[tuple[int, float | str]], bool]] = {
        ">": lambda left: left[0] == right[0] and left > right,
        ">=": lambda left: left[0] == right[0] and left >= right,
        "<": lambda left: left[0] == right[0] and left < right,
        "<=": lambda left: left[0] == right[0] and left <= right,
    }
    return lambda value: value is not None and tests[operator](_comparable(value))


def _between(wanted: object) -> Callable[[object], bool]:
    low, high = (_comparable(one) for one in listed(wanted))
    return lambda value: value is not None and low <= _comparable(value) <= high


def matches(row: Row, conditions: Row) -> bool:
    """Whether a row meets all of a filter."""
    for key, wanted in conditions.items():
        found = _OPERATOR.match(key)
        assert found is not None
        operator, name = found.group(1) or "=", found.group(2)
        if operator in {"=", "@"}:
            is_met = _has(row, name, _any_of(wanted))
        elif operator in {"!", "!=", "!@"}:
            is_met = not _has(row, name, _any_of(wanted))
        elif operator in {"%", "=%", "%=", "?"}:
            is_met = _has(row, name, lambda value, sought=wanted: _like(value, sought))  # type: ignore[misc]
        elif operator == "!%":
            is_met = not _has(row, name, lambda value, sought=wanted: _like(value, sought))  # type: ignore[misc]
        else:
            is_met = _has(row, name, _between(wanted) if operator == "><" else _ordered(operator, wanted))
        if not is_met:
            return False
    return True


def names_of(conditions: Row) -> list[str]:
    """The fields a filter names."""
    return [found.group(2) for key in conditions if (found := _OPERATOR.match(key))]


def arranged(rows: Iterable[Row], order: Row) -> list[Row]:
    """In the order asked for; the first field named counts most."""
    found = list(rows)
    for name, way in reversed(list(order.items())):
        found.sort(key=lambda row, by=name: _comparable(row.get(by)), reverse=str(way).upper() == "DESC")  # type: ignore[misc]
    return found


def paged(rows: list[Row], start: object) -> Page:
    """A page of 50."""
    at = number(start) or 0
    if at == -1:
        return Page(rows[:PAGE])
    end = at + PAGE
    return Page(rows[at:end], total=len(rows), next=end if end < len(rows) else None)
