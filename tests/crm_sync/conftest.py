"""The fake portal of the vendor's specifications."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from redis.asyncio import Redis

from tests.calltracking.conftest import open_street
from tests.crm_sync.amo_scene import AmoScene
from tests.crm_sync.generic_scene import SECRET, GenericScene
from tests.crm_sync.office import Office
from tests.crm_sync.onec_read import OneCRead
from tests.crm_sync.onec_scene import OneCScene
from tests.crm_sync.portal_client import Bench, Hand
from tests.crm_sync.scene import Scene
from tests.fakes.amocrm.account import amo_account
from tests.fakes.bitrix24.portal import portal
from tests.fakes.bitrix24.specs import Specs
from tests.fakes.onec.base import onec_base
from tests.fakes.receiver import Receiver, receiving
from trunkline.db.types import Pool

DATA = Path(os.environ.get("TRUNKLINE_TEST_DATA", "nothing")) / "bitrix24"


@pytest.fixture(scope="session")
def specs() -> Specs:
    if not DATA.is_dir():
        pytest.skip("TRUNKLINE_TEST_DATA names no folder with bitrix24/")
    return Specs.load(DATA)


@pytest.fixture
async def bench(specs: Specs) -> AsyncIterator[Bench]:
    clock = Hand()
    async with portal(specs, now=clock) as fake, aiohttp.ClientSession() as http:
        yield Bench(fake, clock, http, fake.access.grant(fake.app, 1))


@pytest.fixture
async def scene(bench: Bench, pool: Pool) -> Scene:
    """A connected portal where the extensions 101 and 102 are people's."""
    bench.portal.world.add_user("Анна", inner="101")
    bench.portal.world.add_user("Борис", inner="102")
    told = Scene(pool, bench.portal, bench.clock)
    await told.connect()
    return told


@pytest.fixture
async def amo(pool: Pool) -> AsyncIterator[AmoScene]:
    """A connected amoCRM account whose administrator signed in."""
    clock = Hand()
    async with amo_account(clock) as account:
        told = AmoScene(pool, account, clock)
        await told.connect()
        yield told


@pytest.fixture
async def office(
    scene: Scene, database_url: str, valkey_url: str, redis: Redis, data_dir: Path
) -> AsyncIterator[Office]:
    """The same with a public listener that the portal's events come to."""
    async with open_street(database_url, valkey_url, data_dir, TRUNKLINE_LIMITS_SPOOL_MB="16") as street:
        opened = Office(scene, street)
        await opened.open()
        yield opened


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """That of a CRM of the company's own."""
    async with receiving(SECRET.encode(), Hand()) as one:
        yield one


@pytest.fixture
async def own(pool: Pool, receiver: Receiver) -> GenericScene:
    """It is connected."""
    told = GenericScene(pool, receiver.url, receiver.clock)
    await told.connect()
    return told


@pytest.fixture
async def onec(
    pool: Pool, database_url: str, valkey_url: str, redis: Redis, data_dir: Path
) -> AsyncIterator[OneCScene]:
    """A 1C base that is set up, and may send."""
    async with open_street(database_url, valkey_url, data_dir, TRUNKLINE_LIMITS_SPOOL_MB="16") as street:
        told = OneCScene(pool, street)
        await told.connect()
        yield told


@pytest.fixture
async def base(pool: Pool) -> AsyncIterator[OneCRead]:
    """A 1C base that is read as Trade Management publishes it."""
    clock = Hand()
    async with onec_base(clock) as fake:
        told = OneCRead(pool, fake, clock)
        await told.connect()
        yield told
