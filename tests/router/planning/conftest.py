"""A company in a database, and a supervisor's browser at the application as it is shipped."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from redis.asyncio import Redis

from tests.people.company import AddPerson, add_person, box, hasher, passwords
from tests.people.web import Browser
from tests.router.company import OFFICE, PLAN, QUEUES, SERVICE
from tests.web.composed import browsing_as, compose
from trunkline.db.types import Pool
from trunkline.people.roles import Role

__all__ = ["add_person", "box", "hasher", "passwords"]

EDITED: dict[str, Any] = {key: value for key, value in PLAN.items() if key != "lines"} | {
    "lines": {SERVICE: {"target": "queue:service", "default": "extension:110"}}
}


@pytest.fixture
async def company(pool: Pool) -> None:
    """Queues, lines and a published plan."""
    await pool.executemany(
        "insert into queues (id, name, target) values ($1, $2, $3)",
        [(name, name.title(), f"q-{name}") for name in QUEUES],
    )
    await pool.executemany(
        "insert into lines (id, number, name, city, fallback) values ($1, $2, $3, 'Москва', 'queue:sales')",
        [(UUID(int=1), OFFICE, "Офис"), (UUID(int=2), SERVICE, "Сервис")],
    )
    await pool.execute("insert into plans (body, note) values ($1, 'the first')", EDITED)


@pytest.fixture
async def supervisor(pool: Pool, add_person: AddPerson) -> UUID:
    return await add_person("anna", Role.SUPERVISOR, every_department=True, every_line=True)


@pytest.fixture
async def browser(
    company: None, supervisor: UUID, database_url: str, valkey_url: str, redis: Redis, data_dir: Path, pool: Pool
) -> AsyncIterator[Browser]:
    """A browser with the supervisor signed in."""
    async with browsing_as(compose(database_url, valkey_url, data_dir), pool, supervisor) as browser:
        yield browser
