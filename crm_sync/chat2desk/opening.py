"""What the worker needs to tell Chat2Desk, opened for as long as it runs."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from zoneinfo import ZoneInfo

from crm_sync.asking import open_asking
from crm_sync.chat2desk.client import Chat2Desk
from crm_sync.chat2desk.deliverer import CommentDeliverer, Speech
from crm_sync.chat2desk.messages import DialogDeliverer
from trunkline.db.types import Pool
from trunkline.messages.stopping import Stops
from trunkline.outbox.deliverer import Deliverer
from trunkline.recorded.port import Recorded
from trunkline.settings import Settings
from trunkline.web.i18n import Reader, Translations


@asynccontextmanager
async def open_chat2desk(
    pool: Pool, settings: Settings, recorded: Recorded, translations: Translations, stops: Stops
) -> AsyncIterator[Sequence[Deliverer]]:
    """Comments in the company's language, and what rules tell clients."""
    reader = Reader(settings.web.language, ZoneInfo(settings.web.timezone))
    speech = Speech(reader, translations, settings.public_url)
    async with open_asking(settings) as asking:
        asked, box = Chat2Desk(asking), settings.secret_box()
        yield CommentDeliverer(pool, box, asked, recorded, speech), DialogDeliverer(pool, box, asked, stops)
