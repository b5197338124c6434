"""What the doomed children do: a worker that shows cards in the Telegram of the test's process."""

from datetime import datetime

from crm_sync.bots.cards import CardDeliverer
from crm_sync.bots.deliverer import Chats, SayDeliverer
from crm_sync.bots.kinds import open_messengers
from tests.crm_sync.bots.desk import WORDS
from tests.crm_sync.scene import LOOPBACK
from trunkline.db.pool import open_pool
from trunkline.outbox.worker import OutboxWorker
from trunkline.settings import load
from trunkline.webhooks.deliverer import webhook_session


async def drain(database_url: str, key: str, now: str) -> None:
    """Deliver all that is due, at `now`."""
    box, at = load(None, {"TRUNKLINE_KEY": key}).secret_box(), datetime.fromisoformat(now)
    async with open_pool(database_url, size=4) as pool, webhook_session(LOOPBACK) as session:
        chats = Chats(pool, box, open_messengers(session, LOOPBACK), lambda: at)
        await OutboxWorker(pool, None, [CardDeliverer(chats, WORDS), SayDeliverer(chats)]).drain()
