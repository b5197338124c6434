"""Items of a portal's CRM: how they are asked for, page by page in one batch, and what they are here. No I/O here.

Names are those of crm.item.list (`entityTypeId`, camel case, `fm` for numbers and addresses: crm.md §2.6 and the
vendor's specifications). A page has 50; with `start=-1` nothing is counted. A later page of a batch goes on behind the
last id of the one before it, by `$result`; behind one that was not full it means nothing, and is not read.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final
from urllib.parse import urlencode

import msgspec

from crm_sync.answer import Strange
from crm_sync.bitrix24.deal_fields import order_of
from crm_sync.bitrix24.wire import Bad, read
from crm_sync.mirror import Read, own_contact
from trunkline.calls.phone import NamedKind, parse
from trunkline.ids import uuid7
from trunkline.web.i18n import gettext as _

PAGE: Final = 50
_NOTHING: Final[Mapping[str, str]] = {}
OVERLAP: Final = timedelta(minutes=2)
"""Changes are asked for from so long before (crm.md §6.6): a row is seen some time after it says it was changed."""
TYPES: Final[Mapping[str, int]] = {"companies": 4, "contacts": 3, "leads": 1, "deals": 2}
_COMMON: Final = ("id", "createdTime", "updatedTime", "assignedById")
_OPEN: Final = ("title", "stageId", "stageSemanticId", "movedTime", "companyId", "contactId")
_SELECT: Final[Mapping[str, tuple[str, ...]]] = {
    "companies": (*_COMMON, "title", "typeId", "fm"),
    "contacts": (*_COMMON, "name", "secondName", "lastName", "typeId", "companyId", "fm"),
    "leads": (*_COMMON, *_OPEN, "name", "lastName", "fm"),
    "deals": (*_COMMON, *_OPEN, "leadId", "opportunity"),
}
_CLASSES: Final = {"CLIENT": "client", "CUSTOMER": "client", "SUPPLIER": "supplier", "PARTNER": "partner"}
"""Of the portal's own dictionaries CONTACT_TYPE and COMPANY_TYPE; a type that a company has added is unknown to us."""
_ENDED: Final = frozenset({"S", "F"})
_MOST_PHONES: Final = 20
_LONGEST_NAME, _LONGEST_TITLE, _LONGEST_STAGE = 300, 500, 100
_MOST_AMOUNT: Final = 10**12


_Moment = Annotated[datetime, msgspec.Meta(tz=True)]


_MOST_ID: Final = 2**63 - 1
_Id = Annotated[int, msgspec.Meta(ge=0, le=_MOST_ID)]


class _Value(msgspec.Struct, rename="camel"):
    type_id: str = ""
    value: str = ""


class _Item(msgspec.Struct, rename="camel"):
    """What is read of an item; what else it has is not looked at."""

    id: _Id
    updated_time: _Moment
    created_time: _Moment | None = None
    assigned_by_id: _Id | None = None
    title: str | None = None
    name: str | None = None
    second_name: str | None = None
    last_name: str | None = None
    type_id: str | None = None
    company_id: _Id | None = None
    contact_id: _Id | None = None
    lead_id: _Id | None = None
    stage_id: str | None = None
    stage_semantic_id: str | None = None
    moved_time: _Moment | None = None
    opportunity: float | None = None
    fm: list[_Value] | None = None


def commands(
    entity: str, after: int, pages: int, since: datetime | None = None, own: Iterable[str] = ()
) -> dict[str, str]:
    """So many pages behind the id `after` as one batch; with `since` of what changed from shortly before it.

    `own` are fields of the company's that are asked for too, under their names in the portal.
    """
    asked = {}
    for page in range(pages):
        behind = str(after) if page == 0 else f"$result[p{page - 1}][items][{PAGE - 1}][id]"
        said = [("entityTypeId", str(TYPES[entity])), ("start", "-1"), ("order[id]", "ASC"), ("filter[>id]", behind)]
        if since is not None:
            said.append(("filter[>=updatedTime]", (since - OVERLAP).isoformat(timespec="seconds")))
        said += _selected(entity, own)
        asked[f"p{page}"] = f"crm.item.list?{urlencode(said)}"
    return asked


