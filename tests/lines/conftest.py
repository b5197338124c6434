"""People to look at pages, the pages as they are shipped, and the queue that lines fall back on."""

import pytest

from tests.people.company import add_person, box, hasher, passwords
from tests.web.composed import browser
from trunkline.db.types import Pool

__all__ = ["add_person", "box", "browser", "hasher", "passwords"]


@pytest.fixture
async def queue(pool: Pool) -> None:
    """The queue `sales`."""
    await pool.execute("insert into queues (id, name, target) values ('sales', 'Sales', '400')")
