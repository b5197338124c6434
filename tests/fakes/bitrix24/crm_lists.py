"""crm.contact/company/lead/deal.add, get, list, update, delete; duplicates, activities, comments. No I/O here.

Of the vendor's specifications of these names; the words of "Not found" are those of crm-contact-get.md.
"""

from collections.abc import Iterable
from typing import Final

from tests.fakes.bitrix24 import numbers
from tests.fakes.bitrix24.answers import Refused
from tests.fakes.bitrix24.entities import MULTIPLE, TYPES
from tests.fakes.bitrix24.listing import Row, arranged, matches, paged
from tests.fakes.bitrix24.wire import iso, listed, number
from tests.fakes.bitrix24.world import Ask, Method, World

_MOST_VALUES: Final = 20


def _kind(ask: Ask) -> int:
    return TYPES[ask.method.split(".")[1].upper()]


def _row(world: World, ask: Ask) -> Row:
    found = world.crm.of(_kind(ask)).get(number(ask.params.get("id")) or 0)
    if found is None:
        raise Refused("", "Not found")
    return found


async def add(world: World, ask: Ask) -> object:
    """The new id."""
    return world.crm.add(_kind(ask), ask.params.get("fields") or {}, user=ask.who.user, connector=ask.connector)


async def get(world: World, ask: Ask) -> object:
    """All fields, those with several values too."""
    return _row(world, ask)


async def update(world: World, ask: Ask) -> object:
    """True."""
    entity, fields = int(_row(world, ask)["ID"]), ask.params.get("fields") or {}
    world.crm.update(_kind(ask), entity, fields, user=ask.who.user, connector=ask.connector)
    return True


async def delete(world: World, ask: Ask) -> object:
    """True."""
    world.crm.delete(_kind(ask), int(_row(world, ask)["ID"]), user=ask.who.user, connector=ask.connector)
    return True


async def rows(world: World, ask: Ask) -> object:
    """Without `select` neither UF_* nor fields with several values are answered (the description of `select`)."""
    return _listed(world.crm.of(_kind(ask)).values(), ask)


def _listed(found: Iterable[Row], ask: Ask) -> object:
    kept = [row for row in found if matches(row, ask.params.get("filter") or {})]
    page = paged(arranged(kept, ask.params.get("order") or {"ID": "ASC"}), ask.params.get("start"))
    names = {str(name) for name in listed(ask.params.get("select"))} or {"*"}
    assert isinstance(page.result, list)
    told = [{name: value for name, value in row.items() if name == "ID" or _chosen(name, names)} for row in page.result]
    return type(page)(told, page.total, page.next)


def _chosen(name: str, names: set[str]) -> bool:
    if name.startswith("UF_"):
        return bool({name, "UF_*"} & names)
    return name in names or ("*" in names and name not in MULTIPLE)


async def duplicates(world: World, ask: Ask) -> object:
    """By telephone or e-mail; when one type has 20, those after it are not answered (crm.md §2.6)."""
    column, values = str(ask.params.get("type")), [str(one) for one in listed(ask.params.get("values"))]
    if column not in {"PHONE", "EMAIL"} or not values:
        raise Refused("", "Communication type or values are not defined")  # the words are ours
    only, last = ask.params.get("entity_type"), world.rules.phone_digits
    told: dict[str, list[int]] = {}
    for name in ("LEAD", "CONTACT", "COMPANY"):
        if only and only != name:
            continue
        found = [
            int(row["ID"]) for row in world.crm.of(TYPES[name]).values()
            if any(
                numbers.same(one["VALUE"], value, last) if column == "PHONE" else one["VALUE"].lower() == value.lower()
                for one in row[column] for value in values[:_MOST_VALUES]
            )
        ]  # fmt: skip
        if found:
            told[name] = found[:_MOST_VALUES]
        if len(found) >= _MOST_VALUES:
            break
    return told or []


async def activity(world: World, ask: Ask) -> object:
    """One."""
    found = world.activities.get(number(ask.params.get("id")) or 0)
    if found is None:
        raise Refused("", "Activity is not found")
    return found


async def activities(world: World, ask: Ask) -> object:
    """By any field."""
    return _listed(world.activities.values(), ask)


async def bind_activity(world: World, ask: Ask) -> object:
    """To one more object (crm.activity.binding.add.json)."""
    at, kind, entity = (number(ask.params[name]) or 0 for name in ("activityId", "entityTypeId", "entityId"))
    if at not in world.activities or entity not in world.crm.of(kind):
        raise Refused("NOT_FOUND", "Element is not found")
    world.bindings.setdefault(at, set()).add((kind, entity))
    return True


async def comment(world: World, ask: Ask) -> object:
    """In the timeline of an object (crm.timeline.comment.add)."""
    world.comments.append({"ID": world.take(), "CREATED": iso(world.now()), **ask.params["fields"]})
    return world.comments[-1]["ID"]


async def statuses(world: World, ask: Ask) -> object:
    """Dictionaries; `ENTITY_ID=SOURCE` are the values of CRM_SOURCE."""
    return [row for row in world.statuses if matches(row, ask.params.get("filter") or {})]


_OF_EACH: Final[dict[str, Method]] = {"add": add, "get": get, "list": rows, "update": update, "delete": delete}
METHODS: Final[dict[str, Method]] = {
    **{f"crm.{kind.lower()}.{what}": method for kind in TYPES for what, method in _OF_EACH.items()},
    "crm.duplicate.findbycomm": duplicates,
    "crm.activity.get": activity,
    "crm.activity.list": activities,
    "crm.activity.binding.add": bind_activity,
    "crm.timeline.comment.add": comment,
    "crm.status.list": statuses,
}
