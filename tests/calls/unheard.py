"""What the doomed children of test_unheard.py do: look for calls nobody tells of, and store what was found."""

from pathlib import Path

from tests.calls.doomed import writer
from trunkline.calls.unheard import accept, unheard_now
from trunkline.db.pool import open_pool


async def give_up(database_url: str, spool: str, now: str) -> None:
    """One look and its effects."""
    async with open_pool(database_url, size=2) as pool:
        if found := await unheard_now(pool, "n", float(now)):
            accept(found, Path(spool), 1 << 20)
        await writer(pool, Path(spool)).drain()
