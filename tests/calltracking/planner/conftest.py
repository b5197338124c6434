"""The fixtures of pages and tokens, and a ledger written by hand."""

import pytest

from tests.calltracking.conftest import Rows
from tests.calltracking.planner.ledger import Ledger
from tests.people.company import add_person, box, hasher, passwords
from tests.web.composed import browser
from trunkline.db.types import Pool

__all__ = ["add_person", "box", "browser", "hasher", "passwords"]


@pytest.fixture
async def ledger(pool: Pool) -> Ledger:
    """A site with a pool of ten numbers that rest for five minutes."""
    return Ledger(await Rows(pool).make(10, hold_minutes=5))
