"""The rules of tags as rows, kept in their order and told to the audit log."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import asyncpg
import msgspec

from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.directory.values import CLASSES
from trunkline.errors import InvalidInput, Mistake, NotFound
from trunkline.leads.tagging import KINDS, TagRule
from trunkline.people.audit import Actor, Deed, difference, record
from trunkline.web.i18n import gettext as _

SQL: Final = load_queries("trunkline.leads", "tags.sql")
MOST_RULES: Final = 200
_MOST_WORDS: Final = 200
_LONGEST_WORD: Final = 100
_LONGEST_TAG: Final = 60
_LISTS: Final = ("places", "directions", "words", "channels", "campaigns")


async def list_tag_rules(connection: Connection) -> list[TagRule]:
    """All in their order."""
    return [_rule(row) for row in await connection.fetch(SQL["rules"], None)]


async def find_tag_rule(connection: Connection, identifier: UUID) -> TagRule:
    """One; raises NotFound."""
    row = await connection.fetchrow(SQL["rules"], identifier)
    if row is None:
        raise NotFound(_("There is no such rule."))
    return _rule(row)


async def save_tag_rule(connection: Connection, told: TagRule, actor: Actor, now: datetime) -> None:
    """A new one, the last, or another in place of the known one of its id. Raises InvalidInput; in a transaction."""
    told = checked(told)
    await connection.execute(SQL["hold"])
    rules = await list_tag_rules(connection)
    known = next((one for one in rules if one.id == told.id), None)
    if known is None and len(rules) >= MOST_RULES:
        raise InvalidInput(Mistake("name", _("there are %(most)s rules already") % {"most": MOST_RULES}))
    lists = (told.kinds, told.places, told.directions, told.words, told.channels, told.campaigns, told.classes)
    values = (told.id, told.name, told.active, *map(list, lists), told.hours, list(told.tags), told.category)
    try:
        async with connection.transaction():
            await connection.execute(SQL["save"], *values)
    except asyncpg.UniqueViolationError as error:
        raise InvalidInput(Mistake("name", _("there is a rule of this name already"))) from error
    before, after = difference(_told(known), _told(told))
    if after:
        await record(connection, actor, Deed("leads.tag_rule_saved", "lead_tag_rule", str(told.id), before, after), now)


async def move_tag_rule(connection: Connection, identifier: UUID, up: bool, actor: Actor, now: datetime) -> None:
    """One place up, or down; in a transaction."""
    await connection.execute(SQL["hold"])
    order = [one.id for one in await list_tag_rules(connection)]
    if identifier not in order:
        raise NotFound(_("There is no such rule."))
    at = order.index(identifier)
    to = at - 1 if up else at + 1
    if 0 <= to < len(order):
        order[at], order[to] = order[to], order[at]
        await connection.execute(SQL["put_in_order"], order)
        deed = Deed("leads.tag_rule_moved", "lead_tag_rule", str(identifier), {"place": at + 1}, {"place": to + 1})
        await record(connection, actor, deed, now)


async def remove_tag_rule(connection: Connection, known: TagRule, actor: Actor, now: datetime) -> None:
    """Tags it gave stay."""
    await connection.execute(SQL["remove"], known.id)
    await record(connection, actor, Deed("leads.tag_rule_removed", "lead_tag_rule", str(known.id), _told(known)), now)


async def filters_of(connection: Connection) -> tuple[Sequence[str], Sequence[str]]:
    """Tags and categories that rules give, to choose leads by."""
    tags = [row["tag"] for row in await connection.fetch(SQL["tags_of_rules"])]
    return tags, [row["category"] for row in await connection.fetch(SQL["categories_of_rules"])]


def checked(told: TagRule) -> TagRule:
    """`told` trimmed, what is compared in small letters; raises InvalidInput with every mistake."""
    lists = {name: tuple(_clean(one.casefold() for one in getattr(told, name))) for name in _LISTS}
    name, category = " ".join(told.name.split()), " ".join(told.category.split())
    told = msgspec.structs.replace(told, **lists, name=name, category=category, tags=tuple(_clean(told.tags)))
    mistakes = list(_mistakes(told))
    if mistakes:
        raise InvalidInput(*mistakes)
    return told


def _clean(words: Iterable[str]) -> Iterable[str]:
    return dict.fromkeys(word for one in words if (word := " ".join(one.split())))


def _mistakes(told: TagRule) -> Iterable[Mistake]:
    if not 1 <= len(told.name) <= 100 or not told.name.isprintable():
        yield Mistake("name", _("from 1 to %(number)s characters") % {"number": 100})
    for field in _LISTS:
        words = getattr(told, field)
        if len(words) > _MOST_WORDS or any(len(word) > _LONGEST_WORD for word in words):
            limits = {"number": _MOST_WORDS, "letters": _LONGEST_WORD}
            yield Mistake(field, _("at most %(number)s lines of at most %(letters)s letters") % limits)
    if not {*told.kinds} <= {*KINDS}:
        yield Mistake("kinds", _("choose one of the list"))
    if not {*told.classes} <= {one.value for one in CLASSES}:
        yield Mistake("classes", _("choose one of the list"))
    if told.hours not in {"", "in", "out"}:
        yield Mistake("hours", _("choose one"))
    if len(told.tags) > 20 or any(len(one) > _LONGEST_TAG for one in told.tags):
        limits = {"number": 20, "letters": _LONGEST_TAG}
        yield Mistake("tags", _("at most %(number)s lines of at most %(letters)s letters") % limits)
    if len(told.category) > _LONGEST_TAG:
        yield Mistake("category", _("must have at most %(number)s letters") % {"number": _LONGEST_TAG})
    if not told.tags and not told.category:
        yield Mistake("tags", _("a rule gives a tag or a category"))


def _told(rule: TagRule | None) -> dict[str, Any]:
    return {} if rule is None else {key: value for key, value in msgspec.to_builtins(rule).items() if key != "id"}


def _rule(row: asyncpg.Record) -> TagRule:
    values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}
    return TagRule(**values)
