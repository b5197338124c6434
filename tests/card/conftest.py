"""A small house with a client, his money and his calls, and browsers in it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from aiohttp import web
from redis.asyncio import Redis

from tests.people.company import AddPerson, add_person, box, hasher, passwords
from tests.people.web import Browser
from tests.web.composed import browsing_as, compose
from trunkline.calls.phone import Number
from trunkline.contacts.store import NewContact, put_contact
from trunkline.db.partitions import ensure_partitions
from trunkline.db.types import Pool
from trunkline.directory.values import ContactClass
from trunkline.ids import uuid7
from trunkline.people.roles import Role

__all__ = ["add_person", "box", "hasher", "passwords"]

CLIENT, STRANGER = "+79161234567", "+79169999999"


@dataclass
class House:
    """What the tests put in and look at."""

    pool: Pool
    anna: UUID
    """An agent with the extension 101, responsible for the client."""
    line: UUID
    now: datetime

    async def contact(self, name: str = "Иванов Иван", *numbers: str, company: str | None = None, **more: Any) -> UUID:
        """A client with these numbers."""
        spelled = [Number(number) for number in numbers or (CLIENT,)]
        fields: dict[str, Any] = {"klass": ContactClass.CLIENT, "responsible": self.anna} | more
        contact = NewContact(name, spelled, "crm", f"{name} {uuid4()}", company=company, **fields)
        async with self.pool.acquire() as connection, connection.transaction():
            return await put_contact(connection, contact)

    async def call(
        self, client: str = CLIENT, *, ago: timedelta = timedelta(seconds=10), over: bool = False, **more: Any
    ) -> UUID:
        """A call of the client to our line; it rings at 101 unless told otherwise."""
        started = self.now - ago
        row: dict[str, Any] = {
            "id": uuid7(started.timestamp()),
            "pbx": "main",
            "linkedid": f"{started.timestamp():.0f}.{uuid4().int % 10**9}",
            "direction": "in",
            "caller": client,
            "caller_name": "",
            "client": client,
            "dialled": "+74951234567",
            "line_id": self.line,
            "started_at": started,
            "ended_at": started + timedelta(seconds=5) if over else None,
            "outcome": "missed" if over else "ringing",
            "answered_by": "",
            "agents": [],
            "rang": ["101"],
            "queues": ["sales"],
            "people": [],
            "departments": [],
            "wait_ms": 0,
            "talk_ms": 0,
            "is_partial": False,
            "has_gap": False,
        } | more
        places = ", ".join(f"${place}" for place in range(1, len(row) + 1))
        await self.pool.execute(f"insert into calls ({', '.join(row)}) values ({places})", *row.values())
        return UUID(str(row["id"]))

    async def add(self, table: str, **fields: Any) -> UUID:
        """A row of the mirror."""
        row = {"id": uuid7(self.now.timestamp()), "source": "crm", "external_id": str(uuid4())} | fields
        places = ", ".join(f"${place}" for place in range(1, len(row) + 1))
        await self.pool.execute(f"insert into {table} ({', '.join(row)}) values ({places})", *row.values())
        return UUID(str(row["id"]))

    async def company_of(self, contact: UUID) -> UUID:
        """Whom the contact works for."""
        return UUID(str(await self.pool.fetchval("select company_id from contacts where id = $1", contact)))


@pytest.fixture
async def house(pool: Pool, add_person: AddPerson) -> House:
    now = datetime.now(UTC).replace(microsecond=0)
    async with pool.acquire() as connection:
        await ensure_partitions(connection, now.date(), months_back=3)
    await pool.execute(
        "insert into departments (id, slug, name) values ($1, 'sales', 'Отдел продаж')", sales := uuid4()
    )
    anna = await add_person("anna", Role.AGENT, name="Анна Смирнова", extension="101", department_id=sales)
    line = uuid4()
    await pool.execute(
        "insert into lines (id, number, name, city, brand, purpose) "
        "values ($1, '+74951234567', 'Москва: сайт', 'Москва', 'Автобус-1', 'сайт')",
        line,
    )
    return House(pool, anna, line, now)


@pytest.fixture
def app(database_url: str, valkey_url: str, redis: Redis, data_dir: Path) -> web.Application:
    return compose(database_url, valkey_url, data_dir)


@pytest.fixture
async def root(app: web.Application, pool: Pool, add_person: AddPerson) -> AsyncIterator[Browser]:
    """A browser with an administrator signed in."""
    person = await add_person("root", Role.ADMINISTRATOR, every_department=True, every_line=True)
    async with browsing_as(app, pool, person) as browser:
        yield browser
