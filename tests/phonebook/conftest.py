"""People to look at phone books: the fixtures of tests/people and the application as it is shipped."""

import pytest

from tests.people.company import AddPerson, add_person, box, hasher, passwords
from tests.web.composed import browser, token_of
from trunkline.db.types import Pool
from trunkline.people.roles import Right, Role

__all__ = ["add_person", "box", "browser", "hasher", "passwords"]


@pytest.fixture
async def password(pool: Pool, add_person: AddPerson) -> str:
    """A token that may read contacts and nothing else."""
    header = await token_of(pool, await add_person("phones", Role.AGENT), [Right.CONTACTS_READ])
    return header["Authorization"].removeprefix("Bearer ")
