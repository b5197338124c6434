"""Who reads a base killed at any statement, or beside another: the next one goes on, and all is here once."""

import asyncio
from collections.abc import Callable

import pytest

from tests.crm_sync.onec_read import OneCRead, guid
from tests.fakes.onec.world import COMPANIES, TRANSFERS
from tests.faults.harness import kill_at_every_point


@pytest.mark.timeout(120)
async def test_a_reader_killed_at_every_statement_leaves_nothing_out(
    base: OneCRead, database_url: str, record_property: Callable[[str, object], None]
) -> None:
    """Every twenty-ninth point is tried; of every sixth all passed when this was written."""
    now = str(base.clock.at)

    async def prepare() -> None:
        await base.pool.execute(
            "truncate payments, orders, debts, contacts, companies, crm_onec_rows, crm_onec_places cascade"
        )
        await base.pool.execute("update crm_connectors set reading_until = null")
        for records in base.base.world.sets.values():
            records.clear()
        base.a_company()
        base.base.world.put(COMPANIES, guid("Роза"), НаименованиеПолное="ООО Роза")

    async def check() -> None:
        await base.pool.execute("update crm_connectors set reading_until = null")
        await base.read()
        told = await base.state()
        assert [len(part) for part in told] == [2, 1, 2, 1]
        assert told[1][0][5:7] == (40, 25)
        assert {one[1:3] for one in told[2]} == {(guid("Ромашка"), guid("order"))}
        assert await base.rows("select sum(overdue)::int from companies") == [(400,)]
        assert await base.rows("select * from crm_onec_waiting") == []
        assert await base.rows("select part from crm_onec_places where whole_at is null or begun_at is not null") == []

    tried = await kill_at_every_point(
        "sql",
        "tests.crm_sync.doomed:read_1c",
        [database_url, now],
        tell=record_property,
        prepare=prepare,
        check=check,
        every=29,
    )

    assert tried.points >= 8


async def test_of_two_readers_the_later_writes_nothing(base: OneCRead) -> None:
    """The first hangs so long that its turn is over; what it read is old by then."""
    base.a_company()
    base.pays(TRANSFERS, "transfer", 300)
    stalled = base.base.chaos.stall(TRANSFERS)
    first = asyncio.create_task(base.read())
    await stalled.reached.wait()
    await base.pool.execute("update crm_connectors set reading_until = null")
    base.clock.at += 1
    await base.read()
    read = "select read::int from crm_onec_places where part = 'payments'"
    assert await base.rows(read) == [(2,)]
    stalled.release()
    await first
    assert await base.rows(read) == [(2,)]
    assert await base.trouble() == {}
