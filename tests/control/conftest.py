"""The floor's company with clients who wait and talk, and a node that does as it is told."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from uuid import UUID

import pytest

from tests.floor.conftest import FINANCE_LINE, SALES_LINE, add_person, box, browser, hasher, passwords, people
from tests.people.web import Browser
from trunkline.background import end
from trunkline.control import store
from trunkline.control.asking import patience_key
from trunkline.control.order import Order, State
from trunkline.db.partitions import ensure_partitions
from trunkline.db.types import Pool
from trunkline.ids import uuid7

__all__ = ["add_person", "box", "browser", "hasher", "passwords", "people"]

Node = Callable[..., AbstractAsyncContextManager[list[Order]]]


@pytest.fixture
async def waiting(pool: Pool, people: dict[str, UUID]) -> dict[str, UUID]:
    """The calls of the clients who wait, by queue."""
    async with pool.acquire() as connection:
        await ensure_partitions(connection, datetime.now(UTC).date())
    calls = {}
    for queue, line in (("sales", SALES_LINE), ("finance", FINANCE_LINE)):
        calls[queue] = call = uuid7(datetime.now(UTC).timestamp())
        await pool.execute(
            "insert into queue_waits (call_id, place, pbx, queue, line_id, caller, caller_name, since) "
            "values ($1, 0, 'main', $2, $3, '+79161234567', 'Иван', now())",
            call, queue, line,
        )  # fmt: skip
        await pool.execute(
            "insert into steps (call_id, at, step_id, source, leg, channel, what) "
            "values ($1, now(), '12345678', 'live', $2, 'PJSIP/provider-1', $3)",
            call, f"leg-{queue}", {"kind": "queued", "queue": queue},
        )  # fmt: skip
    return calls


@pytest.fixture
async def talking(pool: Pool, people: dict[str, UUID]) -> dict[str, UUID]:
    """The calls Anna (sales) and Vera (finance) talk in, by extension."""
    async with pool.acquire() as connection:
        await ensure_partitions(connection, datetime.now(UTC).date())
    calls = {}
    for extension, line, number in (("101", SALES_LINE, "+74951234567"), ("201", FINANCE_LINE, "+74957654321")):
        calls[extension] = call = uuid7(datetime.now(UTC).timestamp())
        await pool.execute(
            "insert into agent_calls (pbx, extension, call_id, state, leg, since, other, other_name, line, queue) "
            "values ('main', $1, $2, 'talking', $3, now(), '+79161234567', '', $4, '')",
            extension, call, f"leg-{extension}", number,
        )  # fmt: skip
        await pool.execute(
            """
            insert into calls (id, pbx, linkedid, direction, caller, caller_name, client, dialled, line_id, started_at,
                answered_at, outcome, answered_by, agents, rang, queues, people, departments, wait_ms, talk_ms,
                is_partial, has_gap)
            select $1, 'main', $2, 'in', '+79161234567', '', '+79161234567', $3, $4, now(), now(), 'answered', $5,
                array[$5], array[$5], '{}', array[id], array[department_id], 0, 0, false, false
            from people where extension = $5
            """,
            call, f"l-{extension}", number, line, extension,
        )  # fmt: skip
        await pool.execute(
            "insert into steps (call_id, at, step_id, source, leg, channel, what) "
            "values ($1, now(), '12345678', 'live', $2, 'PJSIP/provider-1', $3)",
            call, f"l-{extension}", {"kind": "call_started", "number": "+79161234567", "exten": number},
        )  # fmt: skip
    return calls


@pytest.fixture
async def allowed(pool: Pool, people: dict[str, UUID]) -> None:
    """The PBX lets us do all of it."""
    settings = {"members_username": "m", "members_controls": True, "members_listens": True}
    await pool.execute("update pbxs set settings = $1 where id = 'main'", settings)


@pytest.fixture
def node(pool: Pool, browser: Browser) -> Node:
    """Ends every order the way it is told; without it nobody takes one, which is known at once."""
    patience = browser.app[patience_key]
    patience.answer = 0.3

    @asynccontextmanager
    async def at_work(state: State = State.DONE, why: str = "") -> AsyncIterator[list[Order]]:
        patience.answer = 10.0
        done: list[Order] = []

        async def work() -> None:
            while True:
                while (order := await store.claim_order(pool, "main")) is not None:
                    done.append(order)
                    if state is not State.SENT:
                        await store.end_order(pool, order.id, state, why)
                await asyncio.sleep(0.02)

        running = asyncio.create_task(work())
        try:
            yield done
        finally:
            await end([running])

    return at_work
