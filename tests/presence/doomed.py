"""What the doomed children of test_hosted_groups_killed.py are: a node that looks at the groups and switches people."""

import asyncio
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from tests.pbx.hooks.test_store import BOX
from trunkline.db.pool import open_pool
from trunkline.pbx.hooks.api import hosted_api
from trunkline.pbx.hooks.keeping import KeepingTiming
from trunkline.pbx.megafon.groups import MegaFonGroups
from trunkline.presence.hosted_groups import HostedGroups
from trunkline.webhooks.address import AddressRules


async def keep(url: str) -> None:
    """One turn."""
    MegaFonGroups.pace = 0
    async with open_pool(url) as pool, hosted_api(AddressRules(["127.0.0.0/8"])) as api:
        groups = HostedGroups(pool, None, BOX, api, "one", ZoneInfo("Europe/Moscow"), KeepingTiming())
        await asyncio.gather(*await groups.turns(datetime.now(UTC)))
