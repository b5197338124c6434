"""Rows of a home-made CRM into the mirror, read by its mapping; each row gets its verdict."""

from collections.abc import Sequence
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from crm_sync.connector import Connector
from crm_sync.generic.contacts import read_contact, save_contacts
from crm_sync.generic.reading import CONTACTS, Entity, record_of
from crm_sync.generic.store import SQL, source_of
from trunkline.db.types import Connection
from trunkline.mirror.entities import ENTITIES
from trunkline.mirror.rows import RowProblem, read_row
from trunkline.mirror.store import save_rows

TAKEN: Final = "taken"
IN_PART: Final = "in part"
REFUSED: Final = "refused"


class RowVerdict(msgspec.Struct, frozen=True):
    """What became of one row, counted from 1; `id` is theirs, empty where it has none."""

    row: int
    id: str
    verdict: str
    problems: list[str]


class Taken(msgspec.Struct, frozen=True):
    """What became of all; rows that went in whole are counted and not named."""

    entity: str
    received: int
    added: int
    changed: int
    refused: int
    rows: list[RowVerdict]
    ids: list[str]


async def take(
    connection: Connection, known: Connector, name: str, entity: Entity, rows: Sequence[Any], zone: ZoneInfo
) -> Taken:
    """All of them in the caller's transaction; the same again changes nothing."""
    await connection.execute(SQL["lock_source"], source_of(known))
    problems: list[RowProblem] = []
    records = [_record(row, entity, zone, number, problems) for number, row in enumerate(rows, start=1)]
    added, changed = await _save(connection, source_of(known), name, records, problems)
    ids = [_id(row, entity, zone) for row in rows]
    verdicts = _verdicts(ids, problems)
    refused = sum(one.verdict == REFUSED for one in verdicts)
    return Taken(name, len(rows), added, changed, refused, verdicts, [one for one in ids if one])


async def _save(
    connection: Connection, source: str, name: str, records: Sequence[dict[str, str] | None], problems: list[RowProblem]
) -> tuple[int, int]:
    numbered = [(number, one) for number, one in enumerate(records, start=1) if one is not None]
    if name != CONTACTS:
        entity = ENTITIES[name]
        rows = [read_row(entity, one, number, problems) for number, one in numbered]
        stored = await save_rows(connection, entity, source, [row for row in rows if row is not None])
        problems += stored.problems
        return stored.added, stored.changed
    last: dict[str, dict[str, Any]] = {}
    for number, one in numbered:
        contact = read_contact(one, number, problems)
        if contact is None:
            continue
        if before := last.pop(contact["external_id"], None):
            words = f"{contact['external_id']!r} comes again in row {number}, and that one counts"
            problems.append(RowProblem(before["row"], "external_id", words))
        last[contact["external_id"]] = contact
    return await save_contacts(connection, source, list(last.values()), problems) if last else (0, 0)


def _record(row: Any, entity: Entity, zone: ZoneInfo, number: int, problems: list[RowProblem]) -> dict[str, str] | None:
    if not isinstance(row, dict):
        problems.append(RowProblem(number, "", "is no record: names with values are needed"))
        return None
    try:
        return record_of(row, entity, zone)
    except ValueError as error:
        problems.append(RowProblem(number, "", str(error)))
        return None


def _id(row: Any, entity: Entity, zone: ZoneInfo) -> str:
    """Theirs, of a row that cannot be read otherwise as well: it is there, and not gone."""
    rules = tuple(rule for rule in entity.rules if rule.field == "external_id")
    try:
        return record_of(row, Entity(rules), zone)["external_id"].strip()
    except ValueError:
        return ""


def _verdicts(ids: Sequence[str], problems: Sequence[RowProblem]) -> list[RowVerdict]:
    """Of the rows that did not go in whole."""
    by_row: dict[int, list[RowProblem]] = {}
    for problem in problems:
        by_row.setdefault(problem.line, []).append(problem)
    return [
        RowVerdict(
            row,
            ids[row - 1],
            REFUSED if any(one.refused for one in found) else IN_PART,
            [f"{one.field}: {one.message}" if one.field else one.message for one in found],
        )
        for row, found in sorted(by_row.items())
    ]
