"""Receivers of webhooks as a call's page names them."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from trunkline.alarms.pages import EVENT_NAMES
from trunkline.db.types import Connection
from trunkline.outbox.told import System
from trunkline.webhooks.store import endpoints


async def names(connection: Connection) -> Mapping[UUID, str]:
    """By what the company calls each."""
    return {one.id: one.name for one in await endpoints(connection)}


WEBHOOKS: Final = System("webhook", names, EVENT_NAMES)
