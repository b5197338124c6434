"""What the doomed children do: a worker that tells the tracker of the test's process."""

from crm_sync.asking import Asking
from crm_sync.tracker.client import Tracker
from crm_sync.tracker.deliverer import TrackerDeliverer
from tests.crm_sync.scene import LOOPBACK
from trunkline.db.pool import open_pool
from trunkline.outbox.worker import OutboxWorker
from trunkline.settings import load
from trunkline.webhooks.deliverer import webhook_session


async def drain(database_url: str, key: str) -> None:
    """Deliver all that is due."""
    box = load(None, {"TRUNKLINE_KEY": key}).secret_box()
    async with open_pool(database_url, size=4) as pool, webhook_session(LOOPBACK) as session:
        await OutboxWorker(pool, None, [TrackerDeliverer(pool, box, Tracker(Asking(session, LOOPBACK)))]).drain()
