"""crm.item.*: any object of the CRM by `entityTypeId`, with names in camel case (crm.md §2.6). No I/O here.

Of crm.item.add.json, get, list, update, delete, batchImport: fields nobody knows are ignored in silence, `fm` are the
fields with several values, names that differ from the older ones are in `_SPECIAL`.
"""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

from tests.fakes.bitrix24.answers import Page, Refused
from tests.fakes.bitrix24.entities import COMPANY, DEAL, LEAD, MULTIPLE
from tests.fakes.bitrix24.listing import PAGE, Row, arranged, matches, paged
from tests.fakes.bitrix24.wire import listed, number
from tests.fakes.bitrix24.world import Ask, Method, World

_MOST_IMPORTED: Final = 20
_SPECIAL: Final = {
    "createdTime": "DATE_CREATE",
    "updatedTime": "DATE_MODIFY",
    "createdBy": "CREATED_BY_ID",
    "updatedBy": "MODIFY_BY_ID",
    "movedTime": "MOVED_TIME",
}
_ENDS: Final = {"WON": "S", "CONVERTED": "S", "LOSE": "F", "JUNK": "F", "APOLOGY": "F"}
"""`SEMANTICS` of the portal's own stages (resultExample of crm.status.list.json); others go on."""
_BACK: Final = {old: new for new, old in _SPECIAL.items()}
_KEY = re.compile(r"^(\W*)(.+)$")


def _old(name: str, kind: int) -> str:
    """`assignedById` as ASSIGNED_BY_ID; a lead's `stageId` is its STATUS_ID."""
    if kind == LEAD and name == "stageId":
        return "STATUS_ID"
    if kind == COMPANY and name == "typeId":
        return "COMPANY_TYPE"
    return _SPECIAL.get(name) or re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).upper()


def _new(name: str, kind: int) -> str:
    if kind == LEAD and name == "STATUS_ID":
        return "stageId"
    if kind == COMPANY and name == "COMPANY_TYPE":
        return "typeId"
    first, *rest = name.lower().split("_")
    return _BACK.get(name) or first + "".join(f"_{one}" if one[:1].isdigit() else one.capitalize() for one in rest)


def _kind(ask: Ask) -> int:
    kind = number(ask.params["entityTypeId"])
    if kind is None or kind < 1:
        raise Refused("NOT_FOUND", "Смарт-процесс не найден")
    return kind


def _told(row: Row, ask: Ask, kind: int, names: set[str] | None = None) -> Row:
    """Ids are numbers here; `fm` is told only to who asks for it, or for one item."""
    is_old = str(ask.params.get("useOriginalUfNames", "N")) in {"Y", "True"}
    told: Row = {}
    for name, value in row.items():
        if name in MULTIPLE:
            continue
        shown = name if is_old and name.startswith("UF_") else _new(name, kind)
        whole = number(value) if name.endswith("ID") and name not in {"ORIGIN_ID", "ORIGINATOR_ID"} else None
        told[shown] = value if whole is None else whole
    if kind in {LEAD, DEAL}:
        told["stageSemanticId"] = _ENDS.get(str(told.get("stageId")).rpartition(":")[2], "P")
    told["fm"] = [
        {"id": int(one["ID"]), "typeId": one["TYPE_ID"], "valueType": one["VALUE_TYPE"], "value": one["VALUE"]}
        for name in MULTIPLE
        for one in row[name]
    ]
    if names is None:
        return told
    return {name: value for name, value in told.items() if name in names | {"id"} or ("*" in names and name != "fm")}


def _fields(world: World, said: dict[str, Any], kind: int) -> Row:
    """What the specification knows, and user fields that were added; the rest is ignored."""
    spec = world.specs.find("crm.item.add")
    known = {field.name for field in spec.within["fieldsFields"]} if spec else set()
    own = {row["FIELD_NAME"] for row in world.user_fields.get(kind, {}).values()}
    fields: Row = {_old(name, kind): value for name, value in said.items() if name in known - {"fm"}}
    for name, value in said.items():
        old = name if name.startswith("UF_") else _old(name, kind)
        if old in own:
            fields[old] = value
    for one in listed(said.get("fm")):
        entry = {"VALUE": one.get("value"), "VALUE_TYPE": one.get("valueType", "WORK"), "ID": one.get("id", "")}
        fields.setdefault(str(one["typeId"]), []).append(entry)
    return fields


