"""How cost grows, for docs/scale.md: `python -m bench.scale directory` and `… rows` print tables of Markdown.

`directory`: the directory of 10⁴, 10⁵ and 10⁶ contacts: its file, its memory, the processor seconds to build it and the
keys a look-up reads. `rows`: what a call, a decision, a visit and a contact take in
PostgreSQL, heap (with what is kept aside of long values) and indexes. None of these but the seconds depends on how busy
the machine is, which is why this is not a row of `make bench` with a goal.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

import asyncpg

from bench import calltracking_report, card_read, directory, routing_preview, story
from bench._numbers import contact_number
from tests.fakes.dialogue import SCENARIOS
from trunkline.crypto import KEY_BYTES
from trunkline.db.migrate import migrate
from trunkline.db.pool import open_pool
from trunkline.db.types import Pool
from trunkline.directory.reader import FILE_NAME, Directory
from trunkline.directory.values import number_key
from trunkline.embedded.addresses import postgres_url
from trunkline.embedded.ownership import owned
from trunkline.embedded.postgres import embedded_postgres

_KEY: Final = bytes(KEY_BYTES)
_SIZES_OF_DIRECTORY: Final = (10_000, 100_000, 1_000_000)  # the bench's numbers end at 1.1 million
_LOOKED_UP: Final = 1_000
_VISITS, _LED, _CONTACTS = 100_000, 20_000, 50_000
_BURSTS: Final = 6  # of bench/story.py, some 570 calls each
_LEASES: Final = """
    insert into lease_history (id, number, kind, pool_id, site_id, placement, visit_id, visitor, granted_at, seen_until,
        closed_at)
    select id, '+74951234567', 'exclusive', gen_random_uuid(), site_id, 'main', id, visitor, started_at, seen_at,
        seen_at
    from visits"""
# Heap pages and those of TOAST; partitions without a row are left out: their empty indexes are not a row's.
_SIZES: Final = """
    select coalesce(p.relname, c.relname)::text as name, sum(c.reltuples)::bigint as rows,
        sum(pg_table_size(c.oid))::bigint as heap, sum(pg_indexes_size(c.oid))::bigint as indexes,
        sum(pg_total_relation_size(c.oid))::bigint as total
    from pg_class c left join pg_inherits i on i.inhrelid = c.oid left join pg_class p on p.oid = i.inhparent
    where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace and c.reltuples >= 1
    group by 1 order by total desc"""


class _Counted(Sequence[int]):
    """Sorted keys that count how often one is read."""

    def __init__(self, keys: Sequence[int]) -> None:
        self._keys = keys
        self.reads = 0

    def __len__(self) -> int:
        return len(self._keys)

    def __getitem__(self, place):  # type: ignore[no-untyped-def]  # two overloads, of which one is used
        self.reads += 1
        return self._keys[place]


def measure_directory(folder: Path) -> None:
    """Print one line a size."""
    print("| contacts | file, MB | B a contact | most while reloaded, MB | processor s to build | keys read |")
    print("|---|---|---|---|---|---|")
    for contacts in _SIZES_OF_DIRECTORY:
        place = folder / str(contacts)
        began = time.process_time()
        each, peak = directory._memory(place, contacts=contacts, spam=0)
        took = time.process_time() - began
        size, most = (place / FILE_NAME).stat().st_size / 1e6, each * contacts * peak / 1e6
        reads = _most_reads(place, contacts)
        print(f"| {contacts:,} | {size:.1f} | {each:.1f} | {most:.0f} | {took:.1f} | {reads} |", flush=True)


def _most_reads(folder: Path, contacts: int) -> int:
    """The most keys that one of a thousand look-ups reads; raises RuntimeError where one finds nobody."""
    opened = Directory.open(folder)
    keys, most = _Counted(opened.view.packed.contact_keys), 0
    packed = replace(opened.view.packed, contact_keys=keys)  # type: ignore[arg-type]  # counts; else an array of the file
    for place in range(0, contacts, contacts // _LOOKED_UP):
        keys.reads = 0
        if not packed.contacts(number_key(contact_number(place))):
            raise RuntimeError(f"contact {place} of {contacts} is not found")
        most = max(most, keys.reads)
    opened.close()
    return most


async def measure_rows(folder: Path) -> None:
    """Print what each table takes for one of what makes it grow."""
    await _of_visits(folder / "year")
    await _of_questions(folder / "decisions")
    await _of_contacts(folder / "contacts")
    await measure_story(folder / "story")


async def _of_visits(folder: Path) -> None:
    async with _database(folder) as pool:
        async with pool.acquire() as connection:
            await calltracking_report.make_year(connection, _VISITS, _LED)
            await connection.execute(_LEASES)
        await _print(pool, "a visit", _VISITS, ("visits", "lease_history", "report_visits"))
        calls = await pool.fetchval("select count(*) from calls")
        await _print(pool, "a call that advertising led to", calls, ("attributions", "report_facts", "report_shares"))


async def _of_questions(folder: Path) -> None:
    async with _database(folder) as pool:
        async with pool.acquire() as connection:
            await migrate(connection)
        await routing_preview._fill(pool, time.time())
        await _print(pool, "a question", routing_preview.DECISIONS, ("decisions",))


async def _of_contacts(folder: Path) -> None:
    async with _database(folder) as pool:
        async with pool.acquire() as connection:
            await migrate(connection)
            await connection.execute("set session_replication_role = replica")
            for statement in card_read._FILL[:3]:
                await connection.execute(statement, _CONTACTS)
        await _print(pool, "a contact", _CONTACTS, ("contacts", "contact_phones", "companies"))


async def measure_story(folder: Path) -> None:
    """Calls as `pbx` and `worker` store them; the dialogues have more transfers and queues than a usual day."""
    names = sorted(path.stem for path in SCENARIOS.glob("*.ami") if path.stem != "ami_resync")
    async with story.house(folder) as house:
        for number in range(1, _BURSTS + 1):
            await story._burst(house, names, first_copy=number * 100_000)
        calls = await house.pool.fetchval("select count(*) from calls")
        told = ("calls", "steps", "touches", "missed_clients", "queue_waits")
        await _print(house.pool, "a call of the recorded dialogues", calls, told)


async def _print(pool: Pool, unit: str, count: int, names: tuple[str, ...]) -> None:
    """A line for each of the tables named, the largest first."""
    await pool.execute("vacuum analyze")
    print(f"\n| {unit} ({count:,} made) | rows each | heap, B a row | indexes, B a row | B each |")
    print("|---|---|---|---|---|")
    for row in await pool.fetch(_SIZES):
        if row["name"] in names:
            rows = row["rows"]
            sizes = f"{row['heap'] / rows:.0f} | {row['indexes'] / rows:.0f} | {row['total'] / count:.0f}"
            print(f"| `{row['name']}` | {rows / count:.2f} | {sizes} |", flush=True)


@asynccontextmanager
async def _database(folder: Path) -> AsyncIterator[asyncpg.Pool]:
    folder.mkdir(mode=0o711)
    async with AsyncExitStack() as stack:
        stack.enter_context(owned(folder))
        await stack.enter_async_context(embedded_postgres(folder, _KEY))
        yield await stack.enter_async_context(open_pool(postgres_url(folder, _KEY), size=2))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.scale")
    parser.add_argument("what", choices=("directory", "rows"))
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="trunkline-scale-") as name:
        folder = Path(name)
        folder.chmod(0o711)  # the embedded servers run as another user when we are root
        if arguments.what == "directory":
            measure_directory(folder)
        else:
            asyncio.run(measure_rows(folder))


if __name__ == "__main__":
    main()
