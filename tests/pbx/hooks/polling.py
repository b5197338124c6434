"""What the doomed children of test_poll.py do: read a history once, and store what was found."""

from pathlib import Path

from tests.calls.doomed import writer
from tests.pbx.hooks.test_store import BOX
from trunkline.db.pool import open_pool
from trunkline.db.types import Pool
from trunkline.pbx.hooks.api import Api, hosted_api
from trunkline.pbx.hooks.poll import Poll
from trunkline.webhooks.address import AddressRules

LOOPBACK = AddressRules(["127.0.0.0/8"])


def poll(pool: Pool, api: Api, spool: Path) -> Poll:
    """As a worker that has just started has it."""
    return Poll(pool, BOX, api, spool, 1 << 20)


async def read(database_url: str, spool: str) -> None:
    """One reading and its effects."""
    async with open_pool(database_url, size=3) as pool, hosted_api(LOOPBACK) as api:
        await poll(pool, api, Path(spool)).read_due()
        await writer(pool, Path(spool)).drain()
