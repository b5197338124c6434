"""Who reads CRMs: what one said was touched waits for none of the others, and one that rests is left alone."""

import asyncio
from uuid import UUID

import asyncpg
import msgspec
import pytest
from redis.asyncio import Redis

from crm_sync.amocrm.hints import read_hints
from crm_sync.amocrm.mirroring import AmoMirroring
from crm_sync.connector import Connector
from crm_sync.filling import Filling
from crm_sync.heard import HINTS_WAKE, EventApplier
from crm_sync.mirrors import SQL
from crm_sync.port import CrmReader
from tests.crm_sync.amo_filled import AmoFilled
from tests.crm_sync.amo_scene import AmoScene
from tests.fakes.waiting import eventually
from trunkline.outbox.wake import wake
from trunkline.spool import Kind, Position, Record

HINT = "insert into crm_hints (connector_id, entity, id, heard_at) values ($1, 'contacts', $2, now())"


@pytest.fixture
async def filled(amo: AmoScene) -> AmoFilled:
    filled = AmoFilled(amo)
    filled.world.add("contacts", "+79065550101", name="Иван")
    await filled.read()
    return filled


def told(connector: UUID, *ids: int) -> Record:
    """A post that names these contacts, in the spool."""
    body = "&".join(f"contacts[update][{place}][id]={one}" for place, one in enumerate(ids))
    event = read_hints(connector, body.encode())
    return Record(int(Kind.CRM), 1_773_000_000.0, msgspec.msgpack.encode(event), Position(0, 0))


async def test_an_account_that_is_asked_too_often_is_left_alone(filled: AmoFilled) -> None:
    account, pool, clock = filled.scene.account, filled.scene.pool, filled.scene.clock
    async with filled.scene.crm() as crm:
        amocrm = AmoMirroring(crm.accounts)
        filling = Filling(pool, {"amocrm": amocrm}, clock, hinted={"amocrm": amocrm})
        await pool.execute(HINT, filled.scene.connector, 1)
        fault = account.chaos.page("GET contacts", times=9, status=429)
        for _ in range(3):
            await filling.hints_round()
            clock.at += 1
        assert fault.left == 8
        clock.at += 60
        fault.left = 0
        await filling.hints_round()
    assert await filled.rows("select id from crm_hints") == []


class Busy:
    """Sweeps until it is let go, or does what it is told to."""

    def __init__(self, error: Exception | None = None) -> None:
        self.begun, self.free, self.error = asyncio.Event(), asyncio.Event(), error
        self.ended = False

    async def turn(self, _known: Connector) -> bool:
        self.begun.set()
        if self.error is not None:
            raise self.error
        await self.free.wait()
        self.ended = True
        return False


COPY = """
insert into crm_connectors select (jsonb_populate_record(c, jsonb_build_object('id', $2::uuid, 'name', 'other', 'kind',
    'bitrix24', 'portal', 'https://other.example'))).* from crm_connectors c where id = $1
"""
TOKENS = """
insert into crm_tokens select (jsonb_populate_record(t, jsonb_build_object('connector_id', $2::uuid))).*
from crm_tokens t where connector_id = $1
"""
OTHER = UUID(int=7)


async def another(filled: AmoFilled) -> None:
    """One more CRM that is connected."""
    for asked in (COPY, TOKENS):
        await filled.scene.pool.execute(asked, filled.scene.connector, OTHER)


async def test_what_was_touched_waits_for_no_sweep_of_another(filled: AmoFilled, redis: Redis) -> None:
    await another(filled)
    busy, quiet, pool, clock = Busy(), Busy(), filled.scene.pool, filled.scene.clock
    quiet.free.set()
    await pool.execute(HINT, filled.scene.connector, 1)
    async with filled.scene.crm() as crm, asyncio.TaskGroup() as group:
        readers: dict[str, CrmReader] = {"amocrm": quiet, "bitrix24": busy}
        filling = Filling(pool, readers, clock, redis, {"amocrm": AmoMirroring(crm.accounts)}, gathering=0.0)
        task = group.create_task(filling.run())
        await busy.begun.wait()

        async def is_read() -> bool:
            await wake(redis, HINTS_WAKE)
            return not await filled.rows("select id from crm_hints")

        await eventually(is_read)
        assert not busy.ended
        task.cancel()


async def test_a_database_that_fails_one_leaves_no_turn_to_itself(filled: AmoFilled) -> None:
    await another(filled)
    busy, fails = Busy(), Busy(asyncpg.InterfaceError("away"))
    filling = Filling(filled.scene.pool, {"amocrm": fails, "bitrix24": busy}, filled.scene.clock)
    round_ = asyncio.ensure_future(filling.one_round())
    await asyncio.gather(busy.begun.wait(), fails.begun.wait())
    await eventually(
        lambda: filled.scene.pool.fetchval("select reading_until is null from crm_connectors where id <> $1", OTHER)
    )
    assert not round_.done()
    busy.free.set()
    with pytest.raises(asyncpg.InterfaceError):
        await round_
    assert busy.ended


async def test_who_hears_and_who_ends_hints_wait_in_one_order(filled: AmoFilled) -> None:
    """Posts name records in any order; whoever ends them holds the first and wants the second."""
    pool, connector = filled.scene.pool, filled.scene.connector
    for one in (1, 2):
        await pool.execute(HINT, connector, one)
    waits = "select count(*) = 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
    lock = "select id from crm_hints where id = $1 for update"

    async def hear() -> None:
        async with pool.acquire() as connection, connection.transaction():
            await EventApplier().apply(connection, [told(connector, 2), told(connector, 1), told(connector, 3, 1)])

    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(lock, 1)
        hearing = asyncio.ensure_future(hear())
        await eventually(lambda: pool.fetchval(waits))
        await connection.execute(lock, 2)
        rows = await connection.fetch(SQL["hints"], connector, "contacts", 9)
        ended = ([row["id"] for row in rows], [row["heard_at"] for row in rows])
        await connection.execute(SQL["end_hints"], connector, "contacts", *ended)
    await hearing
    assert await filled.rows("select id from crm_hints order by id") == [(1,), (2,), (3,)]
