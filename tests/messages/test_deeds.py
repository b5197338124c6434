"""Deeds put their messages into the log: calls and clocks open and give leads, people pass, change and close them."""

from uuid import UUID, uuid4

import pytest
from redis.asyncio import Redis

from tests.leads.test_engine import MOSCOW, NOON, at_desks, sales
from tests.leads.test_engine import add_lead as add_late
from tests.leads.test_pages import JUST, act, lead_of
from tests.messages.conftest import put
from tests.messages.rules import rule, step
from tests.missed.told import tell
from tests.people.company import AddPerson
from tests.people.web import Browser
from tests.reports.calls import SALES
from trunkline.db.types import Pool
from trunkline.leads.engine import one_round
from trunkline.messages import store
from trunkline.messages.happening import Kind
from trunkline.messages.rule import Whom

__all__ = ["at_desks", "sales"]
KINDS = (Kind.LEAD_OPENED, Kind.LEAD_LATE, Kind.LEAD_GIVEN, Kind.LEAD_CHANGED, Kind.LEAD_CLOSED)


async def put_all(pool: Pool) -> None:
    for kind in KINDS:
        await put(pool, rule(kind.value, step(Whom.DIRECTORS), kind=kind, template="{client}"))


async def told(pool: Pool) -> list[str]:
    return [row["kind"] for row in await pool.fetch("select kind from messages order by at, kind")]


async def test_by_hand_and_by_calls(browser: Browser, pool: Pool, add_person: AddPerson) -> None:
    await pool.execute("update people set email = 'root@example.com'")
    await pool.execute(
        "insert into lines (id, number, name, brand) values ($1, $2, 'Sales', 'Windows')", uuid4(), SALES
    )
    colleague = await add_person("boris")
    await put_all(pool)
    await tell(pool, JUST)
    lead = await lead_of(pool)
    for what, fields in (
        ("take", {}),
        ("pass", {"person": str(colleague)}),
        ("change", {"title": "Окна", "stage": "Замер", "next_call_at": ""}),
        ("change", {"title": "Двери", "stage": "Замер", "next_call_at": ""}),
        ("close", {"reason": "won"}),
    ):
        await act(browser, lead, what, **fields)
    assert await told(pool) == ["lead.opened", "lead.given", "lead.changed", "lead.closed"]


async def test_by_clocks(
    pool: Pool,
    redis: Redis,
    sales: dict[str, UUID],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(store, "_OLD", NOON - NOON.replace(year=1970))
    await pool.execute("update people set email = 'root@example.com' where id = $1", sales["root"])
    await put_all(pool)
    await add_late(pool, 1, (sales["sales"],))
    await add_late(pool, 2, (uuid4(),))
    for _ in range(2):
        await one_round(pool, redis, MOSCOW, NOON)
    assert sorted(await told(pool)) == ["lead.given", "lead.late"]


async def test_a_fault_of_a_rule_costs_what_is_told_not_the_deed(browser: Browser, pool: Pool) -> None:
    await pool.execute(
        "insert into lines (id, number, name, brand) values ($1, $2, 'Sales', 'Windows')", uuid4(), SALES
    )
    await put_all(pool)
    await pool.execute("update message_rules set rule = '{}'")
    await tell(pool, JUST)
    assert await lead_of(pool) is not None
    assert await told(pool) == []
