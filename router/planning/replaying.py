"""The child that tries a plan on stored decisions: `python -m router.planning.replaying`, so that pages stay quick.

Reads an Order as JSON from standard input; writes lines of JSON: how far it is, at last the report or what went wrong.
"""

import asyncio
import gc
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import asyncpg
import msgspec
import uvloop

from router.plan import read_plan
from router.planning.replay import Replay, Report, Stored
from router.planning.store import SQL
from router.policy import policies_of
from trunkline.db.hosts import connect
from trunkline.db.pool import prepare_connection
from trunkline.directory.calendar import completed
from trunkline.directory.head import read_head
from trunkline.directory.values import Head
from trunkline.errors import TrunklineError
from trunkline.ids import uuid7

_BATCH = 4000
_LOWEST = b"\0" * 10


class Order(msgspec.Struct, frozen=True):
    """What to try: the plan's body on calls of a period (Unix seconds)."""

    database: str
    body: dict[str, Any]
    since: float
    until: float


class Told(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of the child."""

    done: int = 0
    total: int = 0
    report: Report | None = None
    fault: str = ""


async def replay(order: Order) -> AsyncIterator[Told]:
    """Try the plan; tells how far it is after every batch, and the report at last."""
    connection = await connect(order.database, server_settings={"application_name": "trunkline-preview"})
    try:
        await prepare_connection(connection)
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            trying = Replay(policies_of(_head_for(order, await read_head(connection))))
            bounds = uuid7(order.since, _LOWEST), uuid7(order.until, _LOWEST)
            total: int = await connection.fetchval(SQL["count_first_decisions"], *bounds)
            cursor = await connection.cursor(SQL["first_decisions"], *bounds)
            rows = await cursor.fetch(_BATCH)
            while rows:
                # PostgreSQL makes the next rows ready while these are looked at.
                coming = asyncio.create_task(cursor.fetch(_BATCH))
                await asyncio.sleep(0)
                for row in rows:
                    trying.take(Stored(*row))
                rows = await coming
                yield Told(trying.total, total)
        yield Told(trying.total, total, trying.report())
    finally:
        await connection.close()


def _head_for(order: Order, head: Head) -> Head:
    """The small tables with the plan to be tried, and the calendars it needs."""
    plan = read_plan(order.body)
    countries = {plan.country, *(branch.country for branch in plan.branches.values())} - {""}
    first, last = (datetime.fromtimestamp(moment, UTC).year for moment in (order.since, order.until))
    calendar = completed(head.calendar, countries, range(first, last + 2))
    return msgspec.structs.replace(head, plan=msgspec.json.encode(order.body), calendar=calendar)


async def _main() -> None:
    order = msgspec.json.decode(sys.stdin.buffer.read(), type=Order)
    try:
        async for told in replay(order):
            _say(told)
    except (TrunklineError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        _say(Told(fault=str(error) or type(error).__name__))


def _say(told: Told) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(told) + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    gc.disable()  # nothing here goes round in circles, and the child ends soon
    uvloop.run(_main())
