"""The contract with 1C, version 1: rows of five types, each known by its id and its version. No I/O here.

A row says all there is of its record: what it does not name is empty. Of two versions the greater counts, in whatever
order they come; the same one again changes nothing. Documented in docs/crm-1c.md and docs/crm-1c.schema.json.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

import msgspec

from crm_sync.onec.values import Form, Wrong, read_value
from trunkline.web.i18n import gettext as _

MOST_ROWS: Final = 500
MOST_VERSION: Final = 2**62
BOM: Final = b"\xef\xbb\xbf"
"""1C begins texts with it unless it is told not to."""
_MOST_UNKNOWN: Final = 4000
_SALE: Final = "sale"


@dataclass(frozen=True, slots=True)
class Field:
    """`needed`: of every record that is not gone; `always`: of that, too."""

    name: str
    form: Form
    needed: bool = False
    always: bool = False


_PAID: Final = (
    Field("paid", Form.MONEY),
    Field("paid_percent", Form.PERCENT),
    Field("shipped_percent", Form.PERCENT),
    Field("deferred_until", Form.END),
)
_ORDER: Final = (
    Field("counterparty", Form.ID),
    Field("number", Form.TEXT),
    Field("date", Form.DAY, needed=True),
    Field("amount", Form.MONEY, needed=True),
    *_PAID,
    Field("deal", Form.TEXT),
    Field("lead", Form.TEXT),
    Field("phone", Form.PHONE),
    Field("document_url", Form.LINK),
    Field("deleted", Form.FLAG),
)
FIELDS: Final[Mapping[str, Sequence[Field]]] = {
    "counterparty": (
        Field("name", Form.TEXT, needed=True),
        Field("inn", Form.TEXT),
        Field("class", Form.CLASS),
        Field("phones", Form.PHONES),
        Field("deleted", Form.FLAG),
    ),
    "order": _ORDER,
    _SALE: _ORDER,
    "payment": (
        Field("counterparty", Form.ID),
        Field("order", Form.ID),
        Field("amount", Form.MONEY, needed=True),
        Field("date", Form.DAY, needed=True),
        Field("cancelled", Form.FLAG),
    ),
    "debt": (
        Field("counterparty", Form.ID, needed=True, always=True),
        Field("amount", Form.MONEY, needed=True),
        Field("overdue", Form.MONEY),
        Field("overdue_days", Form.DAYS),
        Field("due_on", Form.END),
        Field("deleted", Form.FLAG),
    ),
}
"""By the types that 1C may send, in the order that they are saved: what is referred to comes first."""
STATE: Final = "state"
"""Of an order that another set of 1C tells: what of it is paid and shipped. Read by OData, never sent."""
_READ: Final[Mapping[str, Sequence[Field]]] = {**FIELDS, STATE: _PAID}
KINDS: Final = ("counterparty", "order", STATE, "payment", "debt")


class Verdict(StrEnum):
    """What became of a row."""

    SAVED = "saved"
    SAME = "same"
    OLDER = "older"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Row:
    """One record as 1C told it: `values` has every field of its kind, None where it is empty."""

    place: int
    kind: str
    id: str
    version: int
    values: Mapping[str, Any]
    sale: bool = False
    unknown: Mapping[str, Any] = field(default_factory=dict)

    @property
    def gone(self) -> bool:
        """Whether it is withdrawn."""
        return bool(self.values.get("deleted") or self.values.get("cancelled"))

    @property
    def fingerprint(self) -> bytes:
        """Of what it says, its version apart."""
        said = [self.kind, self.id, self.sale, dict(self.values), dict(self.unknown)]
        return hashlib.sha256(msgspec.json.encode(said, order="deterministic")).digest()


class Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """What 1C is told of a row; `row` counts from 1, `words` say what is wrong with `field`, or what was made of it."""

    row: int
    id: str
    verdict: Verdict
    field: str = ""
    words: str = ""


class Misread(ValueError):
    """A row is none: `field` is the one that is wrong, the message why."""

    def __init__(self, field: str, words: str) -> None:
        super().__init__(words)
        self.field = field


def read_row(told: Any, place: int) -> Row | Answer:
    """One row that 1C sent; or what is wrong with it, as it is answered."""
    try:
        return _with_percent(row_of(*_typed(told), place))
    except Misread as misread:
        said = told.get("id", "") if isinstance(told, Mapping) else ""
        identifier = said[:100] if isinstance(said, str) else ""
        return Answer(place, identifier, Verdict.REFUSED, misread.field, str(misread))


def _typed(told: Any) -> tuple[Mapping[str, Any], str]:
    if not isinstance(told, Mapping):
        raise Misread("", _("must be an object"))
    kind = told.get("type")
    if not isinstance(kind, str) or kind not in FIELDS:
        raise Misread("type", _("must be one of %(names)s") % {"names": ", ".join(FIELDS)})
    return told, kind


def row_of(told: Mapping[str, Any], kind: str, place: int) -> Row:
    """A record of a known type; raises Misread."""
    identifier = _value(Field("id", Form.ID), told)
    if identifier is None:
        raise Misread("id", _("is needed"))
    version = _version(told.get("version"))
    fields = _READ[kind]
    values = {one.name: _value(one, told) for one in fields}
    gone = values.get("deleted") or values.get("cancelled")
    for one in fields:
        if values[one.name] is None and one.needed and (one.always or not gone):
            raise Misread(one.name, _("is needed"))
    row = Row(place, "order" if kind == _SALE else kind, identifier, version, values, kind == _SALE)
    return _with_unknown(row, told)


def newest(rows: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """Of each record the greatest version, and the others; of the same version twice the first."""
    best: dict[tuple[str, str], Row] = {}
    for row in rows:
        before = best.get((row.kind, row.id))
        if before is None or row.version > before.version:
            best[row.kind, row.id] = row
    kept = sorted(best.values(), key=lambda row: (KINDS.index(row.kind), row.id))
    places = {row.place for row in kept}
    return kept, [row for row in rows if row.place not in places]


def _version(told: Any) -> int:
    if isinstance(told, str) and told.isascii() and told.isdecimal() and len(told) < 20:
        told = int(told)
    if isinstance(told, bool) or not isinstance(told, int) or not 1 <= told <= MOST_VERSION:
        raise Misread("version", _("must be a whole number from 1 that grows with each change"))
    return told


def _value(one: Field, told: Mapping[str, Any]) -> Any:
    try:
        return read_value(one.form, told.get(one.name))
    except Wrong as wrong:
        raise Misread(one.name, str(wrong)) from wrong


def _with_unknown(row: Row, told: Mapping[str, Any]) -> Row:
    """Fields that the contract has not are kept as they came, where they are short."""
    names = {"type", "id", "version", *row.values}
    unknown = {_without_nul(str(name)): _without_nul(value) for name, value in told.items() if name not in names}
    if len(msgspec.json.encode(unknown)) > _MOST_UNKNOWN:
        return row
    return replace(row, unknown=unknown)


def _without_nul(told: Any) -> Any:
    """No text of the database can hold it, and what 1C keeps may have it."""
    if isinstance(told, str):
        return told.replace("\0", "")
    if isinstance(told, Mapping):
        return {_without_nul(str(name)): _without_nul(one) for name, one in told.items()}
    return [_without_nul(one) for one in told] if isinstance(told, list) else told


def _with_percent(row: Row) -> Row:
    """What is paid of an order, in percent, where 1C tells the sums alone."""
    paid, amount = row.values.get("paid"), row.values.get("amount")
    if row.kind != "order" or row.values["paid_percent"] is not None or paid is None or amount is None:
        return row
    if Decimal(amount) <= 0:
        return row
    percent = min(100, max(0, int(Decimal(paid) * 100 / Decimal(amount))))
    return replace(row, values={**row.values, "paid_percent": percent})
