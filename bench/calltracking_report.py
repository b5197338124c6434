"""How long a report on advertising takes over a year: `calltracking.report_p95`.

3 M visits of some 1.5 M people (30 M under `SCALE=full`), a million calls they led to, leads, deals, payments and
costs; one day is not rolled up yet, as today never is. Each class of report is measured by itself, so that none hides
behind the many of another: every kind of row by each of the eight models; calls behind the largest row of each kind;
only sure calls; beside the year before; as a file; what readers of some lines or departments, of half, and of nearly
all, are told; the proof page of a site. The row is the 95th percentile of the slowest class.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Final

import asyncpg
import uvloop

from bench._reports import YEAR, ZONE, measured
from bench.figures import Context, Figure, absolute, percentile
from calltracking.results.rolling import count_days, sum_latest
from trunkline.crypto import KEY_BYTES
from trunkline.db.migrate import migrate
from trunkline.db.partitions import ensure_partitions
from trunkline.db.types import Connection
from trunkline.embedded.addresses import postgres_url
from trunkline.embedded.ownership import owned
from trunkline.embedded.postgres import embedded_postgres
from trunkline.reports.days import Days

ROWS = ("calltracking.report_p95",)
_KEY: Final = bytes(KEY_BYTES)
_CALLS: Final = 1_000_000
_WORLD: Final = """
set session_replication_role = replica;
select setseed(0.5);
create function pg_temp.id_of(moment timestamptz) returns uuid language sql volatile as $$
    select (left(ms, 8) || '-' || right(ms, 4) || '-7' || substr(gen_random_uuid()::text, 16))::uuid
    from (select lpad(to_hex((extract(epoch from moment) * 1000)::bigint), 12, '0') as ms) as told $$;
insert into lines (id, number, city)
    select gen_random_uuid(), '+7495' || lpad(n::text, 7, '0'), 'City ' || n % 20 from generate_series(0, 399) n;
insert into tracking_sites (id, key, name, hosts, city)
    select lpad(to_hex(n), 32, '0')::uuid, lpad(n::text, 12, '0'), 'Site ' || n, array['example.ru'],
        'City ' || n % 20
    from generate_series(0, 99) n;
insert into tracking_pools (id, name) values (gen_random_uuid(), 'All');
insert into tracking_numbers (id, number, since, pool_id)
    select gen_random_uuid(), number, '2025-01-01', (select id from tracking_pools) from lines;
insert into tracking_placements (id, site_id, name, number, pool_id)
    select gen_random_uuid(), id, 'main', '+7495' || lpad((4 * substr(name, 6)::int)::text, 7, '0'),
        (select id from tracking_pools)
    from tracking_sites;
insert into visits (id, visitor, site_id, started_at, seen_at, landing, referrer, agent, consent, channel, source,
                    medium, campaign, term)
    select pg_temp.id_of(at), md5(floor(:people * power(random(), 1.3))::int::text)::uuid,
        lpad(to_hex(floor(100 * random())::int), 32, '0')::uuid, at, at,
        'https://www.example.ru/page/' || floor(800 * random() * random())::int || '?utm_source=x', '',
        (array['Mozilla/5.0 (iPhone) Mobile', 'Mozilla/5.0 (Linux; Android 15) Mobile', 'Mozilla/5.0 (Windows NT 10.0)',
               'Mozilla/5.0 (iPad)'])[1 + floor(4 * random())::int], 'full',
        (array['Paid Search', 'Organic Search', 'Direct', 'Organic Social', 'Referral', 'Paid Social', 'Email',
               'Display', 'AI Assistant', 'Paid Other'])[1 + floor(10 * random() * random())::int],
        'source ' || floor(60 * random() * random())::int, 'cpc', 'campaign ' || floor(300 * random() * random())::int,
        'keyword ' || floor(5000 * random() * random() * random())::int
    from (select timestamptz '2025-11-01 00:00+03' + random() * interval '365 days' as at
          from generate_series(1, :visits)) as moments;
create temporary table led as
    select pg_temp.id_of(started_at + interval '4 min') as call_id, started_at + interval '5 min' as at, v.*,
        '+79' || lpad((('x' || left(md5(visitor::text), 8))::bit(32)::bigint % 1000000000)::text, 9, '0') as client,
        '+7495' || lpad(floor(400 * random())::int::text, 7, '0') as number, random() as chance
    from (select * from visits where random() < 1.0 * :calls / :visits) as v
    where started_at < '2026-10-31 23:50+03';
