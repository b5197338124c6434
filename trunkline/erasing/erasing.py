"""Erasing a number: steps in order, each a transaction that may be done again. What is linked to the number goes
before the rows that link it, so that whoever was killed between finds it all again.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple
from uuid import UUID, uuid4

import msgspec
from redis.asyncio import Redis

from trunkline.calls.phone import NamedKind, Number, parse
from trunkline.crypto import SecretBox
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection, Pool
from trunkline.erasing.cache import forget_cached
from trunkline.erasing.columns import OURS
from trunkline.erasing.files import directory_holds, forget_files, held_in
from trunkline.erasing.marks import keep_refusals, mark_of
from trunkline.erasing.proof import BACKUPS, Left, Proof
from trunkline.erasing.proofs import proof_of
from trunkline.erasing.scrubbing import SECONDS, SQL, Table, holding, scrub, tables_of
from trunkline.erasing.spelling import Spelling, scrubbed, spelling_of
from trunkline.errors import InvalidInput, Mistake
from trunkline.ids import uuid7
from trunkline.people.audit import Actor, Deed, record

_LINKED: Final = load_queries("trunkline.erasing", "linked.sql")
_PEOPLE: Final = load_queries("trunkline.erasing", "people.sql")
_VISITS: Final = load_queries("trunkline.erasing", "visits.sql")
_PLACE: Final = re.compile(r"\$(\d)")
_LAST: Final = ("calls", "contact_phones", "leads", "lead_numbers", "do_not_call", "message_stops", "directory_changes")
"""Scrubbed behind all others, for they say what is linked to the number; the log of the directory tells of the rest."""

ForgetSounds = Callable[[Sequence[UUID]], Awaitable[Mapping[str, int]]]
"""Deletes the recordings of these calls with their words; what went, by kind. Raises OSError."""


@dataclass(frozen=True, slots=True)
class Eraser:
    """What an erasure works on. `forget_sounds` is the recordings' own."""

    pool: Pool
    redis: Redis | None
    box: SecretBox
    data_dir: Path
    forget_sounds: ForgetSounds


class Linked(NamedTuple):
    """What belongs to the number: its calls, and the contacts that have no other number."""

    calls: list[UUID]
    contacts: list[UUID]
    all_contacts: list[UUID]


class Ours(InvalidInput):
    """The number stands in `table`, which the company set up itself."""

    def __init__(self, table: str) -> None:
        said = f"stands in what the company set up itself ({table}): take it out there, then erase it"
        super().__init__(Mistake("number", said))
        self.table = table


def number_of(text: str) -> Number:
    """The number that is meant; raises InvalidInput."""
    number = parse(text)
    if isinstance(number, NamedKind):
        raise InvalidInput(Mistake("number", "must be a full phone number, e.g. +79161234567"))
    return number


async def look(eraser: Eraser, number: Number) -> dict[str, int]:
    """How many rows of each table, and files, hold the number now; nothing is changed."""
    spelling = spelling_of(number)
    async with eraser.pool.acquire() as connection:
        await refuse_ours(connection, spelling)
        tables = await tables_of(connection)
        counts = {table.name: await holding(connection, table, spelling) for table in tables}
        linked = await _linked(connection, number, spelling)
    counts["calls, linked"] = len(linked.calls)
    counts["files"] = len(await asyncio.to_thread(held_in, eraser.data_dir, spelling))
    return {name: many for name, many in counts.items() if many}


async def erase(eraser: Eraser, number: Number, actor: Actor, now: datetime) -> Proof:
    """Erase it everywhere, or go on where it was broken off; asked again, it finds what came meanwhile.

    Raises InvalidInput for a number of the company's own.
    """
    spelling = spelling_of(number)
    async with eraser.pool.acquire() as connection:
        await refuse_ours(connection, spelling)
        erasure = await _begin(connection, eraser.box, number, actor, now)
        tables = await tables_of(connection)
        linked = await _linked(connection, number, spelling)
        left = await _left_elsewhere(connection, number, linked)
        left += await _forget_sounds(eraser, connection, erasure, linked.calls)
        await _linked_rows(connection, erasure, number, linked)
        await _refusals(connection, eraser.box, number)
        for table in _ordered(tables):
            await _scrub(connection, erasure, table, spelling)
        await _rebuild(connection)
        left += await _beside(eraser, connection, erasure, number)
        left += await _refused(connection, eraser.box, number)
        left.append(Left(BACKUPS))
        async with connection.transaction():
            # Another system may name its client by the number itself.
            told = scrubbed(spelling, msgspec.to_builtins(left), "…", "the number itself")
            await connection.execute(SQL["finish"], erasure, datetime.now(UTC), told)
            await record(connection, actor, Deed("number.erased", "erasure", str(erasure)), now)
        return await proof_of(connection, erasure)


