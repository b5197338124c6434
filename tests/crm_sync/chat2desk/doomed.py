"""What the doomed children do: a worker that tells the Chat2Desk of the test's process."""

from zoneinfo import ZoneInfo

from crm_sync.asking import Asking
from crm_sync.chat2desk.client import Chat2Desk
from crm_sync.chat2desk.deliverer import CommentDeliverer, Speech
from crm_sync.chat2desk.messages import DialogDeliverer
from tests.crm_sync.chat2desk.shelf import SITE, WORDS, Shelf
from tests.crm_sync.scene import LOOPBACK
from trunkline.db.pool import open_pool
from trunkline.messages.stopping import Stops
from trunkline.outbox.worker import OutboxWorker
from trunkline.settings import load
from trunkline.web.i18n import Reader, Translations
from trunkline.webhooks.deliverer import webhook_session


async def drain(database_url: str, key: str) -> None:
    """Deliver all that is due."""
    box = load(None, {"TRUNKLINE_KEY": key}).secret_box()
    speech = Speech(Reader("en", ZoneInfo("Europe/Moscow")), Translations(()), "https://in.example.com")
    async with open_pool(database_url, size=4) as pool, webhook_session(LOOPBACK) as session:
        asked = Chat2Desk(Asking(session, LOOPBACK))
        comments = CommentDeliverer(pool, box, asked, Shelf(), speech)
        messages = DialogDeliverer(pool, box, asked, Stops(box, SITE, WORDS))
        await OutboxWorker(pool, None, [comments, messages]).drain()
