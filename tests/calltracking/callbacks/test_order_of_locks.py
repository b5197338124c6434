"""What a wish to be called holds while it waits for a telephone that a batch of calls holds."""

import asyncio

from tests.calltracking.callbacks.test_callbacks import PHONE, ask, button, ticket
from tests.calltracking.conftest import Rows, Street
from trunkline.leads.touching import hold_people

__all__ = ["button"]
_WAITS = "select exists (select from pg_locks where locktype = 'advisory' and not granted)"


async def test_dialling_waits_for_no_batch_of_calls(button: Street, rows: Rows) -> None:
    good = await ticket(button)
    async with rows.pool.acquire() as batch, asyncio.timeout(10):
        async with batch.transaction():
            await hold_people(batch, [PHONE])
            asked = asyncio.create_task(ask(button.visitor(), ticket=good))
            while not await rows.pool.fetchval(_WAITS):  # noqa: ASYNC110  (a lock sets no event)
                await asyncio.sleep(0.01)
            await rows.pool.execute("select from dial_rules for update nowait")
        status, _told = await asked

    assert status == 200
    assert await rows.pool.fetchval("select count(*) from callbacks") == 1
