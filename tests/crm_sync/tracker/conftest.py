"""A company whose Yandex Tracker stands on loopback, and an administrator at its pages."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from redis.asyncio import Redis

from crm_sync.asking import Asking
from crm_sync.tracker.client import Tracker
from crm_sync.tracker.deliverer import TrackerDeliverer
from crm_sync.tracker.hearing import Hearing
from tests.calls.dialogues import PBX
from tests.crm_sync.scene import LOOPBACK
from tests.fakes.dialogue import call_again, stamped
from tests.fakes.tracker import FakeTracker, tracker
from tests.missed.told import CLIENT, Heard, tell
from tests.people.company import AddPerson, add_person, hasher, passwords
from tests.people.web import Browser
from tests.reports.calls import NOON, SALES
from tests.web.composed import browsing_as, compose
from trunkline.calls.applier import CallApplier
from trunkline.crypto import SecretBox
from trunkline.db.types import Pool
from trunkline.keys import secret_box_key
from trunkline.outbox.worker import OutboxWorker
from trunkline.pbx.asterisk.framing import join_frames
from trunkline.pbx.ports import pack_run
from trunkline.people.roles import Role
from trunkline.spool import Kind, Position, Record
from trunkline.webhooks.deliverer import webhook_session

__all__ = ["add_person", "hasher", "passwords"]
PAGE = "/settings/tracker"
KEY = "11" * 32
LOCAL = {"TRUNKLINE_WEB_WEBHOOK_PRIVATE_ADDRESSES": "127.0.0.0/8"}


@dataclass
class Office:
    """The company's browser, and its tracker."""

    pool: Pool
    fake: FakeTracker
    browser: Browser
    box: SecretBox

    def form(self, **more: str) -> dict[str, str]:
        """The settings' form."""
        told = {"token": self.fake.token, "org_header": "X-Org-ID", "org_id": "7405", "queue": "PHONE"}
        return told | {"api_url": self.fake.url} | more

    async def connect(self) -> None:
        assert (await self.browser.send(PAGE, self.form(), page=PAGE)).status == 303

    async def call(self) -> tuple[UUID, UUID]:
        """A call with its whole story, and the lead of a missed one of the same client."""
        await self.pool.execute("insert into lines (id, number, name) values ($1, $2, 'Sales')", uuid4(), SALES)
        begun = datetime.now(UTC).timestamp()
        frames = [stamped(frame, begun + n * 0.05) for n, frame in enumerate(call_again("simple_answered", 0, begun))]
        record = Record(Kind.AMI, begun, pack_run(PBX, join_frames(frames)), Position(0, 0))
        async with self.pool.acquire() as connection, connection.transaction():
            await CallApplier().apply(connection, [record])
        call: UUID = await self.pool.fetchval("select id from calls")
        await tell(self.pool, Heard((datetime.now(UTC) - NOON) / timedelta(minutes=1) - 2))
        return call, await self.pool.fetchval("select id from leads where phone = $1", CLIENT)

    async def deliver(self, rounds: int = 1) -> None:
        """All that waits is tried, whenever it is due."""
        for _ in range(rounds):
            await self.pool.execute("update outbox_streams set due = now(), lease = '-infinity', waiting = null")
            async with webhook_session(LOOPBACK) as session:
                asked = Tracker(Asking(session, LOOPBACK))
                await OutboxWorker(self.pool, None, [TrackerDeliverer(self.pool, self.box, asked)]).drain()

    async def hear(self) -> None:
        """A minute later the worker asks."""
        await self.pool.execute("update trackers set asked_at = '-infinity'")
        async with webhook_session(LOOPBACK) as session:
            await Hearing(self.pool, self.box, Tracker(Asking(session, LOOPBACK))).one_round(datetime.now(UTC))


@pytest.fixture
async def office(
    database_url: str, valkey_url: str, redis: Redis, data_dir: Path, pool: Pool, add_person: AddPerson
) -> AsyncIterator[Office]:
    person = await add_person("root", Role.ADMINISTRATOR, name="Root", every_department=True, every_line=True)
    app = compose(database_url, valkey_url, data_dir, TRUNKLINE_KEY=KEY, **LOCAL)
    async with tracker() as fake, browsing_as(app, pool, person) as browser:
        yield Office(pool, fake, browser, app[secret_box_key])
