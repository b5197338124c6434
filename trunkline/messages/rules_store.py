"""Rules, rooms and what holds for all of them, as rows; each change is in the audit log."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from trunkline.crypto import SecretBox
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.errors import NotFound
from trunkline.ids import uuid7
from trunkline.messages.happening import Kind
from trunkline.messages.rule import Rule, Settings
from trunkline.people.audit import Actor, Deed, difference, record
from trunkline.web.i18n import gettext as _

SQL: Final = load_queries("trunkline.messages", "rules.sql")


class Room(msgspec.Struct, frozen=True):
    """A room of a team's messenger; its address is sealed."""

    id: UUID
    name: str
    kind: str


async def read_rules(connection: Connection) -> list[Rule]:
    """The table, from above."""
    return [_rule(row["rule"]) for row in await connection.fetch(SQL["rules"])]


async def rules_of(connection: Connection, kind: Kind) -> list[Rule]:
    """Those that are asked about it, from above."""
    return [_rule(row["rule"]) for row in await connection.fetch(SQL["rules_of"], kind.value)]


async def active_kinds(connection: Connection) -> set[Kind]:
    """What any rule asks about."""
    return {Kind(row["kind"]) for row in await connection.fetch(SQL["active_kinds"])}


async def save_rule(connection: Connection, rule: Rule, actor: Actor, now: datetime) -> None:
    """A new one at the end, or the same changed in its place."""
    await connection.execute(SQL["hold_rules"])
    was = next((one for one in await read_rules(connection) if one.id == rule.id), None)
    told = msgspec.to_builtins(rule)
    await connection.execute(SQL["put_rule"], rule.id, rule.kind.value, rule.name, rule.active, told)
    if not rule.active:
        await connection.execute(SQL["withdraw_rule"], rule.id)
    before, after = difference(msgspec.to_builtins(was) if was is not None else {}, told)
    if after:
        await record(connection, actor, Deed("messages.rule_saved", "message_rule", str(rule.id), before, after), now)


async def remove_rule(connection: Connection, identifier: UUID, actor: Actor, now: datetime) -> None:
    """With what waits to be told by it; raises NotFound."""
    await connection.execute(SQL["hold_rules"])
    was = await find_rule(connection, identifier)
    await connection.execute(SQL["withdraw_rule"], identifier)
    await connection.execute(SQL["remove_rule"], identifier)
    deed = Deed("messages.rule_removed", "message_rule", str(identifier), msgspec.to_builtins(was))
    await record(connection, actor, deed, now)


async def move_rule(connection: Connection, identifier: UUID, down: bool, actor: Actor, now: datetime) -> None:
    """One place up or down; raises NotFound."""
    await connection.execute(SQL["hold_rules"])
    ids = [one.id for one in await read_rules(connection)]
    if identifier not in ids:
        raise NotFound(_("There is no such rule."))
    place = ids.index(identifier)
    other = min(max(place + (1 if down else -1), 0), len(ids) - 1)
    if other == place:
        return
    ids[place], ids[other] = ids[other], ids[place]
    await connection.execute(SQL["place_rules"], ids)
    deed = Deed("messages.rule_moved", "message_rule", str(identifier), {"place": place + 1}, {"place": other + 1})
    await record(connection, actor, deed, now)


async def find_rule(connection: Connection, identifier: UUID) -> Rule:
    """One of them; raises NotFound."""
    for rule in await read_rules(connection):
        if rule.id == identifier:
            return rule
    raise NotFound(_("There is no such rule."))


async def read_settings(connection: Connection) -> Settings:
    """What holds for all rules."""
    row = await connection.fetchrow(SQL["settings"])
    return Settings(**dict(row)) if row else Settings()


async def save_settings(connection: Connection, settings: Settings, actor: Actor, now: datetime) -> None:
    """Checked ones."""
    await connection.execute(SQL["hold_settings"])
    was, became = msgspec.to_builtins(await read_settings(connection)), msgspec.to_builtins(settings)
    before, after = difference(was, became)
    if after:
        await connection.execute(SQL["save_settings"], *msgspec.structs.astuple(settings))
        await record(connection, actor, Deed("messages.settings_changed", "messages", "settings", before, after), now)


async def rooms(connection: Connection) -> Sequence[Room]:
    """All of them, by name."""
    return [Room(**dict(row)) for row in await connection.fetch(SQL["rooms"])]


async def add_room(
    connection: Connection, box: SecretBox, name: str, kind: str, address: str, actor: Actor, now: datetime
) -> UUID:
    """A checked one."""
    identifier = uuid7(now.timestamp())
    await connection.execute(SQL["add_room"], identifier, name, kind, box.seal(address.encode()))
    deed = Deed("messages.room_added", "message_room", str(identifier), after={"name": name, "kind": kind})
    await record(connection, actor, deed, now)
    return identifier


async def remove_room(connection: Connection, identifier: UUID, actor: Actor, now: datetime) -> None:
    """Rules that name it tell nobody there; raises NotFound."""
    await connection.execute(SQL["withdraw_room"], identifier)
    name = await connection.fetchval(SQL["remove_room"], identifier)
    if name is None:
        raise NotFound(_("There is no such room."))
    deed = Deed("messages.room_removed", "message_room", str(identifier), {"name": name})
    await record(connection, actor, deed, now)


def _rule(told: object) -> Rule:
    return msgspec.convert(told, Rule)
