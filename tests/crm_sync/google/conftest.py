"""A company with a client at Google, and Anna, whose account is connected."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from crm_sync.google.access import Tokens
from crm_sync.google.asking import Google
from crm_sync.google.store import SQL, connect
from crm_sync.google.syncing import Syncing
from tests.crm_sync.google.office import Clock, Office
from tests.fakes.google_people import CLIENT, SECRET, FakeGoogle, google_people
from tests.people.company import AddPerson, add_person, box, hasher, passwords
from trunkline.crypto import SecretBox
from trunkline.db.types import Pool
from trunkline.people.roles import Role

__all__ = ["add_person", "box", "hasher", "passwords"]


@pytest.fixture
async def fake() -> AsyncIterator[FakeGoogle]:
    async with google_people() as running:
        yield running


@pytest.fixture
async def office(pool: Pool, fake: FakeGoogle, box: SecretBox, add_person: AddPerson) -> AsyncIterator[Office]:
    anna = await add_person("anna", Role.AGENT, name="Anna", extension="101")
    await pool.execute(SQL["keep_app"], CLIENT, box.seal(SECRET.encode()))
    clock = Clock()
    async with aiohttp.ClientSession() as session:
        syncing = Syncing(pool, box, Google(session, fake.hosts, clock.seconds), clock, between=0.0)
        async with pool.acquire() as connection:
            await connect(connection, box, anna, Tokens("ended", fake.refresh, 0.0), clock())
        yield Office(pool, fake, syncing, clock, anna, box)