def _found(world: World, ask: Ask, kind: int) -> Row:
    found = world.crm.of(kind).get(number(ask.params["id"]) or 0)
    if found is None:
        raise Refused("NOT_FOUND", "Элемент не найден")
    return found


async def add(world: World, ask: Ask) -> object:
    """The item as it was made. No key makes a repeat one: look by `originatorId` and `originId` first."""
    kind = _kind(ask)
    fields = _fields(world, ask.params["fields"], kind)
    made = world.crm.add(kind, fields, user=ask.who.user, connector=ask.connector)
    return {"item": _told(world.crm.of(kind)[made], ask, kind)}


async def get(world: World, ask: Ask) -> object:
    """One."""
    kind = _kind(ask)
    return {"item": _told(_found(world, ask, kind), ask, kind)}


async def items(world: World, ask: Ask) -> object:
    """A page; `start=-1` counts nothing."""
    kind = _kind(ask)
    conditions: Row = {}
    for key, value in (ask.params.get("filter") or {}).items():
        found = _KEY.match(key)
        assert found is not None
        conditions[found.group(1) + _old(found.group(2), kind)] = value
    order = {_old(name, kind): way for name, way in (ask.params.get("order") or {"id": "ASC"}).items()}
    rows = world.crm.of(kind)
    if order == {"ID": "ASC"} and number(ask.params.get("start")) == -1:
        page = Page(list(islice((row for row in _behind(rows, conditions) if matches(row, conditions)), PAGE)))
    else:
        page = paged(
            arranged([row for row in rows.values() if matches(row, conditions)], order), ask.params.get("start")
        )
    names = {str(name) for name in listed(ask.params.get("select"))} or {"*"}
    assert isinstance(page.result, list)
    return Page({"items": [_told(row, ask, kind, names) for row in page.result]}, page.total, page.next)


def _behind(rows: dict[int, Row], conditions: Row) -> Iterator[Row]:
    """In the order of their ids, from the one that is asked for: what makes `start=-1` fast (crm.md §2.6)."""
    first = number(conditions.get(">ID")) or 0
    return (rows[at] for at in range(first + 1, max(rows, default=0) + 1) if at in rows)


async def update(world: World, ask: Ask) -> object:
    """The item as it became."""
    kind = _kind(ask)
    row = _found(world, ask, kind)
    fields = _fields(world, ask.params["fields"], kind)
    world.crm.update(kind, int(row["ID"]), fields, user=ask.who.user, connector=ask.connector)
    return {"item": _told(row, ask, kind)}


async def delete(world: World, ask: Ask) -> object:
    """Answers `[]`."""
    kind = _kind(ask)
    world.crm.delete(kind, int(_found(world, ask, kind)["ID"]), user=ask.who.user, connector=ask.connector)
    return []


async def batch_import(world: World, ask: Ask) -> object:
    """At most 20 at once (crm.md §2.6)."""
    kind, rows = _kind(ask), listed(ask.params["data"])
    if len(rows) > _MOST_IMPORTED:
        raise Refused("MAX_IMPORT_BATCH_SIZE_EXCEEDED", "Too many elements")  # the code is ours
    made = [world.crm.add(kind, _fields(world, row, kind), user=ask.who.user) for row in rows]
    return {"items": [{"item": {"id": one}} for one in made]}


async def fields(world: World, ask: Ask) -> object:
    """A few of the portal's own, and all that were added (crm.item.fields.json)."""
    kind, is_old = _kind(ask), str(ask.params.get("useOriginalUfNames", "N")) in {"Y", "True"}
    told = {"id": _field("integer", "ID", "ID"), "title": _field("string", "Название", "TITLE")}
    for row in world.user_fields.get(kind, {}).values():
        name = row["FIELD_NAME"]
        one = _field(row["USER_TYPE_ID"], str(row.get("LABEL", name)), name) | {
            "isDynamic": True, "isMultiple": row.get("MULTIPLE") == "Y",
        }  # fmt: skip
        told[name if is_old else _new(name, kind)] = one
    return {"fields": told}


def _field(kind: str, title: str, upper: str) -> Row:
    flags = dict.fromkeys(("isRequired", "isReadOnly", "isImmutable", "isMultiple", "isDynamic"), False)
    return {"type": kind, **flags, "title": title, "upperName": upper}


METHODS: Final[dict[str, Method]] = {
    "crm.item.fields": fields,
    "crm.item.add": add,
    "crm.item.get": get,
    "crm.item.list": items,
    "crm.item.update": update,
    "crm.item.delete": delete,
    "crm.item.batchImport": batch_import,
}
