"""What the doomed children do: a worker that tells the portal in the test's process of calls, and does what it asks."""

from crm_sync.bitrix24.deliverer import Bitrix24Deliverer
from crm_sync.bitrix24.portal import Portals
from crm_sync.bitrix24.tokens import Keys
from crm_sync.doing import Doing
from tests.crm_sync.office import ENGLISH, NOW, samara
from tests.crm_sync.scene import BOX, LOOPBACK
from trunkline.db.pool import open_pool
from trunkline.outbox.worker import OutboxWorker
from trunkline.web.i18n import Translations
from trunkline.webhooks.deliverer import webhook_session


async def drain(database_url: str, now: str) -> None:
    """Deliver all that is due, at the portal's time `now`."""

    def clock() -> float:
        return float(now)

    async with open_pool(database_url, size=4) as pool, webhook_session(LOOPBACK) as session:
        keys = Keys(pool, BOX, session, LOOPBACK, clock)
        portals = Portals(keys, session, LOOPBACK, clock)
        await OutboxWorker(pool, None, [Bitrix24Deliverer(pool, portals)], clock=clock).drain()


async def do(database_url: str, now: str) -> None:
    """Dial what was clicked; the people of the portal are known."""

    def clock() -> float:
        return float(now)

    async with open_pool(database_url, size=4) as pool, webhook_session(LOOPBACK) as session:
        portals = Portals(Keys(pool, BOX, session, LOOPBACK, clock), session, LOOPBACK, clock)
        await Doing(pool, None, portals, samara, ENGLISH, Translations(("crm_sync",))).one_round(NOW)
