"""User fields of leads, deals, contacts and companies, and activities a client adds itself. No I/O here.

Of crm.lead.userfield.add.json and its neighbours, crm.activity.add.json, .update.json, crm.activity.todo.add.json.
"""

from typing import Final

from tests.fakes.bitrix24.answers import Refused
from tests.fakes.bitrix24.entities import TYPES
from tests.fakes.bitrix24.listing import Row, matches
from tests.fakes.bitrix24.wire import iso, number
from tests.fakes.bitrix24.world import Ask, Method, World


def _kind(ask: Ask) -> int:
    return TYPES[ask.method.split(".")[1].upper()]


async def add_field(world: World, ask: Ask) -> object:
    """The new id; the name gets `UF_CRM_` before it (the example of crm.lead.userfield.get.json)."""
    fields = ask.params["fields"]
    name = f"UF_CRM_{str(fields['FIELD_NAME']).removeprefix('UF_CRM_')}".upper()
    held = world.user_fields.setdefault(_kind(ask), {})
    if any(row["FIELD_NAME"] == name for row in held.values()):
        raise Refused("ERROR_CORE", f"Поле {name} уже существует")  # the words are ours
    number_ = world.take()
    kind = ask.method.split(".")[1].upper()
    held[number_] = {**fields, "ID": str(number_), "ENTITY_ID": f"CRM_{kind}", "FIELD_NAME": name}
    return number_


async def fields_of(world: World, ask: Ask) -> object:
    """All that meet the filter."""
    held = world.user_fields.get(_kind(ask), {}).values()
    return [row for row in held if matches(row, ask.params.get("filter") or {})]


def _field(world: World, ask: Ask) -> Row:
    found = world.user_fields.get(_kind(ask), {}).get(number(ask.params.get("id")) or 0)
    if found is None:
        raise Refused("ERROR_NOT_FOUND", "The entity with ID is not found.")
    return found


async def field_of(world: World, ask: Ask) -> object:
    """One."""
    return _field(world, ask)


async def delete_field(world: World, ask: Ask) -> object:
    """True."""
    del world.user_fields[_kind(ask)][int(_field(world, ask)["ID"])]
    return True


def _activity(world: World, ask: Ask, fields: Row) -> int:
    at, owner = world.take(), (number(fields.get("OWNER_TYPE_ID")) or 0, number(fields.get("OWNER_ID")) or 0)
    if owner[1] not in world.crm.of(owner[0]):
        raise Refused("", "Owner is not found")  # the words are ours
    usual = {"COMPLETED": "N", "CREATED": iso(world.now()), "LAST_UPDATED": iso(world.now())}
    world.activities[at] = {**usual, "ID": str(at), "RESPONSIBLE_ID": str(ask.who.user)} | fields
    world.bindings[at] = {owner}
    event = {"FIELDS": {"ID": str(at)}}
    world.events.emit("ONCRMACTIVITYADD", event, user=ask.who.user, connector=ask.connector)
    return at


async def add_activity(world: World, ask: Ask) -> object:
    """The new id."""
    return _activity(world, ask, ask.params.get("fields") or {})


async def update_activity(world: World, ask: Ask) -> object:
    """True."""
    found = world.activities.get(number(ask.params.get("id")) or 0)
    if found is None:
        raise Refused("", "Activity is not found")
    found |= {**(ask.params.get("fields") or {}), "LAST_UPDATED": iso(world.now())}
    event = {"FIELDS": {"ID": found["ID"]}}
    world.events.emit("ONCRMACTIVITYUPDATE", event, user=ask.who.user, connector=ask.connector)
    return True


async def add_todo(world: World, ask: Ask) -> object:
    """A thing to do at an object."""
    said = ask.params
    fields = {"OWNER_TYPE_ID": str(said["ownerTypeId"]), "OWNER_ID": str(said["ownerId"]), "DEADLINE": said["deadline"]}
    fields |= {"SUBJECT": said.get("title", ""), "DESCRIPTION": said.get("description", "")}
    fields |= {"PROVIDER_ID": "CRM_TODO", "TYPE_ID": "6"}
    return {"id": _activity(world, ask, fields | {"RESPONSIBLE_ID": str(said.get("responsibleId", ask.who.user))})}


_OF_EACH: Final[dict[str, Method]] = {"add": add_field, "list": fields_of, "get": field_of, "delete": delete_field}
METHODS: Final[dict[str, Method]] = {
    **{f"crm.{kind.lower()}.userfield.{what}": method for kind in TYPES for what, method in _OF_EACH.items()},
    "crm.activity.add": add_activity,
    "crm.activity.update": update_activity,
    "crm.activity.todo.add": add_todo,
}
