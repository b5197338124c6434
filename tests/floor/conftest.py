"""A company of two departments with a queue and a line each, and a supervisor of one of them."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from redis.asyncio import Redis

from tests.people.company import AddPerson, add_person, box, hasher, passwords
from tests.people.web import Browser
from tests.web.composed import browsing_as, compose
from trunkline.control.asking import Patience, patience_key
from trunkline.db.types import Pool
from trunkline.floor import looking
from trunkline.people.roles import Role

__all__ = ["add_person", "box", "hasher", "passwords"]

SALES, FINANCE = UUID(int=0xD1), UUID(int=0xD2)
SALES_LINE, FINANCE_LINE = UUID(int=0xA1), UUID(int=0xA2)


@pytest.fixture
async def people(pool: Pool, add_person: AddPerson) -> dict[str, UUID]:
    """`head` sees sales only, `root` everything; 101 and 102 sell, 201 counts."""
    await pool.execute(
        "insert into departments values ($1, 'sales', 'Продажи'), ($2, 'finance', 'Финансы')", SALES, FINANCE
    )
    await pool.execute("insert into pbxs (id, name, kind, secrets) values ('main', 'Главная', 'asterisk', 'x')")
    await pool.execute(
        "insert into queues (id, name, target, department_id) "
        "values ('sales', 'Отдел продаж', 'sales', $1), ('finance', 'Бухгалтерия', 'finance', $2)",
        SALES,
        FINANCE,
    )
    await pool.execute(
        "insert into lines (id, number, name) values ($1, '+74951234567', 'Продажи'), ($2, '+74957654321', 'Счета')",
        SALES_LINE,
        FINANCE_LINE,
    )
    sales: dict[str, Any] = {"department_id": SALES, "departments": frozenset({SALES})}
    staff = {
        "head": await add_person("head", Role.SUPERVISOR, name="Глава", **sales),
        "root": await add_person("root", Role.ADMINISTRATOR, name="Корень", every_department=True, every_line=True),
        "anna": await add_person("anna", name="Анна", extension="101", department_id=SALES),
        "boris": await add_person("boris", name="Борис", extension="102", department_id=SALES),
        "vera": await add_person("vera", name="Вера", extension="201", department_id=FINANCE),
    }
    await pool.execute(
        "insert into queue_members (queue_id, person_id) values ('sales', $1), ('sales', $2), ('finance', $3)",
        staff["anna"],
        staff["boris"],
        staff["vera"],
    )
    return staff


@pytest.fixture
async def browser(
    database_url: str,
    valkey_url: str,
    redis: Redis,
    data_dir: Path,
    pool: Pool,
    people: dict[str, UUID],
) -> AsyncIterator[Browser]:
    """A browser with the supervisor of sales signed in; today's figures are as of now."""
    app = compose(database_url, valkey_url, data_dir)
    app[patience_key] = Patience()
    async with browsing_as(app, pool, people["head"]) as browser:
        app[looking.today_key].seconds = 0.0
        yield browser
