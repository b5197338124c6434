"""Contacts, companies and leads of an account: how they are asked for, and what they are here. No I/O here.

Fields are those of the vendor's reference of contacts, companies and leads; lists go in the order of changes.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

import msgspec

from crm_sync.amocrm.matching import rows_of
from crm_sync.amocrm.paging import MOST_SECONDS, PAGE, next_page, page_of
from crm_sync.amocrm.wire import Query
from crm_sync.answer import Strange
from crm_sync.mirror import Read, own_contact
from trunkline.calls.phone import NamedKind, parse
from trunkline.ids import uuid7

NAMED: Final = 100
"""So many are asked for by their ids at once: the address of more is longer than servers take."""
OVERLAP: Final = timedelta(minutes=2)
"""Changes are asked for from so long before (crm.md §6.6): a row is seen some time after it says it was changed."""
_SKEW: Final = timedelta(minutes=10)
"""What the clocks of both may differ by."""
PATHS: Final[Mapping[str, str]] = {"companies": "companies", "contacts": "contacts", "deals": "leads"}
_WITH: Final[Mapping[str, Query]] = {
    "companies": [("with", "customers")],
    "contacts": [("with", "customers")],
    "deals": [("with", "contacts")],
}
_CLOSED: Final = frozenset({142, 143})
_DELETED: Final = "deleted"
"""How the mirror marks a deal that is gone: no stage of an account may be taken for it."""
_MOST_PHONES: Final = 20
_LONGEST_NAME, _LONGEST_TITLE, _LONGEST_STAGE = 300, 500, 100
_MOST_AMOUNT: Final = 10**12

_Id = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
_Seconds = Annotated[int, msgspec.Meta(ge=0, le=MOST_SECONDS)]
"""What is beyond is no id and no moment of anybody's, and neither a row nor a calendar has room for it."""

Stages = Mapping[tuple[int, int], str]
"""Names of stages, by pipeline and status."""


class _Value(msgspec.Struct):
    value: Any = None


class _Field(msgspec.Struct):
    field_code: str | None = None
    values: list[_Value] | None = None


class _Named(msgspec.Struct):
    id: _Id
    is_main: bool | None = None


class _Embedded(msgspec.Struct):
    companies: list[_Named] = []
    contacts: list[_Named] = []
    customers: list[_Named] | None = None
    """Of a contact or company, where the account has customers at all."""


class _Item(msgspec.Struct):
    """What is read of one; what else it has is not looked at."""

    id: _Id
    updated_at: _Seconds
    created_at: _Seconds | None = None
    name: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    responsible_user_id: _Id | None = None
    price: float | None = None
    pipeline_id: int | None = None
    status_id: int | None = None
    closed_at: _Seconds | None = None
    is_deleted: bool | None = None
    custom_fields_values: list[_Field] | None = None
    embedded: _Embedded = msgspec.field(default_factory=_Embedded, name="_embedded")


def changed(entity: str, since: datetime, cursor: int) -> Query:
    """A page of what changed from shortly before `since`, behind `cursor`: 0, or what `told` gave last."""
    return [*page_of(_start(since), cursor), *_WITH.get(entity, ())]


def named(entity: str, ids: Sequence[int]) -> Query:
    """Those of `ids`, at most NAMED, that are there."""
    asked = [(f"filter[id][{place}]", one) for place, one in enumerate(ids)]
    return [*asked, ("limit", PAGE), *_WITH.get(entity, ())]


def told_changes(entity: str, result: Any, since: datetime, cursor: int, stages: Stages, now: datetime) -> Read:
    """A page of changes; raises Strange where they are not in the order of their times, which pages go on by.

    `at` of it is until when changes are read by now: what was changed last, but neither in the future nor long ago.
    """
    rows = rows_of(result, PATHS[entity])
    following, last = next_page(result, rows, _start(since), cursor)
    newest = datetime.fromtimestamp(min(last, int(now.timestamp())), UTC)
    return _read(entity, rows, stages, following, max(newest, now - _SKEW))


def told_named(entity: str, result: Any, ids: Sequence[int], stages: Stages, now: datetime) -> Read:
    """Of the rows that are there, for `ids` were asked for; raises Strange for others."""
    rows = rows_of(result, PATHS[entity])
    if not {row.get("id") for row in rows} <= set(ids):
        raise Strange("the account shows other records than were asked for")
    return _read(entity, rows, stages, ids[-1] if len(ids) == NAMED else None, now)


