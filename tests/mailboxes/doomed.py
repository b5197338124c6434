"""What the doomed children of test_reading.py do: one visit to each mailbox that is due."""

from datetime import UTC, datetime

from tests.mailboxes.post import reader
from trunkline.db.pool import open_pool


async def visit_all(database_url: str) -> None:
    """Until none waits."""
    async with open_pool(database_url, size=2) as pool:
        mail = reader(pool)
        while await mail.one_visit(datetime.now(UTC)):
            pass
