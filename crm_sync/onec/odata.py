"""What is asked of 1C by OData, and what its records are here. No I/O.

Standard OData interface, version 3, answered in JSON: kb.1ci.com, 1C:Enterprise Developer Guide 17.4; crm.md §4.2. Of a
composite type there are two fields, the value and `…_Type`; a tabular section is a list within its document; the empty
date is 0001-01-01. Errors come as `{"odata.error": {"code", "message": {"lang", "value"}}}`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final
from urllib.parse import quote, urlencode

import msgspec

from crm_sync.onec.contract import BOM, STATE, Answer, Misread, Row, Verdict, row_of
from crm_sync.onec.mapping import Part
from crm_sync.onec.values import Form, Wrong, read_value
from trunkline.errors import TrunklineError
from trunkline.notjson import NOT_JSON
from trunkline.web.i18n import gettext as _

ROOT: Final = "odata/standard.odata"
_PHONE: Final = "Телефон"
_KINDS: Final[Mapping[str, str]] = {
    "companies": "counterparty",
    "orders": "order",
    "states": STATE,
    "payments": "payment",
    "debts": "debt",
}
_WHOLE: Final = frozenset({"states", "debts"})
"""Parts of registers: their records have no Ref_Key, and nothing says that they are not any more."""
_EMPTY_BASE: Final = 62_135_596_800_000
"""Milliseconds from 0001-01-01 to 1970: 1C counts its moments so (ТекущаяУниверсальнаяДатаВМиллисекундах)."""


_Line = tuple[Decimal, date | None, Decimal | None]
"""How much is owed, until when, and how much of it is overdue, where 1C says so."""


class Strange(TrunklineError):
    """An answer that is no list of records."""


class _Page(msgspec.Struct):
    value: list[dict[str, Any]]


class _Message(msgspec.Struct):
    value: str = ""


class _Error(msgspec.Struct):
    code: str | int = ""
    message: _Message = msgspec.field(default_factory=_Message)


class _Refusal(msgspec.Struct):
    error: _Error = msgspec.field(name="odata.error")


def version_at(moment: float) -> int:
    """The version of what 1C showed at `moment` (Unix seconds by its own clock), as 1C itself counts."""
    return round(moment * 1000) + _EMPTY_BASE


def query_of(name: str, part: Part, published: str, *, top: int, skip: int, since: date | None) -> str:
    """The address behind the base's, with `$select` of what is needed and an order that stays between pages."""
    fields = list(dict.fromkeys(one.partition(".")[0] for one in part.fields.values()))
    keys = [] if name in _WHOLE else ["Ref_Key", "DeletionMark"]
    posted = ["Posted"] if name in {"orders", "payments"} else []
    said = {"$format": "json", "$select": ",".join([*keys, *posted, *fields]), "$top": str(top), "$skip": str(skip)}
    if name != "debts":
        said["$orderby"] = f"{part.fields['order']} asc" if name in _WHOLE else "Ref_Key asc"
    if expanded := list(dict.fromkeys(one.partition("/")[0] for one in part.fields.values() if "/" in one)):
        said["$expand"] = ",".join(expanded)
    day = f"{part.fields['date']} ge datetime'{since.isoformat()}T00:00:00'" if since and posted else ""
    if conditions := [f"({one})" for one in (part.filter, day) if one]:
        said["$filter"] = " and ".join(conditions)
    path = "/".join(quote(one, safe="()=',") for one in published.split("/"))
    return f"{ROOT}/{path}?{urlencode(said, quote_via=quote)}"


def records_of(body: bytes) -> list[dict[str, Any]]:
    """Raises Strange."""
    try:
        return msgspec.json.decode(body.removeprefix(BOM), type=_Page).value
    except NOT_JSON as error:
        raise Strange(_("1C answered with something that is no list of records")) from error


def error_of(body: bytes) -> str:
    """What 1C calls it, empty where it says nothing that can be read."""
    try:
        told = msgspec.json.decode(body.removeprefix(BOM), type=_Refusal).error
    except NOT_JSON:
        return ""
    return " ".join(told.message.value.split())[:300]


def rows_of(
    name: str, part: Part, records: Sequence[Mapping[str, Any]], version: int
) -> tuple[list[Row], list[Answer]]:
    """Records of a set as rows, and those that are none."""
    rows: list[Row] = []
    wrong: list[Answer] = []
    for place, record in enumerate(records, start=1):
        told = _told(name, part, record)
        try:
            rows.append(row_of({**told, "version": version}, _KINDS[name], place))
        except Misread as misread:
            wrong.append(Answer(place, str(told["id"])[:100], Verdict.REFUSED, misread.field, str(misread)))
    return rows, wrong


@dataclass(frozen=True, slots=True)
class Debts:
    """Who owes what. Of `unread` companies a record could not be read: whether they paid is not known.

    With `nameless`, of some record not even whose it is: of nobody is it known.
    """

    rows: Sequence[Row]
    wrong: Sequence[Answer]
    unread: frozenset[str]
    nameless: bool


