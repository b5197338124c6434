"""card.read_p99: the card's data, read from a mirror of 1 M contacts and half a million calls (5 M with SCALE=full)."""

import asyncio
import os
import random
import sys
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from bench.figures import ROUNDS, Context, Figure, absolute, percentile
from trunkline.card.reading import Asker, read_card
from trunkline.crypto import KEY_BYTES
from trunkline.db.migrate import migrate
from trunkline.db.partitions import ensure_partitions
from trunkline.db.pool import open_pool
from trunkline.db.types import Connection, Pool
from trunkline.directory.reader import View
from trunkline.embedded.addresses import postgres_url
from trunkline.embedded.ownership import owned
from trunkline.embedded.postgres import embedded_postgres
from trunkline.ids import lowest_id
from trunkline.people.roles import Right

ROWS = ("card.read_p99",)
CONTACTS = 1_000_000
CALLS = 5_000_000 if os.environ.get("SCALE") == "full" else 500_000
_MONTHS, _READS, _WARM = 12, 1_000, 200
_KEY = bytes(KEY_BYTES)
_ASKER = Asker(rights=frozenset(Right))

# A company to three contacts, every fiftieth number shared by two; calls of 200,000 numbers, every fiftieth unknown;
# what is sold and owed as a busy company has it.
_FILL = (
    """insert into companies (id, name, class, overdue, source, external_id)
       select gen_random_uuid(), 'ООО «СтройТехРомашка ' || n || '»', 'client',
           case when n % 20 = 0 then 5000 else 0 end, 'bench', n::text from generate_series(0, $1 / 3) n""",
    """insert into contacts (id, company_id, name, class, source, external_id)
       select gen_random_uuid(), co.id, 'Иванов Иван ' || n, 'client', 'bench', n::text
       from generate_series(0, $1 - 1) n join companies co on co.source = 'bench' and co.external_id = (n / 3)::text""",
    """insert into contact_phones (number, contact_id)
       select '+7916' || lpad((n - (n % 50 = 49)::integer)::text, 7, '0'), id
       from (select id, external_id::integer as n from contacts where $1 > 0) as c""",
    """insert into orders
           (id, source, external_id, company_id, number, amount, paid, paid_percent, shipped_percent, ordered_on,
           document_url)
       select gen_random_uuid(), 'bench', external_id || '-' || n, id, n::text, 1000, 500, 50, 50, current_date - n,
           'https://1c.example.com/order/' || n
       from companies, generate_series(1, 3) n where external_id::integer < $1 / 6""",
    """insert into invoices (id, source, external_id, company_id, order_id, number, amount, issued_on, document_url)
       select gen_random_uuid(), 'bench', external_id, company_id, id, number, amount, ordered_on, document_url
       from orders where $1 > 0""",
    """insert into payments (id, source, external_id, company_id, order_id, amount, paid_on)
       select gen_random_uuid(), 'bench', external_id, company_id, id, 500, ordered_on from orders where $1 > 0""",
    """insert into debts (id, source, external_id, company_id, amount, overdue, overdue_days)
       select gen_random_uuid(), 'bench', external_id, id, 9000, 5000, 30
       from companies where overdue > 0 and $1 > 0""",
    """insert into deals (id, source, external_id, company_id, contact_id, title, closed_at)
       select gen_random_uuid(), 'bench', external_id, company_id, id, 'Сделка',
           case when random() < 0.7 then now() end
       from contacts where external_id::integer < $1 / 5""",
    """insert into leads (id, source, external_id, contact_id, title, closed_at)
       select gen_random_uuid(), 'bench', external_id, id, 'Лид', case when random() < 0.7 then now() end
       from contacts where external_id::integer < $1 / 5""",
    """insert into tasks (id, source, external_id, contact_id, deal_id, title, done_at)
       select gen_random_uuid(), 'bench', external_id, contact_id, id, 'Задача', closed_at
       from deals where $1 > 0""",
    """insert into contact_notes (id, contact_id, person, text)
       select gen_random_uuid(), id, 'Анна', 'Просил перезвонить'
       from contacts where external_id::integer < $1 / 10""",
)
_CALLS = """
    insert into calls
        (id, pbx, linkedid, direction, caller, caller_name, client, dialled, started_at, ended_at, outcome, answered_by,
        agents, rang, queues, people, departments, wait_ms, talk_ms, is_partial, has_gap, story)
    select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7' || substr(md5(n::text), 1, 3) || '8'
            || substr(md5(n::text), 4, 15))::uuid,
        'main', 'bench.' || n, 'in', client, '', client, '+74951234567', at, at, 'answered', '101', '{101}',
        '{101,102}', '{sales}', '{}', '{}', 5000, 60000, false, false, '{"recordings": ["a.wav"]}'
    from (
        select n, $1::timestamptz + n * ($2::timestamptz - $1) / $3 as at,
            '+7916' || lpad((n::bigint * 7919 % 200000)::text, 7, '0') as client
        from generate_series(0, $3::integer - 1) n
    ) as made"""


def measure(context: Context, wanted: frozenset[str]) -> Iterator[Figure]:
    """Milliseconds of the slowest of a hundred cards, other clients each, one reader."""
    if "card.read_p99" in wanted:
        yield absolute("card.read_p99", asyncio.run(_measure(context.folder)), "ms", "<=", 20)


async def _measure(folder: Path) -> list[float]:
    async with AsyncExitStack() as stack:
        stack.enter_context(owned(folder))
        await stack.enter_async_context(embedded_postgres(folder, _KEY))
        pool = await stack.enter_async_context(open_pool(postgres_url(folder, _KEY), size=2))
        now = datetime.now(UTC)
        async with pool.acquire() as connection:
            await migrate(connection)
            await _fill(connection, now)
        calls = await _calls(pool, now)
        async with pool.acquire() as connection:
            await _round(connection, calls[:_WARM], now)
            rounds = [calls[_WARM + start : _WARM + start + _READS] for start in range(0, ROUNDS * _READS, _READS)]
            return [percentile(await _round(connection, chosen, now), 0.99) for chosen in rounds]


async def _fill(connection: Connection, now: datetime) -> None:
    """The mirror without its notices to the directory, which nobody follows here; and calls of a year."""
    await ensure_partitions(connection, now.date(), months_back=_MONTHS)
    await connection.execute("set session_replication_role = replica")
    for statement in _FILL:
        await connection.execute(statement, CONTACTS, timeout=900)
    await connection.execute(_CALLS, now - timedelta(days=30 * _MONTHS), now, CALLS, timeout=900)
    await connection.execute("set session_replication_role = origin")
    await connection.execute("vacuum analyze", timeout=900)


async def _calls(pool: Pool, now: datetime) -> list[UUID]:
    """Calls of the last month to look at, in no order."""
    rows = await pool.fetch(
        "select id from calls where id >= $1 order by id desc limit 20000", lowest_id(now - timedelta(days=25))
    )
    found = [row["id"] for row in rows]
    random.Random(4).shuffle(found)
    return found


async def _round(connection: Connection, calls: list[UUID], now: datetime) -> list[float]:
    taken, view = [], View()
    for call in calls:
        began = time.perf_counter()
        card = await read_card(connection, _ASKER, view, now, call=call)
        taken.append((time.perf_counter() - began) * 1000)
        if card is None or not card.calls:
            sys.exit(f"card.read_p99: not a whole card of {call}")
    return taken
