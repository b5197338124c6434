"""The company of the plan's pages, with a supervisor's browser; its plan has a branch in Almaty."""

import pytest

from tests.router.planning.conftest import EDITED, add_person, box, browser, company, hasher, passwords, supervisor
from tests.router.test_places import BRANCHES
from trunkline.db.types import Pool

__all__ = ["add_person", "box", "browser", "company", "hasher", "passwords", "supervisor"]


@pytest.fixture
async def branches(pool: Pool, company: None) -> None:
    plan = EDITED | {"branches": BRANCHES, "queues": {"service": {"branch": "almaty"}}}
    await pool.execute("insert into plans (body, note) values ($1, 'with a branch')", plan)