def debts_of(part: Part, records: Sequence[Mapping[str, Any]], version: int, today: date) -> Debts:
    """Balances by counterparty: what is past its day is overdue, and the earliest day says for how long."""
    owed: dict[str, list[_Line]] = {}
    wrong: list[Answer] = []
    unread: set[str] = set()
    rows: list[Row] = []
    nameless = False
    for place, record in enumerate(records, start=1):
        company = None
        try:
            company = read_value(Form.ID, _at(record, part.fields["company"]))
            line = _line(part, record)
        except Wrong as error:
            wrong.append(Answer(place, company or "", Verdict.REFUSED, "amount" if company else "company", str(error)))
            unread |= {company} if company else set()
            nameless = nameless or not company
            continue
        if company and line[0] > 0:
            owed.setdefault(company, []).append(line)
    for place, (company, lines) in enumerate(owed.items(), start=1):
        try:
            rows.append(row_of(_debt(company, lines, version, today), "debt", place))
        except Misread as misread:
            wrong.append(Answer(place, company, Verdict.REFUSED, misread.field, str(misread)))
            unread.add(company)
    return Debts(rows, wrong, frozenset(unread), nameless)


def _line(part: Part, record: Mapping[str, Any]) -> _Line:
    """Raises Wrong."""
    due = read_value(Form.END, _field(record, part, "due_on"))
    over = read_value(Form.MONEY, _field(record, part, "overdue"))
    amount = Decimal(read_value(Form.MONEY, _at(record, part.fields["amount"])) or 0)
    return amount, date.fromisoformat(due) if due else None, over and Decimal(over)


def _debt(company: str, lines: Sequence[_Line], version: int, today: date) -> dict[str, Any]:
    late = [(amount, due) for amount, due, _over in lines if due is not None and due < today]
    over = sum((over for _amount, _due, over in lines if over), Decimal(0)) or sum(
        (one for one, _due in late), Decimal(0)
    )
    days = [due for _amount, due, _over in lines if due is not None]
    return {
        "id": company,
        "counterparty": company,
        "version": version,
        "amount": str(sum((amount for amount, _due, _over in lines), Decimal(0))),
        "overdue": str(over),
        "overdue_days": max(((today - due).days for _amount, due in late), default=None),
        "due_on": min(days).isoformat() if days else None,
    }


def _told(name: str, part: Part, record: Mapping[str, Any]) -> dict[str, Any]:
    """A record with the contract's own names."""
    gone = record.get("DeletionMark") is True
    unposted = record.get("Posted") is False
    told: dict[str, Any] = {"id": record.get("Ref_Key")}
    match name:
        case "companies":
            told |= {one: _field(record, part, one) for one in ("name", "inn")}
            told |= {"phones": _phones(record, part), "class": _class(record, part), "deleted": gone}
        case "orders":
            told |= {one: _field(record, part, one) for one in ("number", "date", "amount", *part.paid)}
            told |= {"counterparty": _field(record, part, "company"), "deleted": gone or unposted}
        case "states":
            told = {"id": _field(record, part, "order"), **{one: _field(record, part, one) for one in part.paid}}
        case "payments":
            told |= {one: _field(record, part, one) for one in ("date", "amount")}
            told |= {"counterparty": _field(record, part, "company"), "order": _field(record, part, "order")}
            told["cancelled"] = gone or unposted
    return told


def _field(record: Mapping[str, Any], part: Part, name: str) -> Any:
    return _at(record, part.fields[name], last=name == "deferred_until") if name in part.fields else None


def _at(record: Mapping[str, Any], path: str, *, last: bool = False) -> Any:
    """Of a tabular section what all its rows say, or nothing; with `last` the greatest."""
    if "/" in path:
        reference, _sep, field = path.partition("/")
        inner = record.get(reference)
        return inner.get(field) if isinstance(inner, Mapping) else None
    if "." not in path:
        return record.get(path)
    section, _sep, column = path.partition(".")
    lines = record.get(section)
    found = {str(line.get(column)) for line in lines if isinstance(line, Mapping)} if isinstance(lines, list) else set()
    if last:
        return max(found, default=None)
    return found.pop() if len(found) == 1 else None


def _phones(record: Mapping[str, Any], part: Part) -> list[str]:
    """Of the section of contact information (its columns are those of the standard subsystem library)."""
    if "phones" not in part.fields:
        return []
    lines = record.get(part.fields["phones"])
    if not isinstance(lines, list):
        return [lines] if isinstance(lines, str) else []
    phones = [
        str(line.get("НомерТелефона") or line.get("Представление") or "")
        for line in lines
        if isinstance(line, Mapping) and line.get("Тип") == _PHONE
    ]
    return [one for one in phones if one]


def _class(record: Mapping[str, Any], part: Part) -> str | None:
    for name in ("client", "supplier"):
        if name in part.fields and _at(record, part.fields[name]) is True:
            return name
    return None
