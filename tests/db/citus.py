"""What Citus refuses of a schema, as rules over PostgreSQL's catalogue; no Citus is needed to ask.

Sources: docs.citusdata.com, "Creating and Modifying Distributed Objects" (keys hold the distribution column) and
"Triggers on Distributed Tables"; src/backend/distributed/commands of citusdata/citus: foreign_constraint.c for which
references, trigger.c for reference tables. Of sequences our rule is stricter than Citus, which takes those of bigint: a
distributed table has none. Of queries the catalogue says nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import asyncpg
import msgspec

from trunkline.db.types import Connection


class Colocated(msgspec.Struct, forbid_unknown_fields=True):
    """Tables that lie together, each by its column."""

    why: str
    tables: dict[str, str]


class Whole(msgspec.Struct, forbid_unknown_fields=True):
    """Tables that are kept whole: on every machine (reference) or on the coordinator (local)."""

    why: str
    tables: tuple[str, ...]


class Excepted(msgspec.Struct, forbid_unknown_fields=True):
    """What one table breaks, in the words of `breaches`, and what would have to change."""

    table: str
    breaks: tuple[str, ...]
    needs: str


class Plan(msgspec.Struct, forbid_unknown_fields=True):
    """trunkline/db/distribution.toml."""

    colocated: tuple[Colocated, ...] = ()
    reference: tuple[Whole, ...] = ()
    local: tuple[Whole, ...] = ()
    exception: tuple[Excepted, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a table lies: `group` is the section of those that are spread, `column` what they are spread by."""

    kind: str
    group: int = -1
    column: str = ""


@dataclass(frozen=True, slots=True)
class Reference:
    """A foreign key; `pairs` are (our column, theirs), the actions are PostgreSQL's letters: a, r, c, n, d."""

    name: str
    to: str
    pairs: tuple[tuple[str, str], ...]
    on_delete: str
    on_update: str


@dataclass(frozen=True, slots=True)
class Table:
    """One table as the catalogue has it; `keys` are unique and excluding indexes with the columns compared by "="."""

    types: Mapping[str, str]
    nullable: frozenset[str]
    sequences: tuple[str, ...]
    keys: tuple[tuple[str, frozenset[str]], ...]
    references: tuple[Reference, ...]
    triggers: tuple[str, ...]


def places(plan: Plan) -> list[tuple[str, Place]]:
    """Every row of the plan."""
    spread = [
        (table, Place("distributed", number, column))
        for number, section in enumerate(plan.colocated)
        for table, column in section.tables.items()
    ]
    kept = [(table, Place("reference")) for section in plan.reference for table in section.tables]
    return spread + kept + [(table, Place("local")) for section in plan.local for table in section.tables]


def breaches(catalogue: Mapping[str, Table], where: Mapping[str, Place]) -> set[tuple[str, str]]:
    """What Citus would refuse: table, and what of it."""
    found = {(name, told) for name, table in catalogue.items() for told in _of_table(table, where[name])}
    for name, table in catalogue.items():
        refused = [one for one in table.references if not _is_taken(one, where[name], where[one.to])]
        found |= {(name, f"reference {one.name}") for one in refused}
    return found | set(_of_groups(catalogue, where))


def _of_table(table: Table, place: Place) -> Iterator[str]:
    if place.kind != "local":
        yield from (f"trigger {name}" for name in table.triggers)
    if place.kind == "distributed":
        if place.column not in table.types or place.column in table.nullable:
            yield f"column {place.column}"
        yield from (f"sequence {column}" for column in table.sequences)
        yield from (f"key {name}" for name, columns in table.keys if place.column not in columns)


def _of_groups(catalogue: Mapping[str, Table], where: Mapping[str, Place]) -> Iterator[tuple[str, str]]:
    """Tables lie together by columns of one type; who differs from the first of its section."""
    types: dict[int, str | None] = {}
    for name, table in sorted(catalogue.items()):
        place = where[name]
        kind = table.types.get(place.column)
        if place.kind == "distributed" and types.setdefault(place.group, kind) != kind:
            yield name, f"type {kind}"


def _is_taken(reference: Reference, ours: Place, theirs: Place) -> bool:
    actions = {reference.on_delete, reference.on_update}
    if ours.kind != "distributed":
        # What is deleted on the coordinator cannot be followed in the copies.
        follows = ours.kind == "reference" and theirs.kind == "local" and not actions <= {"a", "r"}
        return theirs.kind != "distributed" and not follows
    moves = reference.on_delete in "nd" or reference.on_update in "cnd"
    if moves and any(column == ours.column for column, _ in reference.pairs):
        return False
    together = theirs.group == ours.group and (ours.column, theirs.column) in reference.pairs
    return theirs.kind == "reference" or (theirs.kind == "distributed" and together)


# Partitions follow their parents. An exclusion counts a column as held only where it is compared by "=".
_TABLES = """
select c.relname::text as name,
    (select array_agg(row(attname::text, format_type(atttypid, atttypmod), attnotnull, attidentity <> ''
            or coalesce(pg_get_expr(adbin, adrelid) ~ '\\mnextval\\(', false)))
        from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum
        where attrelid = c.oid and attnum > 0 and not attisdropped) as columns,
    (select array_agg(tgname::text) from pg_trigger where tgrelid = c.oid and not tgisinternal) as triggers,
    (select array_agg(row(x.relname::text, (
            select array_agg(attname::text)
            from unnest(i.indkey::int2[]) with ordinality k (attnum, place)
            join pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum and k.attnum > 0
            left join pg_constraint e on e.conindid = i.indexrelid and e.contype = 'x'
            left join pg_operator o on o.oid = e.conexclop[place]
            where place <= i.indnkeyatts and (not i.indisexclusion or o.oprname = '='))))
        from pg_index i join pg_class x on x.oid = i.indexrelid
        where i.indrelid = c.oid and (i.indisunique or i.indisexclusion)) as keys,
    (select array_agg(row(conname::text, t.relname::text, confdeltype::text, confupdtype::text, (
            select array_agg(row(mine.attname::text, other.attname::text))
            from unnest(conkey, confkey) k (mine, other)
            join pg_attribute mine on mine.attrelid = conrelid and mine.attnum = k.mine
            join pg_attribute other on other.attrelid = confrelid and other.attnum = k.other)))
        from pg_constraint join pg_class t on t.oid = confrelid
        where conrelid = c.oid and contype = 'f') as "references"
from pg_class c
where c.relnamespace = $1::text::regnamespace and c.relkind in ('r', 'p') and not c.relispartition"""


async def read_catalogue(connection: Connection, schema: str = "public") -> dict[str, Table]:
    """Every table of the schema but partitions."""
    return {row["name"]: _table(row) for row in await connection.fetch(_TABLES, schema)}


def _table(row: asyncpg.Record) -> Table:
    columns = row["columns"] or ()
    return Table(
        {column[0]: column[1] for column in columns},
        frozenset(column[0] for column in columns if not column[2]),
        tuple(column[0] for column in columns if column[3]),
        tuple((key[0], frozenset(key[1] or ())) for key in row["keys"] or ()),
        tuple(
            Reference(one[0], one[1], tuple((pair[0], pair[1]) for pair in one[4]), one[2], one[3])
            for one in row["references"] or ()
        ),
        tuple(row["triggers"] or ()),
    )
