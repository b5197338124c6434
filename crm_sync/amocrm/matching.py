"""Whose number it is there, and which of what he has gets the call. No I/O here.

The search is by text over all fields and by the last ten digits (crm.md §3.3, §6.7): what it finds is believed only
where the number itself stands in the field of telephones.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec
import phonenumbers

from crm_sync.amocrm.call import COMPANIES, CONTACTS, CUSTOMERS, LEADS
from trunkline.calls.phone import parse

_CLOSED: Final = frozenset({142, 143})
"""Statuses of every pipeline: won, and lost. A lead in any other is worked on."""


class Entity(msgspec.Struct, frozen=True):
    """One thing there; as text `leads 12`, as `crm_calls.entity` keeps it. Its id is 0 where nobody told it."""

    kind: str
    id: int

    def __str__(self) -> str:
        return f"{self.kind} {self.id}" if self.id else self.kind


class Match(msgspec.Struct, frozen=True):
    """A contact or a company that has the number, with the leads and customers it belongs to."""

    entity: Entity
    leads: tuple[int, ...]
    customers: tuple[int, ...]


def query_of(phone: str) -> str:
    """What is searched for: the number without its country's code, by which both spellings of it are found."""
    try:
        return phonenumbers.national_significant_number(phonenumbers.parse(phone, None))
    except phonenumbers.NumberParseException:
        return phone.removeprefix("+")[-10:]


def matches_of(kind: str, result: Any, phone: str) -> list[Match]:
    """Those of a list of `kind` that really have the number, the oldest first."""
    rows = rows_of(result, kind)
    found = [match for row in rows if (match := match_of(kind, row, phone)) is not None]
    return sorted(found, key=lambda match: match.entity.id)


def match_of(kind: str, row: Any, phone: str) -> Match | None:
    """One contact or company, where it has the number."""
    if not isinstance(row, dict) or not isinstance(row.get("id"), int) or phone not in _phones(row):
        return None
    return Match(Entity(kind, row["id"]), _ids(row, LEADS), _ids(row, CUSTOMERS))


def active_of(result: Any) -> frozenset[int]:
    """The leads of a list that are worked on."""
    rows = [row for row in rows_of(result, LEADS) if isinstance(row.get("id"), int)]
    return frozenset(row["id"] for row in rows if row.get("status_id") not in _CLOSED and not row.get("is_deleted"))


def chosen(matches: Sequence[Match], active: frozenset[int]) -> Match | None:
    """Of several that share the number: who is worked with, a contact before a company, the oldest."""
    return min(
        matches,
        key=lambda one: (not active.intersection(one.leads), one.entity.kind != CONTACTS, one.entity.id),
        default=None,
    )


def placed(match: Match, active: frozenset[int]) -> Entity:
    """Exactly one active lead, else exactly one customer and no active lead, else whoever has the number."""
    leads = sorted(active.intersection(match.leads))
    if len(leads) == 1 and not match.customers:
        return Entity(LEADS, leads[0])
    if len(match.customers) == 1 and not leads:
        return Entity(CUSTOMERS, match.customers[0])
    return match.entity


def leads_of(matches: Iterable[Match], most: int) -> list[int]:
    """Their leads, the newest `most`: what is worked on is among them."""
    return sorted({lead for match in matches for lead in match.leads}, reverse=True)[:most]


def told_entity(text: str) -> Entity | None:
    """Of what `str` of one gave."""
    kind, _, number = text.partition(" ")
    known = kind in {LEADS, CONTACTS, COMPANIES, CUSTOMERS} and number.isascii() and number.isdecimal()
    return Entity(kind, int(number)) if known else None


def _phones(row: Mapping[str, Any]) -> set[object]:
    """Every telephone number of a contact or company, in one spelling."""
    found: set[object] = set()
    for field in row.get("custom_fields_values") or ():
        if isinstance(field, dict) and field.get("field_code") == "PHONE":
            values = [one.get("value") for one in field.get("values") or () if isinstance(one, dict)]
            found |= {parse(str(value)) for value in values}
    return found


def _ids(row: Mapping[str, Any], kind: str) -> tuple[int, ...]:
    embedded = row.get("_embedded")
    rows = embedded.get(kind) or () if isinstance(embedded, dict) else ()
    return tuple(one["id"] for one in rows if isinstance(one, dict) and isinstance(one.get("id"), int))


def rows_of(result: Any, kind: str) -> list[dict[str, Any]]:
    """Of a list; empty for none."""
    embedded = result.get("_embedded") if isinstance(result, dict) else None
    rows = embedded.get(kind) if isinstance(embedded, dict) else None
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
