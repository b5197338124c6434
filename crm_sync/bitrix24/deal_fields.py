"""A company's own fields of deals: what was paid, shipped and deferred, as an order of the mirror. No I/O here.

A field is chosen by a person: of the portal's `crm.item.fields` with `useOriginalUfNames` those that are a company's
own, of a type that may hold it. Values are as crm.item.list answers them: money as `1500.00|RUB`, dates as ISO 8601.
"""

import math
import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from trunkline.web.i18n import mark

DEAL: Final = 2
_NUMBERS: Final = frozenset({"double", "integer", "money", "string"})
ROLES: Final[Mapping[str, tuple[str, frozenset[str]]]] = {
    "paid": (mark("Paid, the sum"), _NUMBERS),
    "paid_percent": (mark("Paid, in per cent"), _NUMBERS - {"money"}),
    "shipped_percent": (mark("Shipped, in per cent"), _NUMBERS - {"money"}),
    "deferred_until": (mark("Payment deferred until"), frozenset({"date", "datetime", "string"})),
}
"""What people call it (msgid), and the portal's types that may hold it."""
_NAME: Final = re.compile(r"UF_CRM_[A-Z0-9_]{1,80}").fullmatch
_MOST: Final = 10**12
_RUSSIAN: Final = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})").match
_LONGEST: Final = 200


class OwnField(NamedTuple):
    """One of a company's own."""

    name: str
    title: str
    type: str

    def fits(self, role: str) -> bool:
        """Whether it may be that."""
        return self.type in ROLES[role][1]


def own_fields(result: Any) -> list[OwnField]:
    """Of an answer of crm.item.fields, by their titles; those with several values are left out."""
    fields = result.get("fields") if isinstance(result, dict) else None
    found = []
    for key, told in fields.items() if isinstance(fields, dict) else ():
        if not isinstance(told, dict) or told.get("isMultiple"):
            continue
        name = str(told.get("upperName") or key)
        if _NAME(name):
            title = " ".join(str(told.get("title") or name).replace("\0", " ").split())[:_LONGEST]
            found.append(OwnField(name, title, str(told.get("type"))))
    return sorted(found, key=lambda one: (one.title.casefold(), one.name))


def order_of(item: Mapping[str, Any], deal: Mapping[str, Any], fields: Mapping[str, str]) -> dict[str, Any] | None:
    """The order that `deal`, as it was read of `item`, is; None where none of its chosen fields holds anything.

    Of the paid sum and its share each is worked out of the other where only one is kept there; a share is told as a
    whole per cent that it has reached: 99.6 is not all.
    """
    paid, deferred = _number(_held(item, fields, "paid")), _day(_held(item, fields, "deferred_until"))
    shares = {role: _share(_held(item, fields, role)) for role in ("paid_percent", "shipped_percent")}
    if paid is None and deferred is None and all(share is None for share in shares.values()):
        return None
    amount, share = float(deal["amount"]), shares["paid_percent"]
    if share is None and paid is not None and amount > 0:
        shares["paid_percent"] = min(100.0, max(0.0, 100 * paid / amount))
    if paid is None:
        paid = amount * share / 100 if share is not None else 0.0
    return {
        **{name: deal[name] for name in ("id", "external_id", "version", "company", "contact", "amount")},
        **{role: math.floor(share) if share is not None else None for role, share in shares.items()},
        "number": deal["title"] or f"#{deal['external_id']}",
        "paid": round(paid, 2),
        "deferred_until": deferred.isoformat() if deferred else None,
        "ordered_on": deal["opened_at"][:10],
    }


def _held(item: Mapping[str, Any], fields: Mapping[str, str], role: str) -> str:
    value = item.get(fields.get(role, ""))
    return str(value).strip() if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def _number(text: str) -> float | None:
    plain = text.partition("|")[0].replace("\u00a0", "").replace(" ", "").replace(",", ".").removesuffix("%")
    try:
        number = float(plain)
    except ValueError:
        return None
    return number if abs(number) < _MOST else None


def _share(text: str) -> float | None:
    number = _number(text)
    return number if number is not None and 0 <= number <= 100 else None


def _day(text: str) -> date | None:
    try:
        if found := _RUSSIAN(text):
            day, month, year = map(int, found.groups())
            return date(year, month, day)
        return datetime.fromisoformat(text).date()
    except ValueError:
        return None
