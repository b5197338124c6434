"""Records into the mirror's tables: references found, older versions ignored, the same record twice changes nothing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from time import time
from uuid import UUID

import asyncpg

from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.ids import uuid7
from trunkline.mirror.entities import Entity, Kind
from trunkline.mirror.rows import MirrorRow, RowProblem

_SQL = load_queries("trunkline.mirror")
_RESOLVERS = {"companies", "contacts"}


@dataclass(slots=True)
class Stored:
    """What became of records."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    problems: list[RowProblem] = field(default_factory=list)


async def save_rows(connection: Connection, entity: Entity, source: str, rows: Sequence[MirrorRow]) -> Stored:
    """Upsert `rows` in the caller's transaction; a reference nobody knows is reported and left empty."""
    stored = Stored()
    unique = _last_of_each(rows, stored.problems)
    found = await _resolve(connection, entity, source, unique)
    records = [_record(entity, source, row, found, stored.problems) for row in unique]
    sent = [record for record in records if record is not None]
    before = await _debtors(connection, source, entity, [str(record["external_id"]) for record in sent])
    stored.added, stored.changed = await _write(connection, entity, sent)
    stored.unchanged = len(sent) - stored.added - stored.changed
    if entity.name == "debts":
        await sum_debts(connection, [*before, *((r.get("company_id"), r.get("contact_id")) for r in sent)])
    return stored


async def remove_vanished_debts(connection: Connection, source: str, kept: Iterable[str]) -> int:
    """Delete the source's debts that are not in `kept`, and sum again; returns how many."""
    gone = await connection.fetch(_SQL["remove_vanished_debts"], source, list(kept))
    await sum_debts(connection, [(row["company_id"], row["contact_id"]) for row in gone])
    return len(gone)


async def sum_debts(connection: Connection, owners: Iterable[tuple[object, object]]) -> None:
    """Bring companies' and contacts' overdue sums level with their debts."""
    pairs = set(owners)
    for name, place in (("sum_company_debts", 0), ("sum_contact_debts", 1)):
        if ids := list({UUID(str(pair[place])) for pair in pairs if pair[place] is not None}):
            await connection.execute(_SQL[name], ids)


def _last_of_each(rows: Sequence[MirrorRow], problems: list[RowProblem]) -> list[MirrorRow]:
    unique: dict[str, MirrorRow] = {}
    for row in rows:
        identifier = row.values["external_id"]
        if before := unique.get(identifier):
            message = f"{identifier!r} comes again in {row.line}, and that one counts"
            problems.append(RowProblem(before.line, "external_id", message))
        unique[identifier] = row
    return list(unique.values())


async def _resolve(
    connection: Connection, entity: Entity, source: str, rows: Sequence[MirrorRow]
) -> Mapping[str, Mapping[str, UUID | None]]:
    """For each reference field: what is named → the id, None where nobody is known by that."""
    found: dict[str, Mapping[str, UUID | None]] = {}
    for reference in entity.fields:
        keys = list({row.references[reference.name] for row in rows if reference.name in row.references})
        if not keys:
            continue
        answers = await connection.fetch(_resolver(reference.kind, reference.refers), source, keys)
        found[reference.name] = {row["key"]: row["id"] for row in answers}
    return found


def _resolver(kind: Kind, table: str) -> str:
    if kind is Kind.PERSON:
        return _SQL["resolve_people"]
    if kind is Kind.DEPARTMENT:
        return _SQL["resolve_departments"]
    if table in _RESOLVERS:
        return _SQL[f"resolve_{table}"]
    # Identifiers cannot be parameters; `table` is one of our own entities.
    return (
        f"select k.key, t.id from unnest($2::text[]) as k (key) "  # noqa: S608
        f"left join {table} t on t.source = $1 and t.external_id = k.key"
    )


def _record(
    entity: Entity,
    source: str,
    row: MirrorRow,
    found: Mapping[str, Mapping[str, UUID | None]],
    problems: list[RowProblem],
) -> dict[str, object] | None:
    record: dict[str, object] = {"id": str(uuid7(time())), "source": source, "version": 1, **row.values}
    for reference in entity.fields:
        named = row.references.get(reference.name)
        if named is None:
            continue
        identifier = found[reference.name].get(named)
        if identifier is not None:
            record[reference.column] = str(identifier)
            continue
        refused = entity.name == "debts" and reference.kind is Kind.REFERENCE
        problems.append(RowProblem(row.line, reference.name, f"nobody knows {named[:80]!r}", refused=refused))
        if refused:
            return None
    return record


async def _debtors(
    connection: Connection, source: str, entity: Entity, identifiers: Sequence[str]
) -> list[tuple[object, object]]:
    if entity.name != "debts":
        return []
    rows: list[asyncpg.Record] = await connection.fetch(
        "select company_id, contact_id from debts where source = $1 and external_id = any ($2)", source, identifiers
    )
    return [(row["company_id"], row["contact_id"]) for row in rows]


async def _write(connection: Connection, entity: Entity, records: Sequence[dict[str, object]]) -> tuple[int, int]:
    """Rows added and rows changed."""
    if not records:
        return 0, 0
    changed = await connection.fetch(_update(entity), records)
    defaults = {row["name"]: row["expression"] for row in await connection.fetch(_SQL["column_defaults"], entity.name)}
    added = await connection.fetch(_insert(entity, defaults), records)
    return len(added), len(changed)


def _update(entity: Entity) -> str:
    """Fields a record does not have keep their value; an older version, or the same record again, changes nothing."""
    table, columns = entity.name, _own_columns(entity)
    changes = ", ".join(f"{column} = coalesce(n.{column}, t.{column})" for column in columns)
    old = ", ".join(f"t.{column}" for column in columns)
    new = ", ".join(f"coalesce(n.{column}, t.{column})" for column in columns)
    return (
        f"update {table} t set version = n.version, updated_at = now(), {changes} "  # noqa: S608  (our own names)
        f"from jsonb_populate_recordset(null::{table}, $1::jsonb) n "
        f"where t.source = n.source and t.external_id = n.external_id and (n.version > t.version "
        f"or (n.version = t.version and row({old}) is distinct from row({new}))) returning t.id"
    )


def _insert(entity: Entity, defaults: Mapping[str, str]) -> str:
    """Fields a record does not have take the column's own default."""
    table, columns = entity.name, _own_columns(entity)
    values = ", ".join(
        f"coalesce(n.{column}, {defaults[bare]})" if (bare := column.strip('"')) in defaults else f"n.{column}"
        for column in columns
    )
    return (
        f"insert into {table} (id, source, external_id, version, {', '.join(columns)}) "  # noqa: S608  (our own names)
        f"select n.id, n.source, n.external_id, n.version, {values} "
        f"from jsonb_populate_recordset(null::{table}, $1::jsonb) n "
        f"where not exists (select from {table} t where t.source = n.source and t.external_id = n.external_id) "
        f"on conflict (source, external_id) do nothing returning id"
    )


def _own_columns(entity: Entity) -> list[str]:
    return [f'"{column}"' for column in entity.columns if column not in {"external_id", "version"}]
