"""Another portal is written down in a known one's place: nothing of the one before comes there."""

import pytest

from crm_sync.bitrix24.portal import Refused
from crm_sync.store import find_connector
from tests.crm_sync.amo_scene import AmoScene
from tests.crm_sync.scene import ACCOUNTS, Scene
from tests.crm_sync.test_chaos import calls_come
from tests.fakes.amocrm.account import amo_account
from tests.fakes.bitrix24.portal import portal
from tests.fakes.bitrix24.specs import Specs
from trunkline.db.types import Pool

OF_ONE_PORTAL = ("crm_calls", "crm_lines", "crm_events", "crm_reconciliations", "crm_deal_fields")
WARNINGS = "select distinct warning from outbox_log where warning <> ''"
MOVED = "the CRM has another address now; nothing was sent"


async def kept(pool: Pool) -> list[int]:
    return [await pool.fetchval(f"select count(*) from {table}") for table in OF_ONE_PORTAL]


async def test_another_portal_is_told_nothing_of_what_waited_for_the_one_before(scene: Scene, specs: Specs) -> None:
    pool = scene.pool
    await calls_come(scene, 2)
    first = await pool.fetchval("select payload->>'portal' from outbox limit 1")
    await pool.execute("insert into outbox_accounts values ($1, 'needs_auth', 'x', now(), now())", f"bitrix24:{first}")
    for insert in (
        "insert into crm_lines values ($1, '+74951234567', 'Окна')",
        "insert into crm_events (connector_id, key, kind, heard_at, said) values ($1, 'x', 'click', now(), '{}')",
        "insert into crm_reconciliations values ($1, now(), now(), now(), 0, 0, 0, 0, 0, 0, 0, '[]')",
        "insert into crm_deal_fields values ($1, 'paid', 'UF_CRM_PAID', '')",
    ):
        await pool.execute(insert, scene.connector)
    assert 0 not in await kept(pool)
    async with portal(specs, now=scene.clock) as second:
        other = Scene(pool, second, scene.clock, scene.connector)
        await other.connect()
        assert await kept(pool) == [0, 0, 0, 0, 0]
        assert await pool.fetch(ACCOUNTS) == []
        await scene.happens("simple_busy")
        # What was written down for the first one before the change was seen, of a call the second one has as well:
        (call,) = await pool.fetch("select call_id from crm_calls")
        await pool.execute(
            "update outbox set payload = payload || jsonb_build_object('call', $1::text) where payload->>'portal' = $2",
            str(call["call_id"]),
            first,
        )
        await other.deliver_all()
        assert len(second.finished) == 1
    assert scene.portal.finished == []
    assert [row["warning"] for row in await pool.fetch(WARNINGS)] == [MOVED]


async def test_another_application_of_the_same_portal_goes_on_with_its_calls(scene: Scene) -> None:
    await calls_come(scene, 1)
    await scene.pool.execute("update crm_connectors set client_id = 'local.before'")
    await scene.connect()
    await scene.deliver_all()
    assert len(scene.portal.finished) == 1


async def test_who_began_with_one_portal_asks_no_other(scene: Scene, specs: Specs) -> None:
    """What he reads would be stored as the first one's."""
    async with scene.pool.acquire() as connection:
        known = await find_connector(connection, scene.connector)
    async with portal(specs, now=scene.clock) as second, scene.portals() as portals:
        await Scene(scene.pool, second, scene.clock, scene.connector).connect()
        with pytest.raises(Refused, match="the CRM has another address since this was begun"):
            await portals.ask(known, "profile", {})
        assert second.heard == []


async def test_another_account_is_told_nothing_of_what_waited_for_the_one_before(amo: AmoScene) -> None:
    await amo.happens("simple_answered")
    async with amo_account(amo.clock) as second:
        other = AmoScene(amo.pool, second, amo.clock, amo.connector)
        await other.connect()
        assert await kept(amo.pool) == [0, 0, 0, 0, 0]
        await amo.pool.execute(
            "insert into crm_calls (connector_id, call_id, phone, line, outgoing, started_at) "
            "select $1, id, client, '', false, started_at from calls",
            amo.connector,
        )
        await other.deliver_all()
        assert (second.world.notes, second.world.unsorted) == ([], type(second.world.unsorted)())
    assert [row["warning"] for row in await amo.pool.fetch(WARNINGS)] == [MOVED]
