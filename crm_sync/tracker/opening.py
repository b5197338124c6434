"""What the worker needs to tell the tracker and to hear of it, opened for as long as it runs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

from crm_sync.asking import open_asking
from crm_sync.tracker.client import Tracker
from crm_sync.tracker.deliverer import TrackerDeliverer
from crm_sync.tracker.hearing import Hearing
from trunkline.db.types import Pool
from trunkline.settings import Settings


class TrackerParts(NamedTuple):
    """Who tells it, and who asks it."""

    deliverer: TrackerDeliverer
    hearing: Hearing


@asynccontextmanager
async def open_tracker(pool: Pool, settings: Settings) -> AsyncIterator[TrackerParts]:
    """The deliverer of its issues and comments, and who asks it what was written there."""
    async with open_asking(settings) as asking:
        tracker, box = Tracker(asking), settings.secret_box()
        yield TrackerParts(TrackerDeliverer(pool, box, tracker), Hearing(pool, box, tracker))
