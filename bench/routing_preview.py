"""routing.preview: a plan tried on 100,000 stored decisions, in a child as the page does it."""

import asyncio
import sys
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import msgspec

from bench.figures import ROUNDS, Context, Figure, absolute
from router.facts import Facts
from router.planning.replaying import Order
from router.planning.room import Preview, in_child
from router.policy import policies_of
from router.rules import decide
from router.staff import Agent
from tests.router.company import OFFICE, PLAN, QUEUES, SERVICE, head_of
from trunkline.calls.decisions import DecisionApplier
from trunkline.crypto import KEY_BYTES
from trunkline.db.migrate import migrate
from trunkline.db.pool import open_pool
from trunkline.db.types import Pool
from trunkline.directory.values import ContactClass
from trunkline.embedded.addresses import postgres_url
from trunkline.embedded.ownership import owned
from trunkline.embedded.postgres import embedded_postgres
from trunkline.pbx.port import DecisionRecord, Question
from trunkline.spool import Kind, Position, Record

ROWS = ("routing.preview",)
DECISIONS = 100_000
_KEY = bytes(KEY_BYTES)
_BATCH = 2_000
_SPREAD_SECONDS = 28 * 86_400.0


def measure(context: Context, wanted: frozenset[str]) -> Iterator[Figure]:
    """Seconds from the order to the report, the child's start included."""
    if "routing.preview" in wanted:
        yield absolute("routing.preview", asyncio.run(_measure(context.folder)), "s", "<=", 5)


async def _measure(folder: Path) -> list[float]:
    async with AsyncExitStack() as stack:
        stack.enter_context(owned(folder))
        await stack.enter_async_context(embedded_postgres(folder, _KEY))
        url = postgres_url(folder, _KEY)
        pool = await stack.enter_async_context(open_pool(url, size=2))
        async with pool.acquire() as connection:
            await migrate(connection)
        now = time.time()
        await _fill(pool, now)
        changed = PLAN | {"classes": PLAN["classes"] | {"supplier": "queue:finance"}}
        order = Order(url, changed, now - _SPREAD_SECONDS - 86_400, now)
        return [await _round(order) for _ in range(ROUNDS)]


async def _round(order: Order) -> float:
    preview = Preview(order.since, order.until, 1)
    began = time.perf_counter()
    await in_child(order, preview)
    seconds = time.perf_counter() - began
    if preview.report is None or preview.report.total != DECISIONS or not preview.report.elsewhere:
        sys.exit(f"routing.preview: not a whole report: {preview.fault or preview.report}")
    return seconds


async def _fill(pool: Pool, now: float) -> None:
    """A company and its decisions of four weeks, as the worker stores them."""
    await pool.executemany(
        "insert into queues (id, name, target) values ($1, $1, $2)", [(name, f"q-{name}") for name in QUEUES]
    )
    await pool.execute("insert into plans (body) values ($1)", PLAN)
    applier, policies = DecisionApplier(), policies_of(head_of())
    classes, anna = tuple(ContactClass), Agent("Анна Константинопольская", "101")
    for start in range(0, DECISIONS, _BATCH):
        records = []
        for place in range(start, start + _BATCH):
            klass = classes[place % len(classes)]
            facts = Facts(
                caller=f"+7916{place:07d}",
                line=(OFFICE, SERVICE)[place % 10 == 0],
                line_known=True,
                fallback="queue:sales",
                klass=klass,
                name="Иванов Иван Петрович" if klass is not ContactClass.UNKNOWN else "",
                company="ООО «СтройТехРомашка»" if klass is not ContactClass.UNKNOWN else "",
                responsible=anna if klass is ContactClass.CLIENT else None,
                spam_votes=5 * (place % 25 == 0),
                directory="0a1b2c3d4e5f.120",
            )
            at = now - 3600 - _SPREAD_SECONDS * place / DECISIONS
            question = Question("office", f"{int(at)}.{place}", facts.caller, facts.line)
            decision = decide(question, facts, policies, at, 0.5)
            told = DecisionRecord(at, 1, facts.caller, facts.line, question, decision, 1, 60)
            records.append(Record(int(Kind.DECISION), at, msgspec.msgpack.encode(told), Position(0, place)))
        async with pool.acquire() as connection, connection.transaction():
            await applier.apply(connection, records)
    await pool.execute("vacuum analyze")
