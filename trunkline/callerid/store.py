"""Trunks and the rule of outgoing calls in the database; the directory follows by its triggers."""

import re
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec

from trunkline.calls.phone import NamedKind, parse
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.errors import InvalidInput, Mistake, NotFound
from trunkline.ids import uuid7
from trunkline.people.audit import Actor, Deed, difference, record
from trunkline.web.i18n import gettext as _

_SQL = load_queries("trunkline.callerid")
FORMATS = ("e164", "digits", "national")
RULES = ("regional_fixed_for_numa", "regional_random", "fixed_for_numa", "random", "fixed")
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,80}").fullmatch
_PREFIX = re.compile(r"[0-9*#+]{0,10}").fullmatch


class Trunk(msgspec.Struct, frozen=True):
    """A way out of a PBX as it is written: `name` is its endpoint there."""

    pbx: str
    name: str
    operator: str = ""
    format: str = "e164"
    prefix: str = ""


class StoredTrunk(Trunk, frozen=True, kw_only=True):
    """A trunk with its id, and how many lines it carries today."""

    id: UUID
    pbx_name: str
    active: bool
    lines: int


class Rules(msgspec.Struct, frozen=True):
    """How a caller ID is chosen."""

    rule: str = RULES[0]
    default_number: str = ""


async def list_trunks(connection: Connection) -> list[StoredTrunk]:
    """All of them, by PBX and name."""
    return [StoredTrunk(**dict(row)) for row in await connection.fetch(_SQL["list_trunks"])]


async def add_trunk(connection: Connection, trunk: Trunk, actor: Actor, now: datetime) -> None:
    """Add one, told to the audit log; raises InvalidInput with every mistake."""
    trunk = _checked(trunk)
    identifier = uuid7(now.timestamp())
    values = (trunk.pbx, trunk.name, trunk.operator, trunk.format, trunk.prefix)
    try:
        await connection.execute(_SQL["add_trunk"], identifier, *values)
    except asyncpg.UniqueViolationError as error:
        raise InvalidInput(Mistake("name", _("this PBX has a trunk of this name already"))) from error
    except asyncpg.ForeignKeyViolationError as error:
        raise InvalidInput(Mistake("pbx", _("there is no PBX of this id"))) from error
    await record(
        connection, actor, Deed("trunk.added", "trunk", str(identifier), after=msgspec.structs.asdict(trunk)), now
    )


async def switch_trunk(connection: Connection, identifier: UUID, active: bool, actor: Actor, now: datetime) -> None:
    """Let calls leave by it, or no more; raises NotFound."""
    before = await connection.fetchval(_SQL["switch_trunk"], identifier, active)
    if before is None:
        raise NotFound(_("There is no such trunk."))
    if before is not active:
        deed = Deed("trunk.changed", "trunk", str(identifier), {"active": before}, {"active": active})
        await record(connection, actor, deed, now)


async def remove_trunk(connection: Connection, identifier: UUID, actor: Actor, now: datetime) -> None:
    """Take it out; raises NotFound."""
    row = await connection.fetchrow(_SQL["remove_trunk"], identifier)
    if row is None:
        raise NotFound(_("There is no such trunk."))
    await record(connection, actor, Deed("trunk.removed", "trunk", str(identifier), before=dict(row)), now)


async def read_rules(connection: Connection) -> Rules:
    """The rule in force."""
    row = await connection.fetchrow(_SQL["read_rules"])
    return Rules(**dict(row)) if row else Rules()


async def save_rules(connection: Connection, rules: Rules, actor: Actor, now: datetime) -> None:
    """Put a rule in force, told to the audit log; raises InvalidInput with every mistake."""
    mistakes = [Mistake("rule", _("must be one of: %(names)s") % {"names": ", ".join(RULES)})] * (
        rules.rule not in RULES
    )
    number = parse(rules.default_number) if rules.default_number else ""
    if isinstance(number, NamedKind) or (number and not await connection.fetchval(_SQL["is_line"], number)):
        mistakes.append(Mistake("default_number", _("must be one of our lines in use, e.g. +74951234567")))
    if mistakes:
        raise InvalidInput(*mistakes)
    rules = Rules(rules.rule, str(number))
    before, after = difference(msgspec.structs.asdict(await read_rules(connection)), msgspec.structs.asdict(rules))
    if after:
        await connection.execute(_SQL["save_rules"], rules.rule, rules.default_number)
        await record(connection, actor, Deed("outgoing.changed", "outgoing", "rules", before, after), now)


async def pbx_names(connection: Connection) -> list[tuple[str, str]]:
    """Ids and names of the PBXs a trunk may belong to."""
    return [(row["id"], row["name"]) for row in await connection.fetch(_SQL["pbx_names"])]


async def unshown_lines(connection: Connection, most: int) -> list[dict[str, str]]:
    """Lines in use that need something before a call should show them; `why`: state, operator, trunk, label."""
    return [dict(row) for row in await connection.fetch(_SQL["unshown_lines"], most)]


def _checked(trunk: Trunk) -> Trunk:
    plain = Trunk(*(" ".join(value.split()) for value in msgspec.structs.astuple(trunk)))
    mistakes = []
    if not _NAME(plain.name):
        mistakes.append(Mistake("name", _("must be the endpoint's name in the PBX: letters, digits, dots and dashes")))
    if len(plain.operator) > 200 or not plain.operator.isprintable():
        mistakes.append(Mistake("operator", _("must be plain text of at most 200 characters")))
    if plain.format not in FORMATS:
        mistakes.append(Mistake("format", _("must be one of: %(names)s") % {"names": ", ".join(FORMATS)}))
    if not _PREFIX(plain.prefix):
        mistakes.append(Mistake("prefix", _("must be at most ten digits")))
    if mistakes:
        raise InvalidInput(*mistakes)
    return plain
