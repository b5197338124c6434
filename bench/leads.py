"""leads.chain_month: what breaks off, of a month of 60,000 calls; its ends and its first page together.

Half a year of calls of 200,000 numbers, three in four of them contacts. Of six calls in ten a lead comes, of three
leads in ten a deal, of seven deals in ten money. Half of these deals name their lead, the others only whom they are
with; every fifth contact has a deal, and every tenth a payment, that nothing led to.
"""

import asyncio
import sys
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from bench.figures import ROUNDS, Context, Figure, absolute
from trunkline.crypto import KEY_BYTES
from trunkline.db.migrate import migrate
from trunkline.db.partitions import ensure_partitions
from trunkline.db.pool import open_pool
from trunkline.db.types import Connection, Pool
from trunkline.embedded.addresses import postgres_url
from trunkline.embedded.ownership import owned
from trunkline.embedded.postgres import embedded_postgres
from trunkline.leads.chain import Asked, chain
from trunkline.people.identity import Reach
from trunkline.reports.days import latest

ROWS = ("leads.chain_month",)
_KEY: Final = bytes(KEY_BYTES)
_A_MONTH: Final = 60_000
_MONTHS: Final = 6
_DAYS: Final = 30
_EVERYBODY: Final = Reach(UUID(int=0), None, None)

_FILL: Final = (
    "select setseed(0.5)",
    """insert into contacts (id, name, class, source, external_id)
       select gen_random_uuid(), 'Client ' || n, 'client', 'bench', n::text from generate_series(0, 149999) as n""",
    """insert into contact_phones (number, contact_id)
       select '+7916' || lpad(external_id, 7, '0'), id from contacts""",
    """insert into calls
           (id, pbx, linkedid, direction, caller, caller_name, client, dialled, started_at, ended_at, outcome,
           answered_by, agents, rang, queues, people, departments, wait_ms, talk_ms, is_partial, has_gap, story)
       select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7' || substr(md5(n::text), 1, 3)
               || '8' || substr(md5(n::text), 4, 15))::uuid,
           'main', 'bench.' || n, 'in', client, '', client, '+74951234567', at, at,
           case when n % 5 = 0 then 'missed' else 'answered' end, '101', '{101}', '{101}', '{sales}', '{}',
           array[lpad(to_hex(1 + n % 3), 32, '0')::uuid], 5000, 60000, false, false,
           jsonb_build_object('recordings', '{}'::text[], 'told', repeat(md5(n::text), 30))
       from (
           select n, now() - n * interval '30 days' / 60000 as at,
               '+7916' || lpad(floor(200000 * power(random(), 1.5))::integer::text, 7, '0') as client
           from generate_series(1, 360000) as n
       ) as made""",
    """create temporary table led as
       select id as call_id, client, started_at, gen_random_uuid() as lead_id, random() as chance
       from calls where random() < 0.6""",
    """insert into leads (id, source, external_id, phone, opened_at, closed_at)
       select lead_id, 'calls', call_id::text, client, started_at, case when chance < 0.7 then started_at end
       from led""",
    """insert into lead_clocks (lead_id, phone, take_by, taken_at, call_by, called_at, closed_at, close_reason)
       select lead_id, client, started_at, started_at, started_at, case when chance < 0.9 then started_at end,
           case when chance < 0.7 then started_at end,
           case when chance < 0.2 then 'won' when chance < 0.7 then 'not_needed' else '' end
       from led""",
    """insert into touches (id, source, external_id, lead_id, contact_id, call_id, kind, at, raw)
       select gen_random_uuid(), 'calls', call_id::text, lead_id, known.contact_id, call_id, 'call', started_at,
           '{"rule": "unknown"}'
       from led left join contact_phones as known on known.number = led.client""",
    """insert into deals (id, source, external_id, lead_id, contact_id, title, opened_at, closed_at)
       select gen_random_uuid(), 'crm', call_id::text, case when chance < 0.15 then lead_id end, known.contact_id,
           'Deal', started_at + interval '1 hour', case when chance < 0.2 then started_at + interval '9 days' end
       from led join contact_phones as known on known.number = led.client where chance < 0.3""",
    """insert into deals (id, source, external_id, contact_id, title, opened_at)
       select gen_random_uuid(), 'crm', 'own.' || id, id, 'Deal', now() - random() * interval '180 days'
       from contacts where random() < 0.2""",
    """insert into orders (id, source, external_id, contact_id, deal_id)
       select gen_random_uuid(), 'crm', external_id, contact_id, id from deals where random() < 0.7""",
    """insert into invoices (id, source, external_id, contact_id, order_id)
       select gen_random_uuid(), 'crm', external_id, contact_id, id from orders""",
    """insert into payments (id, source, external_id, contact_id, order_id, invoice_id, amount, paid_on)
       select gen_random_uuid(), 'crm', made.external_id, made.contact_id,
           case when made.chance < 0.4 then made.order_id end,
           case when made.chance between 0.4 and 0.8 then made.id end, 1000, current_date - (made.chance * 180)::integer
       from (select *, random() as chance from invoices) as made""",
    """insert into payments (id, source, external_id, contact_id, amount, paid_on)
       select gen_random_uuid(), 'crm', 'gift.' || id, id, 500, current_date - (random() * 180)::integer
       from contacts where random() < 0.1""",
)  # fmt: skip


def measure(context: Context, wanted: frozenset[str]) -> Iterator[Figure]:
    """Seconds of a reader of everything who sees sums."""
    assert wanted
    yield absolute("leads.chain_month", asyncio.run(_measure(context.folder)), "s", "<=", 1)


async def _measure(folder: Path) -> list[float]:
    async with AsyncExitStack() as stack:
        stack.enter_context(owned(folder))
        await stack.enter_async_context(embedded_postgres(folder, _KEY))
        pool = await stack.enter_async_context(open_pool(postgres_url(folder, _KEY), size=2))
        now = datetime.now(UTC)
        async with pool.acquire() as connection:
            await migrate(connection)
            await fill(connection, now)
        return [await _page(pool, now) for _ in range(ROUNDS)]


async def fill(connection: Connection, now: datetime) -> None:
    """The half year, without notices to the directory, which nobody follows here."""
    await ensure_partitions(connection, (now + timedelta(days=1)).date(), months_back=_MONTHS + 1)
    await connection.execute("set session_replication_role = replica")
    for statement in _FILL:
        await connection.execute(statement, timeout=900)
    await connection.execute("set session_replication_role = origin")
    await connection.execute("vacuum analyze", timeout=900)


async def _page(pool: Pool, now: datetime) -> float:
    asked = Asked(latest(_DAYS, now, ZoneInfo("UTC")), _EVERYBODY, money=True)
    began = time.perf_counter()
    async with pool.acquire() as connection, connection.transaction():
        found = await chain(connection, asked)
    took = time.perf_counter() - began
    if sum(end.calls for end in found.ends) < _A_MONTH * 0.9 or not found.links.rows:
        sys.exit("leads.chain_month: not a whole month")
    return took
