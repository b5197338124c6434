"""What time alone makes happen: debts, deferred payments, payments, broken promises; each told once by each rule."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from redis.asyncio import Redis

from tests.messages.conftest import PHONE, READER, Office, add_lead, put, round_at, states
from tests.messages.rules import rule, step
from trunkline.db.types import Pool
from trunkline.messages import finding
from trunkline.messages.happening import Kind
from trunkline.messages.rule import Channel, Whom

NOW = datetime.now(UTC)
TODAY = NOW.astimezone(READER.timezone).date()


async def find(pool: Pool, now: datetime = NOW, **limits: int) -> int:
    return await finding.one_round(pool, READER.timezone, now, **limits)


async def add_debt(pool: Pool, office: Office, overdue: int = 5000, days: int = 0, due: date | None = None) -> UUID:
    debt = uuid4()
    await pool.execute(
        "insert into debts (id, source, external_id, contact_id, amount, overdue, overdue_days, due_on)"
        " values ($1::uuid, '1c', $1::text, $2, $3, $3, $4, $5)",
        debt, office["client"], overdue, days, due,
    )  # fmt: skip
    return debt


async def add_order(pool: Pool, office: Office, until: date, paid: int = 0) -> UUID:
    order = uuid4()
    await pool.execute(
        "insert into orders (id, source, external_id, contact_id, number, amount, paid, deferred_until)"
        " values ($1::uuid, '1c', $1::text, $2, 'А-1', 1000, $3, $4)",
        order, office["client"], paid, until,
    )  # fmt: skip
    return order


def overdue(days: int, **more: Any) -> Any:
    more.setdefault("template", "{client}: {amount}, {days}, {due}")
    return rule(f"{days} days", kind=Kind.DEBT_OVERDUE, days=days, working=False, **more)


async def test_a_debt_is_told_once_by_each_rule(pool: Pool, redis: Redis, office: Office) -> None:
    await put(pool, overdue(7), overdue(14))
    due = TODAY - timedelta(days=8)
    await add_debt(pool, office, due=due)
    for _ in range(2):
        await find(pool)
        await round_at(pool, redis, NOW)
    assert [row["rule_name"] for row in await pool.fetch("select rule_name from messages")] == ["7 days"]
    text = await pool.fetchval("select text from messages")
    assert text.startswith("Иванов: 5\xa0000\xa0₽, 8, ")
    week = NOW + timedelta(days=7)
    for _ in range(2):
        await find(pool, week)
    names = await pool.fetch("select rule_name from messages order by at")
    assert [row["rule_name"] for row in names] == ["7 days", "14 days"]


async def test_what_grows_is_told_when_it_is_large_enough(pool: Pool, office: Office) -> None:
    await put(pool, overdue(1, amount=10_000))
    await add_debt(pool, office, days=30)
    assert await find(pool) == 0
    await pool.execute("update debts set overdue = 10000")
    assert await find(pool) == 1


@pytest.mark.parametrize("settled", ["update debts set overdue = 0", "delete from debts"])
async def test_a_debt_that_is_paid_meanwhile_is_not_told(
    pool: Pool, redis: Redis, office: Office, settled: str
) -> None:
    await put(pool, overdue(1))
    await add_debt(pool, office, days=3)
    await find(pool)
    await pool.execute(settled)
    await round_at(pool, redis, NOW)
    assert await states(pool) == [("Анна", "withdrawn", "settled")]


async def test_many_debts_are_looked_at_by_pages(pool: Pool, office: Office) -> None:
    await put(pool, overdue(1))
    for _ in range(5):
        await add_debt(pool, office, days=3)
    assert [await find(pool, page=2), await find(pool, page=2)] == [5, 0]


async def test_a_deferred_payment_is_a_task_of_its_manager(pool: Pool, redis: Redis, office: Office) -> None:
    task = rule("one", step(channel=Channel.TASK), kind=Kind.PAYMENT_DEFERRED, days=2, working=False)
    await put(pool, task)
    lead = await add_lead(pool, office, taken=True)
    order = await add_order(pool, office, TODAY + timedelta(days=3))
    assert await find(pool) == 0
    tomorrow = NOW + timedelta(days=1)
    assert [await find(pool, tomorrow), await find(pool, tomorrow)] == [1, 0]
    await round_at(pool, redis, tomorrow)
    assert await pool.fetchval("select next_call_at from leads where id = $1", lead) == tomorrow
    assert await pool.fetchval("select count(*) from notices where person_id = $1", office["anna"]) == 1
    # Put off again, it is another day; paid, it is nothing more.
    await pool.execute("update orders set deferred_until = $1", TODAY + timedelta(days=10))
    later = NOW + timedelta(days=9)
    assert await find(pool, later) == 1
    await pool.execute("update orders set paid = amount where id = $1", order)
    await round_at(pool, redis, later)
    assert [state for _, state, _ in await states(pool)] == ["sent", "withdrawn"]


async def test_a_payment_is_told(pool: Pool, office: Office) -> None:
    await put(pool, rule("one", kind=Kind.PAYMENT_RECEIVED, template="{amount}"))
    for paid_on, cancelled in ((TODAY, None), (TODAY - timedelta(days=9), None), (TODAY, NOW)):
        await pool.execute(
            "insert into payments (id, source, external_id, contact_id, amount, paid_on, cancelled_at)"
            " values ($1::uuid, '1c', $1::text, $2, 100, $3, $4)",
            uuid4(), office["client"], paid_on, cancelled,
        )  # fmt: skip
    assert [await find(pool), await find(pool)] == [1, 0]


@pytest.mark.parametrize(
    ("late", "promise", "told"),
    [
        (0, 10, [0, 2, 0, 0]),
        (70, 10, [0, 2, 0, 0]),
        (70, 60, [0, 0, 0, 2]),
        (5, 40, [0, 0, 0, 2]),
        (4 * 24 * 60, 10, [0, 0, 0, 0]),
    ],
)
async def test_who_is_learnt_of_late_is_told_of_after_a_while(
    pool: Pool, office: Office, late: int, promise: int, told: list[int]
) -> None:
    """Twenty minutes ago it was learnt: of a call of last week nobody is told."""
    steps = step(), step(Whom.HEADS, after=30)
    await put(pool, rule("one", *steps, kind=Kind.MISSED_LATE, working=False, template="{phone}"))
    learnt = NOW - timedelta(minutes=20)
    began = learnt - timedelta(minutes=late)
    await pool.execute(
        "insert into missed_clients (id, number, first_missed_at, missed_until, last_missed_at, last_call_id, times,"
        " dialled, queue, lines, departments, people, promised_at, attempts, last_attempt_by, close_reason, close_note,"
        " learnt_at) values ($1, $2, $3, $3, $3, $1, 1, '', '', '{}', $4, '{}', $5, 0, '', '', '', $6)",
        uuid4(), PHONE, began, [office["sales"]], began + timedelta(minutes=promise), learnt,
    )  # fmt: skip
    assert [await find(pool, NOW + timedelta(minutes=at)) for at in (-11, -6, 0, 16)] == told
    first = await pool.fetchval("select min(not_before) from messages")
    assert first is None or first >= learnt + timedelta(minutes=min(promise, 30))


async def test_a_broken_promise_is_told_to_who_has_it(pool: Pool, redis: Redis, office: Office) -> None:
    late = rule("one", step(), step(Whom.HEADS, after=30), kind=Kind.MISSED_LATE, working=False, template="{phone}")
    await put(pool, late)
    await pool.execute(
        "insert into missed_clients (id, number, first_missed_at, missed_until, last_missed_at, last_call_id, times,"
        " dialled, queue, lines, departments, people, promised_at, attempts, last_attempt_by, close_reason, close_note,"
        " learnt_at) values ($1, $2, $3, $3, $3, $1, 1, '', '', '{}', $4, '{}', $5, 0, '', '', '', $3)",
        uuid4(), PHONE, NOW - timedelta(hours=1), [office["sales"]], NOW - timedelta(minutes=1),
    )  # fmt: skip
    assert [await find(pool, NOW - timedelta(minutes=2)), await find(pool), await find(pool)] == [0, 2, 0]
    await round_at(pool, redis, NOW)
    await pool.execute("update missed_clients set closed_at = now(), closed_how = 'reached'")
    await round_at(pool, redis, NOW + timedelta(minutes=30))
    assert await states(pool) == [("Head", "withdrawn", "settled"), ("Анна", "sent", "")]
