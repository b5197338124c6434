"""Payments that came or changed are looked at once, by any number of workers, when their day has come."""

import asyncio
from datetime import datetime, timedelta

import pytest
from redis.asyncio import Redis

from calltracking.exports.gathering import run_exports
from calltracking.exports.sending import Sender
from tests.calltracking.conftest import Rows
from tests.calltracking.exports.money import MOSCOW, SECOND, TODAY, Shop
from tests.calltracking.exports.scene import Scene
from tests.fakes.waiting import eventually
from trunkline.background import end
from trunkline.crypto import SecretBox
from trunkline.webhooks.address import AddressRules
from trunkline.webhooks.deliverer import webhook_session


@pytest.fixture
async def shop(rows: Rows) -> Shop:
    await rows.make(2)
    return Shop(Scene(rows, SecretBox(b"k" * 32), str))


async def test_two_workers_tell_each_once(shop: Shop) -> None:
    await shop.scene.destination("vk_payments")
    await shop.called()
    anna = await shop.contact()
    await shop.scene.rows.pool.execute(
        "insert into payments (id, source, external_id, amount, paid_on, contact_id)"
        " select gen_random_uuid(), 'crm', n::text, n, $1, $2 from generate_series(1, 500) as n",
        *(TODAY, anna),
    )

    looked = await asyncio.gather(*(shop.look() for _ in range(3)))

    assert sum(looked) == 500
    assert await shop.scene.states() == [("waiting", "")] * 500
    assert await shop.scene.rows.pool.fetchval("select count(*) from export_payments") == 0


async def test_the_worker_looks_by_itself(shop: Shop, redis: Redis) -> None:
    async def on_its_way() -> bool:
        return await shop.scene.states() == [("queued", "")]

    await shop.scene.destination("vk_payments")
    await shop.called()
    await shop.paid(contact_id=await shop.contact())
    async with webhook_session(AddressRules(())) as session:
        sender = Sender(session)
        worker = asyncio.create_task(run_exports(shop.scene.rows.pool, redis, shop.scene.box, sender, MOSCOW))
        await eventually(on_its_way)
        await end([worker])


async def test_a_change_that_is_not_committed_yet_is_not_looked_past(shop: Shop) -> None:
    await shop.scene.destination("vk_payments")
    await shop.called()
    payment = await shop.paid(contact_id=await shop.contact())
    async with shop.scene.rows.pool.acquire() as importing:
        async with importing.transaction():
            await importing.execute("update payments set amount = 55 where id = $1", payment)
            assert await shop.look() == 0
        assert await shop.look() == 1

    assert [told["value"] for told in await shop.told()] == [5500]


async def test_one_whose_day_is_to_come_waits_for_it(shop: Shop) -> None:
    await shop.scene.destination("vk_payments")
    await shop.called()
    await shop.paid(on=TODAY + timedelta(days=1), contact_id=await shop.contact())

    assert await shop.look() == 0
    midnight = datetime.combine(TODAY + timedelta(days=1), datetime.min.time(), MOSCOW)
    assert await shop.look(midnight - SECOND) == 0
    assert await shop.look(midnight) == 1


@pytest.mark.parametrize("kind", ["vk", "vk_payments"])
async def test_old_payments_and_those_nobody_is_told_of_are_not_noted(shop: Shop, kind: str) -> None:
    await shop.scene.destination(kind)
    today = await shop.scene.rows.pool.fetchval("select current_date")
    for day in (today, today - timedelta(days=101)):
        await shop.paid(on=day)

    noted = [row["paid_on"] for row in await shop.scene.rows.pool.fetch("select paid_on from export_payments")]
    assert noted == ([today] if kind == "vk_payments" else [])
