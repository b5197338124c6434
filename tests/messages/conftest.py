"""A small company with a rule or two, and what it takes to let the worker tell something."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from redis.asyncio import Redis

from tests.alarms.test_alarms import mailbox
from tests.missed.conftest import add_person, box, browser, hasher, passwords
from tests.people.company import ACTOR, AddPerson
from trunkline.db.types import Pool
from trunkline.messages.posting import one_round
from trunkline.messages.rule import Rule
from trunkline.messages.rules_store import save_rule
from trunkline.people.roles import Role
from trunkline.web.i18n import Reader

__all__ = ["add_person", "box", "browser", "hasher", "mailbox", "passwords"]

READER = Reader("ru", ZoneInfo("Europe/Moscow"))
PHONE = "+79161234567"
Office = dict[str, UUID]


@pytest.fixture
async def office(pool: Pool, add_person: AddPerson) -> Office:
    """Anna of the sales, their head, and the director; a client of hers with an address."""
    sales = uuid4()
    await pool.execute("insert into departments (id, slug, name) values ($1, 'sales', 'Продажи')", sales)
    people = {
        "anna": await add_person("anna", email="anna@example.com", name="Анна"),
        "head": await add_person("head", Role.SUPERVISOR, email="head@example.com"),
        "boss": await add_person("boss", Role.ADMINISTRATOR, email="boss@example.com", every_department=True),
    }
    for name in ("anna", "head"):
        await pool.execute("update people set department_id = $2 where id = $1", people[name], sales)
    await pool.execute("insert into account_departments values ($1, $2) on conflict do nothing", people["head"], sales)
    client = uuid4()
    await pool.execute(
        "insert into contacts (id, name, email, class, responsible_id)"
        " values ($1, 'Иванов', 'ivanov@example.com', 'client', $2)",
        client, people["anna"],
    )  # fmt: skip
    await pool.execute("insert into contact_phones (contact_id, number) values ($1, $2)", client, PHONE)
    return people | {"sales": sales, "client": client}


async def put(pool: Pool, *rules: Rule) -> None:
    async with pool.acquire() as connection, connection.transaction():
        for one in rules:
            await save_rule(connection, one, ACTOR, datetime.now(UTC))


async def round_at(pool: Pool, redis: Redis, now: datetime) -> int:
    """One look of the worker."""
    return await one_round(pool, redis, READER, now)


async def states(pool: Pool) -> list[tuple[Any, ...]]:
    """Who is told, what became of it, and why, by name."""
    rows = await pool.fetch("select recipient_name, state, why from messages order by recipient_name, step, at")
    return [tuple(row) for row in rows]


async def add_lead(pool: Pool, office: Office, number: str = PHONE, taken: bool = False) -> UUID:
    """An open lead of a minute ago."""
    lead, now = uuid4(), datetime.now(UTC)
    await pool.execute(
        "insert into leads (id, source, external_id, phone, title, opened_at, contact_id, responsible_id)"
        " values ($1::uuid, 'call', $1::text, $2, 'Окна', $3, $4, $5)",
        lead, number, now - timedelta(minutes=1), office["client"], office["anna"],
    )  # fmt: skip
    await pool.execute(
        "insert into lead_clocks (lead_id, phone, departments, take_by, call_by, taken_at)"
        " values ($1, $2, $3, $4, $4, $5)",
        lead, number, [office["sales"]], now + timedelta(hours=1), now if taken else None,
    )  # fmt: skip
    return lead
