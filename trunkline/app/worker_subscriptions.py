"""The worker's part of PBXs in the cloud that send their events only to whom has subscribed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from trunkline.app.worker_part import House, Part
from trunkline.pbx.hooks.api import hosted_api
from trunkline.pbx.hooks.subscribing import Keeper
from trunkline.webhooks.address import AddressRules


@asynccontextmanager
async def open_subscriptions(house: House) -> AsyncIterator[Part]:
    """It keeps the connections to their APIs open."""
    settings = house.services.settings
    async with hosted_api(AddressRules(settings.web.webhook_private_addresses)) as api:
        keeper = Keeper(house.services.pool, house.redis, settings.secret_box(), api, settings.public_url)
        yield Part({"pbx subscriptions": keeper.run})