def named(entity: str, ids: Iterable[int], own: Iterable[str] = ()) -> dict[str, str]:
    """Items by their ids, at most a page of them, as a batch of one."""
    said = [("entityTypeId", str(TYPES[entity])), ("start", "-1"), ("order[id]", "ASC")]
    said += [("filter[@id][]", str(one)) for one in ids]
    return {"p0": f"crm.item.list?{urlencode([*said, *_selected(entity, own)])}"}


def _selected(entity: str, own: Iterable[str]) -> list[tuple[str, str]]:
    said = [("select[]", name) for name in (*_SELECT[entity], *own)]
    return [*said, ("useOriginalUfNames", "Y")] if own else said


def told(
    entity: str, after: int, pages: int, answer: Any, now: datetime, fields: Mapping[str, str] = _NOTHING
) -> tuple[Read | None, Bad | None]:
    """What of a batch was read, in its order, and what ended it; raises Strange. `fields` are those of deal_fields.

    What stands before a page that was refused is as good as any. Ids have to grow: else a page is no list behind the
    one before it, and a sweep would take for gone what it did not see.
    """
    if not isinstance(answer, dict):
        raise Strange(_("the portal answered a batch with no list of results"))
    items: list[Mapping[str, Any]] = []
    last, more, bad, at = after, True, None, None
    for page in range(pages):
        if (bad := refusal_of(answer.get("result_error"), f"p{page}", page)) is not None:
            break
        found = _page(of_batch(answer.get("result"), f"p{page}", page))
        at = at or _started(of_batch(answer.get("result_time"), f"p{page}", page))
        for one in found:
            last = _grown(one, last)
        items += found
        if len(found) < PAGE:
            more = False
            break
    if bad is not None and not items:
        return None, bad
    return _read(entity, items, last if more else None, at or now, fields), bad


def of_batch(results: Any, key: str, place: int) -> Any:
    """The part of one command; PHP makes a list of what was numbered, and `[]` of nothing."""
    if isinstance(results, dict):
        return results.get(key)
    return results[place] if isinstance(results, list) and place < len(results) else None


def refusal_of(errors: Any, key: str, place: int) -> Bad | None:
    """Of one command of a batch."""
    said = of_batch(errors, key, place)
    if not isinstance(said, dict) or "error" not in said:
        return None
    found = read(200, msgspec.json.encode({name: said.get(name, "") for name in ("error", "error_description")}))
    return found if isinstance(found, Bad) else None


def _page(result: Any) -> Sequence[Mapping[str, Any]]:
    items = result.get("items") if isinstance(result, dict) else None
    if not isinstance(items, list) or len(items) > PAGE or not all(isinstance(one, dict) for one in items):
        raise Strange(_("the portal answered with something other than a page of items"))
    return items


def _grown(item: Mapping[str, Any], last: int) -> int:
    identifier = item.get("id")
    if isinstance(identifier, str) and identifier.isdecimal():
        identifier = int(identifier[:19])
    if not isinstance(identifier, int) or not last < identifier <= _MOST_ID:
        raise Strange(_("the portal's items are not in the order of their ids"))
    return identifier


def _started(time: Any) -> datetime | None:
    start = time.get("start") if isinstance(time, dict) else None
    return datetime.fromtimestamp(start, UTC) if isinstance(start, int | float) and 0 < start < 1e11 else None


