"""What 1C writes into JSON, as values of ours; or why it is none, in words for whoever programs 1C. No I/O here.

1C has no null: its empty date is 0001-01-01T00:00:00, its empty reference a GUID of zeros, its empty text "". Numbers
come as numbers, or as text with a comma and spaces as its own forms show them.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, Final

from crm_sync.connector import is_address
from trunkline.calls.phone import NamedKind, parse
from trunkline.directory.values import ContactClass
from trunkline.web.i18n import gettext as _

EMPTY_REFERENCE: Final = "00000000-0000-0000-0000-000000000000"
MOST_PHONES: Final = 20
_LONGEST: Final = 500
_LONGEST_ID: Final = 100
_MOST_MONEY: Final = Decimal(10) ** 12
_MOST_DAYS: Final = 100_000
_YEARS: Final = (1990, 2200)
_SPACES: Final = re.compile(r"[\s\u00a0\u202f']+")
_DAY: Final = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:T[\d:.]+(?:Z|[+-]\d\d:?\d\d)?)?").fullmatch


class Form(StrEnum):
    """How a field is written."""

    ID = "id"
    TEXT = "text"
    MONEY = "money"
    PERCENT = "percent"
    DAYS = "days"
    DAY = "day"
    END = "end"
    """A day that may be none: 1C writes «without end» as 3999-12-31."""
    FLAG = "flag"
    PHONE = "phone"
    PHONES = "phones"
    CLASS = "class"
    LINK = "link"


class Wrong(ValueError):
    """It is no value of its form; the message says what would be."""


def read_value(form: Form, told: Any) -> Any:
    """`told` as JSON had it; None for what 1C means by empty. Raises Wrong."""
    if told is None or told in ("", EMPTY_REFERENCE):
        return None
    return _READERS[form](told)


def _text(told: Any, longest: int = _LONGEST) -> str | None:
    if not isinstance(told, str):
        raise Wrong(_("must be a text in quotes"))
    if len(told) > longest:
        raise Wrong(_("is longer than %(count)s characters") % {"count": longest})
    return told.replace("\0", "").strip() or None


def _id(told: Any) -> str | None:
    text = _text(told, _LONGEST_ID)
    if text is not None and not text.isprintable():
        raise Wrong(_("must be the identifier that 1C gives, as 7f3c1e0a-5b1d-11ee-9c6e-00155d01c802"))
    return text.lower() if text else None


def _number(told: Any) -> Decimal:
    wrong = Wrong(_("must be a number, as 12500.50"))
    if isinstance(told, bool) or not isinstance(told, int | float | str) or len(str(told)) > 40:
        raise wrong
    try:
        number = Decimal(_SPACES.sub("", str(told)).replace(",", "."))
    except InvalidOperation:
        raise wrong from None
    if not number.is_finite():
        raise wrong
    return number


def _money(told: Any) -> str:
    number = _number(told)
    if abs(number) >= _MOST_MONEY:
        raise Wrong(_("is more money than there is"))
    return str(number.quantize(Decimal("0.01")))


def _percent(told: Any) -> int:
    """What is paid beyond the whole is the whole: the card has room for a hundred."""
    number = _number(told.rstrip("% ") if isinstance(told, str) else told)
    if not 0 <= number <= 1000:
        raise Wrong(_("must be a percentage from 0 to 100"))
    return min(100, round(number))


def _days(told: Any) -> int:
    number = _number(told)
    if number != number.to_integral_value() or not 0 <= number <= _MOST_DAYS:
        raise Wrong(_("must be a whole number of days"))
    return int(number)


def _day(told: Any) -> str | None:
    found = _DAY(told) if isinstance(told, str) else None
    wrong = Wrong(_("must be a date, as 2026-12-31 or 2026-12-31T00:00:00"))
    if found is None:
        raise wrong
    year, month, day = (int(part) for part in found.groups())
    if year == 1:
        return None
    try:
        read = date(year, month, day)
    except ValueError:
        raise wrong from None
    if not _YEARS[0] <= year <= _YEARS[1]:
        raise wrong
    return read.isoformat()


def _end(told: Any) -> str | None:
    found = _DAY(told) if isinstance(told, str) else None
    return _day(told) if found is None or _YEARS[0] <= int(found[1]) <= _YEARS[1] else None


def _flag(told: Any) -> bool:
    if not isinstance(told, bool):
        raise Wrong(_("must be true or false, without quotes"))
    return told


def _phone(told: Any) -> str:
    number = parse(told) if isinstance(told, str | int) and not isinstance(told, bool) else NamedKind.INVALID
    if isinstance(number, NamedKind):
        raise Wrong(_("must be a full telephone number, as +79161234567"))
    return number


def _phones(told: Any) -> list[str]:
    """Of what people type into a card of 1C much is no number: that is left out, and costs the others nothing."""
    if not isinstance(told, list) or not all(isinstance(one, str | int) for one in told):
        raise Wrong(_('must be a list of numbers, as ["+79161234567"]'))
    read = (parse(one) for one in told[:MOST_PHONES])
    return list(dict.fromkeys(one for one in read if not isinstance(one, NamedKind)))


def _class(told: Any) -> str:
    names = [one.value for one in ContactClass]
    if told not in names:
        raise Wrong(_("must be one of %(names)s") % {"names": ", ".join(names)})
    return str(told)


def _link(told: Any) -> str:
    if not isinstance(told, str) or not is_address(told, ("http", "https")):
        raise Wrong(_("must be an http or https address"))
    return told


_READERS: Final[Mapping[Form, Callable[[Any], Any]]] = {
    Form.ID: _id,
    Form.TEXT: _text,
    Form.MONEY: _money,
    Form.PERCENT: _percent,
    Form.DAYS: _days,
    Form.DAY: _day,
    Form.END: _end,
    Form.FLAG: _flag,
    Form.PHONE: _phone,
    Form.PHONES: _phones,
    Form.CLASS: _class,
    Form.LINK: _link,
}
