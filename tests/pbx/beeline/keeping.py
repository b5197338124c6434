"""A PBX at the fake Beeline whose subscription is kept, and what the doomed children of test_keeping_faults.py do."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tests.fakes.beeline import TOKEN, USERS, FakeBeeline, Half
from tests.pbx.hooks.test_store import BOX
from trunkline.db.pool import open_pool
from trunkline.db.types import Pool
from trunkline.pbx.hooks.api import hosted_api
from trunkline.pbx.hooks.record import HookRecord
from trunkline.pbx.hooks.store import HostedPbx, keep_heard, save_hosted
from trunkline.pbx.hooks.subscribing import Keeper
from trunkline.pbx.hooks.subscription_store import OPENS_AFTER, Standing, standing_of
from trunkline.webhooks.address import AddressRules

LOOPBACK = AddressRules(["127.0.0.0/8"])
BASE = "https://pbx.example"


@dataclass
class Clock:
    """Goes on when it is told to."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now

    def goes_on(self, **more: float) -> None:
        self.now += timedelta(**more)


async def add_pbx(pool: Pool, fake: FakeBeeline, token: str = TOKEN, *, active: bool = True) -> None:
    """Make it, or change it."""
    settings = {"api": fake.url, "users": dict(USERS)}
    pbx = HostedPbx(id="cloud", name="Cloud", kind="beeline", settings=settings, active=active)
    async with pool.acquire() as connection:
        assert await save_hosted(connection, BOX, pbx, {"token": token})
    await pool.execute("insert into pbx_subscriptions (pbx) values ('cloud') on conflict do nothing")


@asynccontextmanager
async def keeper(pool: Pool, clock: Clock, base: str = BASE) -> AsyncIterator[Keeper]:
    """One worker's."""
    async with hosted_api(LOOPBACK) as api:
        yield Keeper(pool, None, BOX, api, base, clock=clock, chance=lambda: 0.5)


async def visits(pool: Pool, clock: Clock, base: str = BASE) -> None:
    """Until none waits; the address, where it had to be made, is open."""
    async with keeper(pool, clock, base) as kept:
        for _ in range(2):
            while await kept.one_visit():
                pass
            clock.goes_on(seconds=OPENS_AFTER.total_seconds())


async def visit_all(database_url: str, now: str) -> None:
    """A worker's visits at that time."""
    async with open_pool(database_url, size=2) as pool:
        await visits(pool, Clock(datetime.fromisoformat(now).astimezone(UTC)))


async def standing(pool: Pool) -> Standing:
    """How it stands."""
    async with pool.acquire() as connection:
        found = await standing_of(connection, "cloud")
    assert found is not None
    return found


async def hears(pool: Pool, fake: FakeBeeline, clock: Clock) -> None:
    """Every subscription sends an event, and it is kept."""
    at = int(clock().timestamp() * 1e6)
    told = [
        HookRecord("cloud", "beeline", at, kind, "POST", "", "", body)
        for name in fake.live
        for _, body, kind in Half("101", 0).events(name)
    ]
    async with pool.acquire() as connection:
        await keep_heard(connection, [(one, 0) for one in told])
