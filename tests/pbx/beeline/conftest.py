"""The fake Beeline, and a PBX of it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.fakes.beeline import FakeBeeline, beeline
from tests.pbx.beeline.keeping import Clock, add_pbx
from tests.router.conftest import settings, spool, spool_dir, write_directory
from trunkline.db.types import Pool

__all__ = ["settings", "spool", "spool_dir", "write_directory"]


@pytest.fixture
def clock() -> Clock:
    # A moment ahead of the database's own, by which rows are due that are made.
    return Clock(datetime.now(UTC) + timedelta(minutes=1))


@pytest.fixture
async def fake(clock: Clock, pool: Pool) -> AsyncIterator[FakeBeeline]:
    async with beeline(clock) as made:
        await add_pbx(pool, made)
        yield made
