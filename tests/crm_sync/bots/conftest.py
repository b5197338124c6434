"""A company with a bot and Anna at 101."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import aiohttp
import pytest
from redis.asyncio import Redis

from tests.calltracking.conftest import open_street
from tests.crm_sync.bots.desk import Clock, Desk
from tests.fakes.telegram import FakeTelegram, telegram
from tests.people.company import AddPerson, add_person, hasher, passwords
from trunkline.db.types import Pool
from trunkline.people.roles import Role

__all__ = ["add_person", "hasher", "passwords"]


@pytest.fixture
async def fake() -> AsyncIterator[FakeTelegram]:
    async with telegram() as running:
        yield running


@pytest.fixture
async def desk(
    fake: FakeTelegram, pool: Pool, database_url: str, valkey_url: str, redis: Redis, data_dir: Path
) -> AsyncIterator[Desk]:
    async with (
        open_street(
            database_url, valkey_url, data_dir, TRUNKLINE_LIMITS_SPOOL_MB="16", TRUNKLINE_WEB_LANGUAGE="en"
        ) as street,
        aiohttp.ClientSession() as http,
    ):
        yield Desk(pool, fake, street, http, Clock())


@pytest.fixture
async def anna(add_person: AddPerson) -> UUID:
    return await add_person("anna", Role.AGENT, name="Anna", extension="101", every_line=True)


@pytest.fixture
async def boris(add_person: AddPerson) -> UUID:
    return await add_person("boris", Role.AGENT, name="Boris", extension="102", every_line=True)