async def refuse_ours(connection: Connection, spelling: Spelling) -> None:
    """Raises InvalidInput where the number is the company's own, or one that it made a rule for."""
    known = {row["table"] for row in await connection.fetch(SQL["columns"])}
    for name, which in OURS.items():
        if name not in known:
            continue
        rows = await connection.fetch(
            f'select to_jsonb(t) as row from "{name}" t where {which} and t::text ~ $1',  # noqa: S608  (names of the catalogue and conditions of ours)
            spelling.loose,
        )
        if any(spelling.holds(row["row"]) for row in rows):
            raise Ours(name)


async def _begin(connection: Connection, box: SecretBox, number: Number, actor: Actor, now: datetime) -> UUID:
    mark = mark_of(box, number)
    known: UUID | None = await connection.fetchval(SQL["unfinished"], mark)
    if known is not None:
        return known
    erasure = uuid7(now.timestamp())
    await connection.execute(SQL["begin"], erasure, mark, now, actor.person_id, actor.name, actor.via)
    return erasure


async def _linked(connection: Connection, number: Number, spelling: Spelling) -> Linked:
    rows = await connection.fetch(SQL["calls_of"], number, spelling.loose, timeout=SECONDS)
    calls = [row["id"] for row in rows if any(spelling.holds(row[name]) for name in ("client", "caller", "dialled"))]
    contacts = await connection.fetch(SQL["contacts_of"], number)
    return Linked(calls, [row["id"] for row in contacts if row["nothing_else"]], [row["id"] for row in contacts])


async def _left_elsewhere(connection: Connection, number: Number, linked: Linked) -> list[Left]:
    rows = await connection.fetch(SQL["elsewhere"], number, linked.all_contacts, linked.calls)
    return [Left("ask", row["source"], f"{row['what']} {row['external_id']}") for row in rows]


async def _forget_sounds(eraser: Eraser, connection: Connection, erasure: UUID, calls: list[UUID]) -> list[Left]:
    try:
        for name, many in (await eraser.forget_sounds(calls)).items():
            await connection.execute(SQL["count"], erasure, f"files: {name}", many)
    except OSError:
        return [Left("store")]
    rows = await connection.fetch(SQL["waiting_recordings"], calls)
    return [Left("pbx" if row["stop"] else "waits", "recordings", str(row["recordings"])) for row in rows]


async def _linked_rows(connection: Connection, erasure: UUID, number: Number, linked: Linked) -> None:
    visitors = [row["visitor"] for row in await connection.fetch(_VISITS["of_calls"], linked.calls, number)]
    work: list[tuple[Mapping[str, str], tuple[Any, ...]]] = [
        (
            {name: text for name, text in _VISITS.items() if name != "of_calls"},
            (visitors, [uuid4() for _ in visitors]),
        ),
        (_LINKED, (linked.calls,)),
        (_PEOPLE, (linked.contacts, number, linked.calls)),
    ]
    async with connection.transaction():
        for statements, values in work:
            for name, text in statements.items():
                used = values[: max(int(place) for place in _PLACE.findall(text))]
                done = await connection.execute(text, *used, timeout=SECONDS)
                await _count(connection, erasure, name, int(done.rpartition(" ")[2]))


async def _refusals(connection: Connection, box: SecretBox, number: Number) -> None:
    async with connection.transaction():
        await keep_refusals(connection, box, number)


def _ordered(tables: Sequence[Table]) -> list[Table]:
    return sorted(tables, key=lambda table: _LAST.index(table.name) if table.name in _LAST else -1)


async def _scrub(connection: Connection, erasure: UUID, table: Table, spelling: Spelling) -> None:
    async with connection.transaction():
        await connection.execute("set local trunkline.erasing = 'on'")
        many = await scrub(connection, table, spelling)
        await _count(connection, erasure, table.name, many)
    if many:
        # What the planner knows of a column are values of it.
        await connection.execute(f'analyze "{table.name}"', timeout=SECONDS)


async def _count(connection: Connection, erasure: UUID, name: str, many: int) -> None:
    if many:
        await connection.execute(SQL["count"], erasure, name, many)


async def _rebuild(connection: Connection) -> None:
    async with connection.transaction():
        await connection.execute(SQL["rebuild_directory"])
        await connection.execute(SQL["wake_directory"])


async def _beside(eraser: Eraser, connection: Connection, erasure: UUID, number: Number) -> list[Left]:
    spelling = spelling_of(number)
    if eraser.redis is not None:
        await _count(connection, erasure, "cache", await forget_cached(eraser.redis, spelling))
    held = await asyncio.to_thread(held_in, eraser.data_dir, spelling)
    await _count(connection, erasure, "files: imports", forget_files(held))
    kinds = {"spool": "spool", "log": "log", "directory": "directory"}
    packed = [Left("directory")] if await asyncio.to_thread(directory_holds, eraser.data_dir, number) else []
    return packed + [
        Left(kinds.get(one.kind, "file"), one.kind, spelling.found.sub("…", one.path.name))
        for one in held
        if one.kind != "imports"
    ]


async def _refused(connection: Connection, box: SecretBox, number: Number) -> list[Left]:
    mark = mark_of(box, number)
    said = [
        what for what in ("call", "message") if await connection.fetchval(SQL["is_refused"], mark, what) is not None
    ]
    return [Left("refused", "refused_marks", what) for what in said]