def _read(
    entity: str, items: Sequence[Mapping[str, Any]], last: int | None, at: datetime, fields: Mapping[str, str]
) -> Read:
    records, contacts, orders, unread = [], [], [], 0
    for one in items:
        try:
            item = msgspec.convert(one, _Item, strict=False)
        except msgspec.ValidationError:
            unread += 1  # it stays as it was here; the page tells how many there are
            continue
        record = _RECORDS[entity](item)
        records.append(record)
        if entity == "companies":
            contacts.append(_company_contact(item, record))
        if fields and (order := order_of(one, record, fields)) is not None:
            orders.append(order)
    ids = [str(one["id"]) for one in items]
    return Read(records, contacts, ids, unread, last, at, orders if fields else None)


def _common(item: _Item) -> dict[str, Any]:
    return {
        "id": str(uuid7(item.updated_time.timestamp())),
        "external_id": str(item.id),
        "version": round(item.updated_time.timestamp() * 1000),
        "assigned": item.assigned_by_id,
    }


def _company(item: _Item) -> dict[str, Any]:
    name = _clean(item.title, _LONGEST_NAME) or f"#{item.id}"
    return _common(item) | {"name": name, "class": _CLASSES.get(item.type_id or "", "unknown")}


def _company_contact(item: _Item, record: Mapping[str, Any]) -> dict[str, Any]:
    own = {"id": str(uuid7(item.updated_time.timestamp())), "external_id": own_contact(record["external_id"])}
    return {**record, **own, "company": record["external_id"], "email": _email(item), "phones": _phones(item)}


def _contact(item: _Item) -> dict[str, Any]:
    phones = _phones(item)
    name = _clean(" ".join(filter(None, (item.name, item.second_name, item.last_name))), _LONGEST_NAME)
    return _common(item) | {
        "name": name or next(iter(phones), f"#{item.id}"),
        "class": _CLASSES.get(item.type_id or "", "unknown"),
        "company": _named(item.company_id),
        "email": _email(item),
        "phones": phones,
    }


def _open(item: _Item) -> dict[str, Any]:
    """What leads and deals share; one that has ended ended when it came to its stage."""
    ended = (item.moved_time or item.updated_time) if item.stage_semantic_id in _ENDED else None
    return _common(item) | {
        "title": _clean(item.title, _LONGEST_TITLE),
        "stage": _clean(item.stage_id, _LONGEST_STAGE) or "new",
        "company": _named(item.company_id),
        "contact": _named(item.contact_id),
        "opened_at": (item.created_time or item.updated_time).isoformat(),
        "closed_at": ended.isoformat() if ended else None,
    }


def _lead(item: _Item) -> dict[str, Any]:
    name = _clean(" ".join(filter(None, (item.name, item.last_name))), _LONGEST_TITLE)
    record = _open(item) | {"phone": next(iter(_phones(item)), None)}
    return record | {"title": record["title"] or name}


def _deal(item: _Item) -> dict[str, Any]:
    amount = item.opportunity or 0.0
    good = abs(amount) < _MOST_AMOUNT  # and a number at all
    return _open(item) | {"lead": _named(item.lead_id), "amount": round(amount, 2) if good else 0}


def _phones(item: _Item) -> list[str]:
    """Each number once; what is none in any spelling is left out."""
    return list(dict.fromkeys(_numbers(item)))[:_MOST_PHONES]


def _numbers(item: _Item) -> Iterator[str]:
    for one in item.fm or ():
        if one.type_id == "PHONE" and not isinstance(number := parse(one.value[:100]), NamedKind):
            yield str(number)


def _email(item: _Item) -> str | None:
    values = (_clean(one.value, _LONGEST_NAME) for one in item.fm or () if one.type_id == "EMAIL")
    return next(filter(None, values), None)


def _named(identifier: int | None) -> str | None:
    """The portal says 0 for nobody."""
    return str(identifier) if identifier else None


def _clean(text: str | None, longest: int) -> str:
    return " ".join((text or "").replace("\0", " ").split())[:longest]


_RECORDS: Final[Mapping[str, Callable[[_Item], dict[str, Any]]]] = {
    "companies": _company,
    "contacts": _contact,
    "leads": _lead,
    "deals": _deal,
}
