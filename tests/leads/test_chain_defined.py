"""What breaks off, beside its definition: chain by chain, each looked up by itself (chain_defined.sql)."""

import random
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from trunkline.db.partitions import ensure_partitions
from trunkline.db.types import Connection, Pool
from trunkline.ids import uuid7
from trunkline.leads.chain import Asked, CameTo, chain
from trunkline.people.identity import Reach
from trunkline.reports.days import Days

LINKS, COUNTS, ROWS = (
    part.partition("\n")[2] for part in Path(__file__).with_name("chain_defined.sql").read_text().split("-- name: ")[1:]
)
ZONE: Final = ZoneInfo("Europe/Moscow")
NOW: Final = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAYS: Final = Days(date(2026, 11, 1), date(2026, 11, 21), ZONE)
DEPARTMENTS: Final = [UUID(int=1), UUID(int=2)]
PEOPLE: Final = [UUID(int=11), UUID(int=12)]
PHONES: Final = [f"+7916000{place:04}" for place in range(9)]
ASKED: Final = [
    Asked(DAYS, Reach(PEOPLE[0], None, None), money=True),
    Asked(DAYS, Reach(PEOPLE[0], None, None), money=False, department=DEPARTMENTS[0]),
    Asked(DAYS, Reach(PEOPLE[1], DEPARTMENTS[:1], None), money=True),
]


class World:
    """Clients who call, ask, order and pay, by chance."""

    def __init__(self, connection: Connection, seed: int) -> None:
        self.connection = connection
        self.chance = random.Random(seed)
        self.contacts: list[UUID] = []
        self.companies: list[UUID] = []
        self.leads: list[UUID] = []

    async def make(self) -> None:
        """A month of it."""
        await ensure_partitions(self.connection, NOW.date())
        for place, department in enumerate(DEPARTMENTS):
            insert = "insert into departments (id, slug, name) values ($1, $2, $2)"
            await self.connection.execute(insert, department, f"d{place}")
        for person in PEOPLE:
            await self.connection.execute("insert into people (id, name) values ($1, $1::uuid::text)", person)
        self.companies = [await self.put("companies", name=f"Company {place}") for place in range(3)]
        for number in PHONES[:7]:
            self.contacts.append(await self.put("contacts", name=number, company_id=self.some(self.companies)))
            await self.connection.execute("insert into contact_phones values ($1, $2)", number, self.contacts[-1])
        for _ in range(60):
            await self._call()
        deals = [await self._deal() for _ in range(25)]
        orders = [await self.put("orders", deal_id=self.some(deals)) for _ in range(20)]
        invoices = [await self.put("invoices", order_id=self.some(orders)) for _ in range(15)]
        for _ in range(60):
            await self.put(
                *("payments",),
                amount=self.chance.randrange(1, 900),
                paid_on=self.moment().date(),
                order_id=self.some(orders, 0.3),
                invoice_id=self.some(invoices, 0.3),
                contact_id=self.some(self.contacts),
                company_id=self.some(self.companies),
                cancelled_at=self.some([NOW], 0.1),
            )

    async def put(self, table: str, **fields: Any) -> UUID:
        """A row."""
        row = {"id": (identifier := uuid7(NOW.timestamp())), "source": "crm", "external_id": str(identifier)} | fields
        places = ", ".join(f"${place}" for place in range(1, len(row) + 1))
        await self.connection.execute(f"insert into {table} ({', '.join(row)}) values ({places})", *row.values())
        return identifier

    def some(self, choices: Sequence[Any], share: float = 0.7) -> Any:
        """One of them, or none."""
        return self.chance.choice(choices) if choices and self.chance.random() < share else None

    def moment(self) -> datetime:
        """Within the days, or a little before."""
        return NOW - timedelta(hours=self.chance.randrange(24 * 25))

    async def _call(self) -> None:
        at, client, chance = self.moment(), self.chance.choice(PHONES), self.chance.random()
        departments, people = [self.chance.choice(DEPARTMENTS)], [self.chance.choice(PEOPLE)]
        call = uuid7(at.timestamp())
        await self.connection.execute(
            "insert into calls (id, pbx, linkedid, direction, caller, caller_name, client, dialled, started_at,"
            " ended_at, outcome, answered_by, agents, rang, queues, people, departments, wait_ms, talk_ms, is_partial,"
            " has_gap, story) values ($1, 'office', $1::uuid::text, 'in', $2, '', $2, '', $3, $3, 'answered', '', '{}',"
            " '{}', '{}', $4, $5, 0, 0, false, false, '{}')",
            *(call, client, at, people, departments),
        )
        lead = await self._lead(at, client, departments) if chance < 0.6 else None
        if chance < 0.8:
            raw = {"rule": self.chance.choice(["no_buyer", "unknown"])}
            await self.put("touches", call_id=self.some([call]), lead_id=lead, kind="call", at=at, raw=raw)

    async def _lead(self, at: datetime, client: str, departments: list[UUID]) -> UUID:
        closed = self.some([at])
        lead = await self.put(
            "leads", phone=client, opened_at=at, closed_at=closed, responsible_id=self.some(PEOPLE, 0.2)
        )
        self.leads.append(lead)
        reason = self.chance.choice(["won", "not_needed"]) if closed else ""
        if self.chance.random() < 0.9:
            await self.connection.execute(
                "insert into lead_clocks (lead_id, phone, departments, take_by, call_by, called_at, closed_at,"
                " close_reason) values ($1, $2, $3, $4, $4, $5, $6, $7)",
                *(lead, client, departments, at, self.some([at]), closed, reason),
            )
        return lead

    async def _deal(self) -> UUID:
        at = self.moment()
        return await self.put(
            "deals",
            title="A deal",
            opened_at=at,
            closed_at=self.some([at + timedelta(days=1)], 0.4),
            lead_id=self.some(self.leads, 0.4),
            contact_id=self.some(self.contacts),
            company_id=self.some(self.companies),
            department_id=self.some(DEPARTMENTS),
        )


@pytest.fixture
async def connection(pool: Pool) -> AsyncIterator[Connection]:
    async with pool.acquire() as connection, connection.transaction():
        yield connection


@pytest.mark.parametrize("seed", range(6))
async def test_one_pass_says_what_the_definition_says(connection: Connection, seed: int) -> None:
    await World(connection, seed).make()
    ends = set()
    for asked in ASKED:
        arguments = asked.arguments[:11]
        counted = await connection.fetch(f"{LINKS}\n{COUNTS}", *arguments)
        listed = await connection.fetch(f"{LINKS}\n{ROWS}", *arguments, None, None, None, 1000)
        found = await chain(connection, asked, size=1000)

        assert {one.came_to: (one.links, one.calls, one.paid) for one in found.ends if one.links} == {
            row["came_to"]: (row["links"], row["calls"], row["paid"]) for row in counted
        }
        assert [
            (one.kind, one.id, one.at, one.phone, one.lead_id, one.here, one.deal_id, one.deal, one.paid,
             one.came_to.value, one.close_reason) for one in found.links.rows
        ] == [
            (*(row[name] for name in ("kind", "id", "at", "phone", "lead_id", "here", "deal_id", "deal", "paid")),
             row["came_to"], row["close_reason"]) for row in listed
        ]  # fmt: skip
        ends |= {one.came_to for one in found.ends if one.links}
    assert len(ends) > len(CameTo) // 2, ends
    assert CameTo.ELSEWHERE in ends
