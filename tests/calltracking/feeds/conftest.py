"""Sources of costs before fakes of Yandex Direct and VK Ads, and the fixtures of the pages."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import aiohttp
import pytest

from calltracking.feeds.feed import Feed, FeedFields
from calltracking.feeds.nights import read_due
from calltracking.feeds.store import find_feed, save_feed
from calltracking.feeds.wire import Wire
from tests.contacts.conftest import add_person, box, browser, hasher, passwords
from tests.fakes.vk_ads import VkAds, vk_ads
from tests.fakes.yandex_direct import YandexDirect, yandex_direct
from trunkline.crypto import SecretBox
from trunkline.db.types import Pool
from trunkline.people.audit import Actor
from trunkline.webhooks.address import AddressRules
from trunkline.webhooks.deliverer import webhook_session

__all__ = ["add_person", "box", "browser", "hasher", "passwords"]

MOSCOW = ZoneInfo("Europe/Moscow")
NOW = datetime(2026, 11, 27, 10, tzinfo=UTC)
ROOT = Actor(None, "root", "test", None)


@dataclass
class Scene:
    """A worker that reads sources; `direct` and `vk` are what it reads."""

    pool: Pool
    session: aiohttp.ClientSession
    direct: YandexDirect
    vk: VkAds
    box: SecretBox
    most_bytes: int = 1 << 20

    @property
    def wire(self) -> Wire:
        """To both fakes."""
        return Wire(self.session, moved=self._moved, most_bytes=self.most_bytes)

    def _moved(self, url: str) -> str:
        fake = self.direct if url.startswith("https://api.direct.yandex.com/") else self.vk
        return fake.moved(url)

    async def add(self, kind: str = "direct", now: datetime = NOW, **more: Any) -> UUID:
        """A source that is due now."""
        usual: dict[str, Any] = {"name": kind, "since": date(2026, 11, 20)}
        if kind == "direct":
            usual |= {"secret": self.direct.token}
        else:
            usual |= {"login": self.vk.client, "secret": self.vk.secret, "with_vat": False}
        async with self.pool.acquire() as connection:
            told = FeedFields(kind=kind, **(usual | more))
            return await save_feed(connection, self.box, None, told, now.date(), ROOT, now)

    async def change(self, feed: UUID, now: datetime = NOW, **more: Any) -> None:
        """What a person changes of it."""
        async with self.pool.acquire() as connection:
            known = await find_feed(connection, feed)
            names = (
                "kind",
                "name",
                "login",
                "level",
                "named",
                "source",
                "channel",
                "with_vat",
                "vat",
                "since",
                "active",
            )
            told = FeedFields(**({name: getattr(known, name) for name in names} | more))
            await save_feed(connection, self.box, known, told, now.date(), ROOT, now)

    async def read(self, now: datetime = NOW) -> int:
        """Until nothing is due; how many pieces that were."""
        pieces = 0
        while await read_due(self.pool, None, self.box, self.wire, MOSCOW, now):
            pieces += 1
        return pieces

    async def feed(self, feed: UUID) -> Feed:
        """As it is kept."""
        async with self.pool.acquire() as connection:
            return await find_feed(connection, feed)

    async def costs(self) -> list[tuple[Any, ...]]:
        """Day, source, campaign, keyword, gross, net."""
        rows = await self.pool.fetch(
            "select day::text, source, campaign, keyword, gross, net from tracking_costs"
            " order by day, campaign, keyword"
        )
        return [tuple(row) for row in rows]


@pytest.fixture
async def scene(pool: Pool) -> AsyncIterator[Scene]:
    async with yandex_direct() as direct, vk_ads() as vk, webhook_session(AddressRules(["127.0.0.0/8"])) as session:
        yield Scene(pool, session, direct, vk, SecretBox(b"k" * 32))
