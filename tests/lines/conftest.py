"""People to look at pages: the fixtures of tests/people; the queue that lines fall back on."""

import pytest

from tests.people.company import add_person, box, hasher, passwords
from trunkline.db.types import Pool

__all__ = ["add_person", "box", "hasher", "passwords"]


@pytest.fixture
async def queue(pool: Pool) -> None:
    """The queue `sales`."""
    await pool.execute("insert into queues (id, name, target) values ('sales', 'Sales', '400')")
