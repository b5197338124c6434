"""How long it takes until every total stands by another attribution model: `calltracking.model_switch`.

A million visits of some 415,000 people and 100,000 calls in twelve weeks, more calls than so many visits bring; the
most faithful people have over a hundred visits. The slowest of the eight models counts.
"""

import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Final

import uvloop

from bench.figures import Context, Figure, absolute
from calltracking.models.crediting import fetch_credited
from calltracking.models.model import MODELS, WHOLE, Model
from trunkline.crypto import KEY_BYTES
from trunkline.db.pool import open_pool
from trunkline.db.types import Connection
from trunkline.embedded.addresses import postgres_url
from trunkline.embedded.ownership import owned
from trunkline.embedded.postgres import embedded_postgres

ROWS = ("calltracking.model_switch",)
_VISITS: Final = 1_000_000
_PEOPLE: Final = 500_000
_CALLS: Final = 100_000
_ROUNDS: Final = 3
_KEY: Final = bytes(KEY_BYTES)
_WINDOW: Final = timedelta(days=90)
_WORLD: Final = f"""
select setseed(0.5);
create table visited as
    select gen_random_uuid() as touch, md5(floor({_PEOPLE} * power(random(), 1.5))::int::text)::uuid as person,
        timestamptz '2026-06-01' + random() * interval '84 days' as at, random() < 0.3 as direct,
        'channel ' || floor(random() * 12)::int as channel, 'campaign ' || floor(random() * 200)::int as campaign
    from generate_series(1, {_VISITS});
create table called as
    select gen_random_uuid() as conversion, md5((5 * number)::text)::uuid as person,
        timestamptz '2026-06-01' + random() * interval '84 days' as at, floor(random() * 10000000)::bigint as amount
    from generate_series(0, {_CALLS} - 1) number;
create index on visited (person, at);
create index on called (person, at);
analyze visited;
analyze called;
"""


def measure(context: Context, wanted: frozenset[str]) -> Iterator[Figure]:
    assert wanted
    yield absolute("calltracking.model_switch", uvloop.run(_rounds(context)), "s", "<=", 5)


async def _rounds(context: Context) -> list[float]:
    """Of each round the slowest model."""
    async with AsyncExitStack() as stack:
        stack.enter_context(owned(context.folder))
        await stack.enter_async_context(embedded_postgres(context.folder, _KEY))
        pool = await stack.enter_async_context(open_pool(postgres_url(context.folder, _KEY)))
        connection = await stack.enter_async_context(pool.acquire())
        await connection.execute(_WORLD)
        return [max([await _switch(connection, model) for model in MODELS]) for _ in range(_ROUNDS)]


async def _switch(connection: Connection, model: Model) -> float:
    """Seconds until the totals of every channel and campaign are there; they have to be whole."""
    started = time.perf_counter()
    rows = await fetch_credited(
        connection,
        model,
        _WINDOW,
        touches="select touch, person, at, direct, channel || '/' || campaign as what from visited",
        conversions="select conversion, person, at, amount from called",
        reading="select what, sum(share)::bigint as share, sum(part)::bigint as part from credits group by what",
    )
    took = time.perf_counter() - started
    amount = await connection.fetchval("select sum(amount)::bigint from called")
    if (sum(row["share"] for row in rows), sum(row["part"] for row in rows)) != (_CALLS * WHOLE, amount):
        raise RuntimeError(f"{model.name}: the totals are not those of the calls")
    return took
