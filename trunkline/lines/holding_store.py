"""Aliases, operators and labels of lines in the database; each change goes to the audit log with its transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import asyncpg

from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.errors import InvalidInput, Mistake
from trunkline.lines.holdings import LabelText, Term, shown
from trunkline.people.audit import Actor, Deed, record
from trunkline.web.i18n import gettext as _

_SQL = load_queries("trunkline.lines", "holdings.sql")


@dataclass(frozen=True, slots=True)
class Holdings:
    """All a line has."""

    aliases: Sequence[str]
    terms: Sequence[Term]
    labels: Sequence[LabelText]


async def holdings_of(connection: Connection, line: UUID) -> Holdings:
    """Aliases in order, operators and labels the newest first."""
    return Holdings(
        [row["alias"] for row in await connection.fetch(_SQL["aliases_of"], line)],
        [Term(**dict(row)) for row in await connection.fetch(_SQL["terms_of"], line)],
        [LabelText(**dict(row)) for row in await connection.fetch(_SQL["labels_of"], line)],
    )


async def add_alias(connection: Connection, line: UUID, alias: str, actor: Actor, now: datetime) -> bool:
    """Give the line an alias (from `checked_alias`), and the calls that dialled it; False where it has it already.

    Raises InvalidInput where it is somebody else's.
    """
    owner = await connection.fetchrow(_SQL["owner_of"], alias)
    if owner is not None and owner["id"] == line:
        return False
    if owner is not None:
        whose = _("belongs to the line %(line)s already") % {"line": owner["number"]}
        raise InvalidInput(Mistake("alias", whose))
    try:
        await connection.execute(_SQL["add_alias"], alias, line)
    except asyncpg.UniqueViolationError as error:
        raise InvalidInput(Mistake("alias", _("was just given to another line"))) from error
    await connection.execute(_SQL["claim_calls"], line, alias)
    await record(connection, actor, Deed("line.alias_added", "line", str(line), after={"alias": alias}), now)
    return True


async def remove_alias(connection: Connection, line: UUID, alias: str, actor: Actor, now: datetime) -> bool:
    """Take an alias off; calls that came by it stay the line's. False where there is none."""
    if await connection.fetchval(_SQL["remove_alias"], line, alias) is None:
        return False
    await record(connection, actor, Deed("line.alias_removed", "line", str(line), before={"alias": alias}), now)
    return True


async def set_term(connection: Connection, line: UUID, term: Term, today: date, actor: Actor, now: datetime) -> bool:
    """Keep who carries the line from a day on; what went on until then ends there. False where nothing is different.

    A term of the same first day is replaced. Raises InvalidInput where it would overlap another.
    """
    before = await connection.fetchrow(_SQL["term_since"], line, term.since)
    known = Term(**dict(before)) if before else None
    if known == term:
        return False
    await connection.execute(_SQL["end_term"], line, term.since)
    try:
        async with connection.transaction():
            await connection.execute(
                _SQL["set_term"], line, term.operator, term.trunk, term.since, term.until, term.tariff, term.fee
            )
    except asyncpg.ExclusionViolationError as error:
        raise InvalidInput(Mistake("since", _("overlaps another operator's time"))) from error
    await connection.execute(_SQL["sync_operators"], today, [line])
    deed = Deed("line.operator_set", "line", str(line), shown(known) if known else None, shown(term))
    await record(connection, actor, deed, now)
    return True


async def remove_term(
    connection: Connection, line: UUID, since: date, today: date, actor: Actor, now: datetime
) -> bool:
    """Forget a term that was entered by mistake; False where there is none of that first day."""
    row = await connection.fetchrow(_SQL["remove_term"], line, since)
    if row is None:
        return False
    await connection.execute(_SQL["sync_operators"], today, [line])
    await record(connection, actor, Deed("line.operator_removed", "line", str(line), shown(Term(**dict(row)))), now)
    return True


async def set_label(connection: Connection, line: UUID, label: LabelText, actor: Actor, now: datetime) -> bool:
    """Keep a labelled text; one of the same operator and day is replaced. False where nothing is different."""
    before = await connection.fetchval(_SQL["label_text"], line, label.operator, label.since)
    if before == label.text:
        return False
    await connection.execute(_SQL["set_label"], line, label.operator, label.text, label.since)
    known = {"operator": label.operator, "text": before} if before else None
    await record(connection, actor, Deed("line.label_set", "line", str(line), known, shown(label)), now)
    return True


async def remove_label(
    connection: Connection, line: UUID, operator: str, since: date, actor: Actor, now: datetime
) -> bool:
    """Take a labelled text out; False where there is none."""
    text = await connection.fetchval(_SQL["remove_label"], line, operator, since)
    if text is None:
        return False
    gone = shown(LabelText(operator, text, since))
    await record(connection, actor, Deed("line.label_removed", "line", str(line), gone), now)
    return True


async def sync_operators(connection: Connection, today: date) -> None:
    """Let every line's operator be the one of today: some terms begin and end by the calendar alone."""
    await connection.execute(_SQL["sync_operators"], today, None)