def stages_of(result: Any) -> Stages:
    """Of the list of pipelines."""
    return {
        (pipeline["id"], status["id"]): str(status.get("name") or "")
        for pipeline in rows_of(result, "pipelines")
        for status in rows_of(pipeline, "statuses")
        if isinstance(pipeline.get("id"), int) and isinstance(status.get("id"), int)
    }


def _start(since: datetime) -> int:
    return max(0, int((since - OVERLAP).timestamp()))


def _read(entity: str, rows: Sequence[Mapping[str, Any]], stages: Stages, last: int | None, at: datetime) -> Read:
    records, contacts, ids, unread = [], [], [], 0
    for row in rows:
        if row.get("is_deleted") is True:
            continue  # in the trash: as good as gone
        if isinstance(row.get("id"), int):
            ids.append(str(row["id"]))
        try:
            item = msgspec.convert(row, _Item)
        except msgspec.ValidationError:
            unread += 1  # it stays as it was here; the page tells how many there are
            continue
        record = _deal(item, stages) if entity == "deals" else _RECORDS[entity](item)
        records.append(record)
        if entity == "companies":
            contacts.append(_company_contact(item, record))
    return Read(records, contacts, ids, unread, last, at)


def _common(item: _Item) -> dict[str, Any]:
    return {
        "id": str(uuid7(item.updated_at)),
        "external_id": str(item.id),
        "version": item.updated_at * 1000,
        "assigned": item.responsible_user_id,
    }


def _company(item: _Item) -> dict[str, Any]:
    return _common(item) | {"name": _clean(item.name, _LONGEST_NAME) or f"#{item.id}", "class": _class(item)}


def _company_contact(item: _Item, record: Mapping[str, Any]) -> dict[str, Any]:
    own = {"id": str(uuid7(item.updated_at)), "external_id": own_contact(record["external_id"])}
    return {**record, **own, "company": record["external_id"], "email": _email(item), "phones": _phones(item)}


def _contact(item: _Item) -> dict[str, Any]:
    phones = _phones(item)
    name = item.name or " ".join(filter(None, (item.first_name, item.last_name)))
    return _common(item) | {
        "name": _clean(name, _LONGEST_NAME) or next(iter(phones), f"#{item.id}"),
        "class": _class(item),
        "company": _first(item.embedded.companies),
        "email": _email(item),
        "phones": phones,
    }


def _class(item: _Item) -> str:
    """Who buys again is a customer there, and our client; of anybody else the account does not say what he is."""
    return "client" if item.embedded.customers else "unknown"


def _deal(item: _Item, stages: Stages) -> dict[str, Any]:
    """One that is won or lost ended when it says so."""
    name = _clean(stages.get((item.pipeline_id or 0, item.status_id or 0)), _LONGEST_STAGE)
    ended = (item.closed_at or item.updated_at) if item.status_id in _CLOSED else None
    amount = item.price or 0.0
    main = [one for one in item.embedded.contacts if one.is_main] or item.embedded.contacts
    return _common(item) | {
        "title": _clean(item.name, _LONGEST_TITLE),
        "stage": name if name not in {"", _DELETED} else str(item.status_id or "new"),
        "company": _first(item.embedded.companies),
        "contact": _first(main),
        "lead": None,
        "amount": round(amount, 2) if abs(amount) < _MOST_AMOUNT else 0,
        "opened_at": _moment(item.created_at or item.updated_at),
        "closed_at": _moment(ended) if ended else None,
    }


def _phones(item: _Item) -> list[str]:
    """Each number once; what is none in any spelling is left out."""
    numbers = (parse(text[:100]) for text in _values(item, "PHONE"))
    return list(dict.fromkeys(str(one) for one in numbers if not isinstance(one, NamedKind)))[:_MOST_PHONES]


def _email(item: _Item) -> str | None:
    return next(filter(None, (_clean(text, _LONGEST_NAME) for text in _values(item, "EMAIL"))), None)


def _values(item: _Item, code: str) -> Iterator[str]:
    for field in item.custom_fields_values or ():
        if field.field_code == code:
            yield from (str(one.value) for one in field.values or () if isinstance(one.value, str | int))


def _first(rows: Sequence[_Named]) -> str | None:
    return str(rows[0].id) if rows else None


def _moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def _clean(text: str | None, longest: int) -> str:
    return " ".join((text or "").replace("\0", " ").split())[:longest]


_RECORDS: Final[Mapping[str, Callable[[_Item], dict[str, Any]]]] = {"companies": _company, "contacts": _contact}
