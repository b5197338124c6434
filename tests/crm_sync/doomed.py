"""What the doomed children do: one worker that tells the portal in the test's process of calls."""

from crm_sync.bitrix24.deliverer import Bitrix24Deliverer
from crm_sync.bitrix24.portal import Portals
from crm_sync.bitrix24.tokens import Keys
from tests.crm_sync.scene import BOX, LOOPBACK
from trunkline.db.pool import open_pool
from trunkline.outbox.worker import OutboxWorker
from trunkline.webhooks.deliverer import webhook_session


async def drain(database_url: str, now: str) -> None:
    """Deliver all that is due, at the portal's time `now`."""

    def clock() -> float:
        return float(now)

    async with open_pool(database_url, size=4) as pool, webhook_session(LOOPBACK) as session:
        keys = Keys(pool, BOX, session, LOOPBACK, clock)
        portals = Portals(keys, session, LOOPBACK, clock)
        await OutboxWorker(pool, None, [Bitrix24Deliverer(pool, portals)], clock=clock).drain()
