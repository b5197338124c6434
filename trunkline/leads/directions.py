"""Directions of products: whose articles are whose, so that their product managers are told of overlapping dealers."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import asyncpg
import msgspec

from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.errors import InvalidInput, Mistake, NotFound
from trunkline.ids import uuid7
from trunkline.leads.touching import SQL as LEADS
from trunkline.messages.happening import KIND_NAMES, Kind
from trunkline.messages.rule import Channel, Rule, Step, Whom
from trunkline.messages.rules_store import read_rules, save_rule
from trunkline.people.audit import Actor, Deed, difference, record
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark

SQL: Final = load_queries("trunkline.leads", "directions.sql")
LONGEST_NAME: Final = 60
MOST_PREFIXES: Final = 200
_EVERY: Final = "*"
"""As the form spells the beginning of all other articles."""
_UNTIL_OTHERS: Final = 24 * 60
"""Minutes after which administrators are told what a product manager did not see to."""

TEMPLATES: Final[Mapping[Kind, str]] = {
    Kind.OVERLAP_FOUND: mark("{customer}, {article}: {dealers} dealers ask for one customer. Whose is he?"),
    Kind.RESERVATION_ENDING: mark("{dealer} has {customer} ({article}) until {until}: prolong it, or let it end."),
    Kind.RESERVATION_ENDED: mark("{dealer} has {customer} ({article}) no more."),
    Kind.RESERVATION_PROLONGED: mark("{dealer} has {customer} ({article}) longer: until {until}."),
    Kind.RESERVATION_REFUSED: mark("{customer} ({article}) is {dealer}'s until {until}; refused: {refused}."),
}
"""What the rules say that come with the first direction."""
_ASKS: Final = frozenset({Kind.OVERLAP_FOUND, Kind.RESERVATION_ENDING})
"""Where something is to be decided: told to somebody else, where the manager does not."""


class Direction(msgspec.Struct, frozen=True, kw_only=True):
    """`prefixes` are beginnings of articles, in capitals; an empty one is of all that no other direction has."""

    id: UUID
    name: str
    prefixes: tuple[str, ...]
    manager: UUID


def read_direction(identifier: UUID, sent: Mapping[str, str], people: Sequence[UUID]) -> Direction:
    """The one a form describes; raises InvalidInput."""
    name = " ".join(sent["name"].split())
    words = re.split(r"[\s,;]+", sent["prefixes"].strip().upper())
    prefixes = tuple(dict.fromkeys("" if word == _EVERY else word for word in words if word))
    manager = next((one for one in people if str(one) == sent["manager"]), None)
    table = (
        (
            "name",
            1 <= len(name) <= LONGEST_NAME,
            _("must have 1 to %(longest)s characters") % {"longest": LONGEST_NAME},
        ),
        ("prefixes", bool(prefixes), _("is needed: the beginnings of its articles, or * for all others")),
        (
            "prefixes",
            len(prefixes) <= MOST_PREFIXES and all(len(one) <= LONGEST_NAME for one in prefixes),
            _("at most %(most)s beginnings, each of %(longest)s characters at most")
            % {"most": MOST_PREFIXES, "longest": LONGEST_NAME},
        ),
        ("manager", manager is not None, _("choose one")),
    )
    mistakes = [Mistake(field, why) for field, holds, why in table if not holds]
    if mistakes or manager is None:
        raise InvalidInput(*mistakes)
    return Direction(id=identifier, name=name, prefixes=prefixes, manager=manager)


def spelled(prefixes: Sequence[str]) -> str:
    """As the form has them."""
    return ", ".join(one or _EVERY for one in prefixes)


async def list_directions(connection: Connection) -> Sequence[asyncpg.Record]:
    """Rows of `directions`, by name."""
    rows: Sequence[asyncpg.Record] = await connection.fetch(SQL["directions"])
    return rows


async def people_of(connection: Connection) -> list[tuple[UUID, str]]:
    """Who may be a product manager: who works here and may sign in."""
    return [(row["id"], row["name"]) for row in await connection.fetch(LEADS["colleagues"])]


async def save_direction(connection: Connection, told: Direction, actor: Actor, now: datetime) -> None:
    """A new one, or the same changed; with the very first come rules that tell its manager. Raises InvalidInput."""
    await connection.execute(SQL["hold"])
    known = await list_directions(connection)
    was = next((_told(row) for row in known if row["id"] == told.id), {})
    try:
        async with connection.transaction():
            await connection.execute(SQL["save"], told.id, told.name, list(told.prefixes), told.manager)
    except asyncpg.UniqueViolationError as error:
        raise InvalidInput(Mistake("name", _("another direction has this name"))) from error
    became = {"name": told.name, "prefixes": list(told.prefixes), "manager": str(told.manager)}
    before, after = difference(was, became)
    if after:
        await record(connection, actor, Deed("leads.direction_saved", "direction", str(told.id), before, after), now)
    if not known:
        await _add_rules(connection, actor, now)


async def remove_direction(connection: Connection, identifier: UUID, actor: Actor, now: datetime) -> None:
    """Nobody is told of its articles any more, unless another direction has them; raises NotFound."""
    await connection.execute(SQL["hold"])
    was = next((_told(row) for row in await list_directions(connection) if row["id"] == identifier), None)
    if was is None:
        raise NotFound(_("There is no such direction."))
    await connection.execute(SQL["remove"], identifier)
    await record(connection, actor, Deed("leads.direction_removed", "direction", str(identifier), was), now)


async def _add_rules(connection: Connection, actor: Actor, now: datetime) -> None:
    """One a kind that no rule asks about yet; they are changed and removed like any other."""
    asked = {rule.kind for rule in await read_rules(connection)}
    for kind, template in TEMPLATES.items():
        if kind not in asked:
            steps = [Step(whom=Whom.RESPONSIBLE, channel=Channel.CARD)]
            if kind in _ASKS:
                steps.append(Step(whom=Whom.DIRECTORS, channel=Channel.CARD, after=_UNTIL_OTHERS))
            rule = Rule(
                id=uuid7(now.timestamp()), name=_(KIND_NAMES[kind]), kind=kind, steps=tuple(steps), template=_(template)
            )
            await save_rule(connection, rule, actor, now)


def _told(row: asyncpg.Record) -> dict[str, Any]:
    manager = row["manager_id"]
    return {
        "name": row["name"],
        "prefixes": list(row["prefixes"]),
        "manager": None if manager is None else str(manager),
    }
