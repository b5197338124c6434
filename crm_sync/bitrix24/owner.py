"""Whose call it is in a portal where several have its number: one rule, for calls by either sign-in. No I/O here."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

from crm_sync.bitrix24.items import of_batch
from crm_sync.mirror import own_contact

TYPES: Final[Mapping[str, int]] = {"LEAD": 1, "CONTACT": 3, "COMPANY": 4}
_CHOICE: Final[Sequence[tuple[str, Callable[[Sequence[int]], int]]]] = (
    ("CONTACT", min),
    ("COMPANY", min),
    ("LEAD", max),
)
"""A contact before a company before a lead, as the portal's own search has them; the oldest, of leads the newest."""
_MOST: Final = 2**53
_COMPANY: Final = own_contact("")


class Entity(NamedTuple):
    """`LEAD 12`."""

    kind: str
    id: int

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


def searches(phone: str) -> dict[str, str]:
    """Commands of a batch, one a type: with twenty of one the portal leaves the next ones out (crm.md §2.6)."""
    values = [phone, *([f"8{phone[2:]}"] if phone.startswith("+7") and len(phone) == 12 else [])]
    said = [("type", "PHONE"), *((f"values[{place}]", value) for place, value in enumerate(values))]
    return {kind: f"crm.duplicate.findbycomm?{urlencode([*said, ('entity_type', kind)])}" for kind, _best in _CHOICE}


def chosen(results: Any) -> tuple[Entity | None, int]:
    """Whose call it is, of what the searches found, and how many others have the number."""
    found: list[tuple[Entity, int]] = []
    for place, (kind, best) in enumerate(_CHOICE):
        result = of_batch(results, kind, place)
        told = result.get(kind) if isinstance(result, dict) else None
        if ids := [one for one in map(_number, told if isinstance(told, list) else ()) if one]:
            found.append((Entity(kind, best(ids)), len(ids)))
    return (found[0][0], sum(many for _one, many in found) - 1) if found else (None, 0)


def shared_by(others: int) -> str:
    """What somebody should know of a number that others have as well; empty where nobody has."""
    return f"{others} more have this number" if others else ""


def entity_named(text: str) -> Entity | None:
    """Of `LEAD 12`."""
    kind, _space, number = text.partition(" ")
    return Entity(kind, _number(number)) if kind in TYPES and _number(number) else None


def mirrored(external: Iterable[str]) -> Entity | None:
    """Who has a number by our copy of the portal's contacts, of their ids here; None unless it is exactly one."""
    found = list(external)
    if len(found) != 1:
        return None
    kind = "COMPANY" if found[0].startswith(_COMPANY) else "CONTACT"
    return entity_named(f"{kind} {found[0].removeprefix(_COMPANY)}")


def _number(told: Any) -> int:
    """0 for what is none."""
    text = str(told)
    number = int(text) if text.isascii() and text.isdecimal() and len(text) <= 16 else 0
    return number if number < _MOST else 0
