"""What the worker needs to tell the tracker and to hear of it, opened for as long as it runs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

from crm_sync.bots.asking import Asking
from crm_sync.tracker.client import Tracker
from crm_sync.tracker.deliverer import TrackerDeliverer
from crm_sync.tracker.hearing import Hearing
from trunkline.db.types import Pool
from trunkline.settings import Settings
from trunkline.webhooks.address import AddressRules
from trunkline.webhooks.deliverer import webhook_session


class TrackerParts(NamedTuple):
    """Who tells it, and who asks it."""

    deliverer: TrackerDeliverer
    hearing: Hearing


@asynccontextmanager
async def open_tracker(pool: Pool, settings: Settings) -> AsyncIterator[TrackerParts]:
    """Reached where it is in the world, or where the settings name its address."""
    rules = AddressRules(settings.web.webhook_private_addresses)
    async with webhook_session(rules) as session:
        tracker, box = Tracker(Asking(session, rules)), settings.secret_box()
        yield TrackerParts(TrackerDeliverer(pool, box, tracker), Hearing(pool, box, tracker))