insert into calls (id, pbx, linkedid, direction, caller, caller_name, client, dialled, line_id, started_at, ended_at,
                   outcome, answered_by, agents, rang, queues, people, departments, wait_ms, talk_ms, is_partial,
                   has_gap, story)
    select call_id, 'office', call_id::text, 'in', client, '', client, led.number, lines.id, at, at,
        case when chance < 0.8 then 'answered' else 'missed' end, '', '{}', '{}', '{}', '{}',
        array[lpad(to_hex(1 + floor(5 * random())::int), 32, '0')::uuid], 9000,
        case when chance < 0.8 then (200000 * random())::int else 0 end, false, false, '{"recordings": []}'
    from led join lines on lines.number = led.number;
insert into attributions (call_id, number, client, told_by, visit_id, visitor, site, channel, source, medium,
                          campaign, term, landing, confidence)
    select call_id, number, client, 'visit', led.id, visitor, s.name, channel, source, medium, campaign, term, landing,
        1 - random() * random()
    from led join tracking_sites s on s.id = led.site_id;
insert into leads (id, source, external_id, phone, opened_at)
    select gen_random_uuid(), 'crm', call_id::text, client, at + interval '1 h' from led where chance < 0.2;
insert into deals (id, source, external_id, lead_id, opened_at)
    select gen_random_uuid(), 'crm', external_id, id, opened_at + interval '1 day' from leads where random() < 0.3;
insert into orders (id, source, external_id, deal_id) select gen_random_uuid(), 'crm', external_id, id from deals;
insert into payments (id, source, external_id, order_id, amount, paid_on)
    select gen_random_uuid(), 'crm', o.external_id, o.id, 1000 + random() * 90000,
        (d.opened_at + interval '2 days')::date
    from orders o join deals d on d.id = o.deal_id;
insert into tracking_costs (day, channel, source, campaign, keyword, city, gross, net)
    select day, 'Paid Search', 'source ' || n % 8, 'campaign ' || n, 'keyword ' || n * 7, '', 120000 + n, 100000 + n
    from generate_series(date '2025-11-01', date '2026-10-31', interval '1 day') day, generate_series(1, 150) n;
set session_replication_role = origin;
insert into tracking_zone (zone) values ('Europe/Moscow') on conflict do nothing;
insert into tracking_changes (hour) values ('2026-10-31 12:00+03') on conflict do nothing;
analyze;
"""


def measure(context: Context, wanted: frozenset[str]) -> Iterator[Figure]:
    assert wanted
    yield absolute("calltracking.report_p95", [uvloop.run(_p95(context))], "s", "<=", 2)


async def _p95(context: Context) -> float:
    visits = 30_000_000 if os.environ.get("SCALE") == "full" else 3_000_000
    async with AsyncExitStack() as stack:
        stack.enter_context(owned(context.folder))
        await stack.enter_async_context(embedded_postgres(context.folder, _KEY))
        connection = await asyncpg.connect(postgres_url(context.folder, _KEY))
        stack.push_async_callback(connection.close)
        await make_year(connection, visits, _CALLS)
        classes = {name: percentile(took, 0.95) for name, took in (await measured(connection)).items()}
        for name, took in classes.items():
            sys.stderr.write(f"{name}: {took:.2f} s\n")
        return max(classes.values())


async def make_year(connection: Connection, visits: int, calls: int) -> None:
    """A year of rows, all but its last day rolled up."""
    await migrate(connection)
    await ensure_partitions(connection, YEAR.after, months_back=13)
    sizes = {":visits": visits, ":people": visits // 2, ":calls": calls}
    world = _WORLD
    for name, number in sizes.items():
        world = world.replace(name, str(number))
    await connection.execute(world)
    first = YEAR.first
    while first < YEAR.last:
        after = min((first.replace(day=1) + timedelta(days=32)).replace(day=1), YEAR.last)
        async with connection.transaction():
            await count_days(connection, Days(first, after, ZONE))
        first = after
    summed = 1
    while summed:
        async with connection.transaction():
            summed = await sum_latest(connection, ZONE.key)
    await connection.execute("vacuum analyze")
