"""A company whose Chat2Desk stands on loopback, and an administrator at its pages."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from redis.asyncio import Redis

from crm_sync.asking import Asking
from crm_sync.chat2desk.client import Chat2Desk
from crm_sync.chat2desk.deliverer import CommentDeliverer, Speech
from crm_sync.chat2desk.messages import DialogDeliverer
from crm_sync.chat2desk.telling import ChatNews
from tests.crm_sync.chat2desk.shelf import SITE, WORDS, Shelf
from tests.crm_sync.scene import LOOPBACK
from tests.fakes.chat2desk import FakeChat2Desk, chat2desk
from tests.missed.told import CLIENT, Heard, news_of, put
from tests.people.company import AddPerson, add_person, hasher, passwords
from tests.people.web import Browser
from tests.reports.calls import NOON, SALES
from tests.web.composed import browsing_as, compose
from trunkline.app.worker import TRANSLATED
from trunkline.crypto import SecretBox
from trunkline.db.partitions import ensure_partition
from trunkline.db.types import Pool
from trunkline.keys import secret_box_key
from trunkline.messages.stopping import Stops
from trunkline.outbox.worker import OutboxWorker
from trunkline.people.roles import Role
from trunkline.web.i18n import Reader, Translations
from trunkline.webhooks.deliverer import webhook_session

__all__ = ["add_person", "hasher", "passwords"]
PAGE = "/settings/chat2desk"
KEY = "11" * 32
LOCAL = {"TRUNKLINE_WEB_WEBHOOK_PRIVATE_ADDRESSES": "127.0.0.0/8"}


@dataclass
class Office:
    """The company's browser, its Chat2Desk and its recordings."""

    pool: Pool
    fake: FakeChat2Desk
    browser: Browser
    box: SecretBox
    shelf: Shelf = field(default_factory=Shelf)
    language: str = "en"

    def form(self, **more: str) -> dict[str, str]:
        """The settings' form."""
        return {"token": self.fake.token, "api_url": self.fake.url, "comments": "on", "links": "on"} | more

    async def connect(self, **more: str) -> None:
        assert (await self.browser.send(PAGE, self.form(**more), page=PAGE)).status == 303
        await self.pool.execute("update chat2desk_accounts set connected_at = $1", NOON - timedelta(hours=1))

    async def writes(self, client: str = "500", phone: str = CLIENT, *, own: bool = True) -> None:
        """Who writes in a chat is known by his telephone."""
        await self.pool.execute(
            "insert into chat_inboxes (id, kind, name) values ($1, 'chat2desk', 'Chats') on conflict do nothing",
            UUID(int=7),
        )
        await self.pool.execute(
            "insert into chat_numbers (inbox_id, client, phone, is_own, heard_at) values ($1, $2, $3, $4, now())",
            UUID(int=7), client, phone, own,
        )  # fmt: skip

    async def call(self, heard: Heard) -> frozenset[str]:
        """A call that is over, in the transaction of its story."""
        await self.pool.execute(
            "insert into lines (id, number, name, brand) values ($1, $2, 'Sales', 'Windows') on conflict do nothing",
            uuid4(), SALES,
        )  # fmt: skip
        async with self.pool.acquire() as connection, connection.transaction():
            await ensure_partition(connection, "calls", heard.at.year, heard.at.month)
            await put(connection, heard)
            return await ChatNews(self.shelf).ended(connection, [news_of(heard)])

    async def settles(self, call: UUID) -> None:
        """A recording of it came as far as it comes."""
        async with self.pool.acquire() as connection, connection.transaction():
            await ChatNews(self.shelf).settled(connection, call)

    async def deliver(self, rounds: int = 1) -> None:
        """All that waits is tried, whenever it is due."""
        speech = Speech(
            Reader(self.language, ZoneInfo("Europe/Moscow")), Translations(TRANSLATED), "https://in.example.com"
        )
        for _ in range(rounds):
            await self.pool.execute("update outbox_streams set due = now(), lease = '-infinity', waiting = null")
            await self.pool.execute("delete from outbox_accounts")
            async with webhook_session(LOOPBACK) as session:
                asked = Chat2Desk(Asking(session, LOOPBACK), seconds=0.5)
                comments = CommentDeliverer(self.pool, self.box, asked, self.shelf, speech)
                messages = DialogDeliverer(self.pool, self.box, asked, Stops(self.box, SITE, WORDS))
                await OutboxWorker(self.pool, None, [comments, messages]).drain()


@pytest.fixture
async def office(
    database_url: str, valkey_url: str, redis: Redis, data_dir: Path, pool: Pool, add_person: AddPerson
) -> AsyncIterator[Office]:
    person = await add_person("root", Role.ADMINISTRATOR, name="Root", every_department=True, every_line=True)
    app = compose(database_url, valkey_url, data_dir, TRUNKLINE_KEY=KEY, **LOCAL)
    async with chat2desk() as fake, browsing_as(app, pool, person) as browser:
        yield Office(pool, fake, browser, app[secret_box_key])
