"""A company with a bot: Telegram on loopback, the public listener before it, the outbox behind."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import aiohttp

from crm_sync.bots.cards import CardDeliverer, Words
from crm_sync.bots.deliverer import Chats, SayDeliverer
from crm_sync.bots.hooks import header_secret, path_secret
from crm_sync.bots.kinds import open_messengers
from crm_sync.bots.posts import PostDeliverer
from crm_sync.bots.store import Bot, bind, make_code, save_bot
from crm_sync.bots.telling import follow_ends, follow_seats
from tests.calls.dialogues import PBX
from tests.calltracking.conftest import Street
from tests.crm_sync.office import ENGLISH
from tests.crm_sync.scene import LOOPBACK, ROOT
from tests.fakes.dialogue import call_again, stamped
from tests.fakes.telegram import FakeTelegram, Shown
from trunkline.calls.applier import CallApplier
from trunkline.crypto import SecretBox
from trunkline.db.types import Pool
from trunkline.directory.reader import View
from trunkline.keys import settings_key
from trunkline.outbox.deliverer import Deliverer
from trunkline.outbox.worker import OutboxWorker
from trunkline.pbx.asterisk.framing import join_frames
from trunkline.pbx.ports import pack_run
from trunkline.spool import Kind, Position, Record
from trunkline.web.i18n import Translations
from trunkline.webhooks.deliverer import webhook_session

CHAT = 5001
BOT = UUID(int=75)
WORDS = Words(
    ENGLISH, Translations(("crm_sync", "trunkline.card", "trunkline.calls")), View, "https://calls.example.com"
)
RINGING: Final = "select count(*) from agent_calls where extension = '101' and state = 'ringing'"
_STEP: Final = 0.05
"""Seconds between two frames."""


class Clock:
    """A time that goes on when it is told to."""

    def __init__(self) -> None:
        self.at = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.at

    def goes_on(self, seconds: float = 2) -> None:
        self.at += timedelta(seconds=seconds)


@dataclass
class Desk:
    """`http` is Telegram's own way to us."""

    pool: Pool
    telegram: FakeTelegram
    street: Street
    http: aiohttp.ClientSession
    clock: Clock
    words: Words = WORDS

    @property
    def box(self) -> SecretBox:
        return self.street.app[settings_key].secret_box()

    async def connect(self) -> Bot:
        """The bot is set up; Telegram knows where to post."""
        sealed = self.box.seal(self.telegram.token.encode())
        told = (self.telegram.url, sealed, str(self.telegram.bot_id), self.telegram.username, self.clock.at)
        bot = Bot(BOT, "telegram", *told)
        async with self.pool.acquire() as connection, connection.transaction():
            await save_bot(connection, bot, ROOT, self.clock.at)
        url = str(self.street.client.make_url(f"/bots/telegram/{path_secret(self.box, 'telegram')}"))
        self.telegram.hook = {"url": url, "secret_token": header_secret(self.box, bot)}
        return bot

    async def bind(self, bot: Bot, person: UUID, chat: int = CHAT) -> None:
        """As if he had followed his link."""
        async with self.pool.acquire() as connection, connection.transaction():
            code = await make_code(connection, person, self.clock.at)
            assert await bind(connection, bot, str(chat), code, self.clock.at)

    async def says(self, text: str, chat: int = CHAT) -> list[str]:
        """Somebody writes; what he is answered."""
        before = len(self.telegram.in_chat(chat))
        assert await self.telegram.says(self.http, chat, text) == 200
        await self.deliver()
        return [one.texts[-1] for one in self.telegram.in_chat(chat)[before:]]

    @asynccontextmanager
    async def chats(self) -> AsyncIterator[Chats]:
        """As the worker has them."""
        async with webhook_session(LOOPBACK) as session:
            yield Chats(self.pool, self.box, open_messengers(session, LOOPBACK), self.clock)

    def deliverers(self, chats: Chats) -> list[Deliverer]:
        return [CardDeliverer(chats, self.words), PostDeliverer(chats, self.words), SayDeliverer(chats)]

    def call(self, name: str = "simple_answered", copy: int = 0) -> list[bytes]:
        """The frames of a recorded dialogue that begins now."""
        begun = self.clock.at.timestamp()
        frames = call_again(name, copy, begun)
        return [stamped(frame, begun + place * _STEP) for place, frame in enumerate(frames)]

    async def hear(self, frames: Sequence[bytes], applier: CallApplier | None = None) -> None:
        """Frames, in a transaction."""
        applier = applier or CallApplier(follow_ends, follow_seats)
        told = Record(Kind.AMI, self.clock.at.timestamp(), pack_run(PBX, join_frames(frames)), Position(0, 0))
        async with self.pool.acquire() as connection, connection.transaction():
            await applier.apply(connection, [told])

    async def rings(self, name: str = "simple_answered", copy: int = 0) -> list[bytes]:
        """The call comes as far as Anna's telephone ringing; what is left of it."""
        frames, applier = self.call(name, copy), CallApplier(follow_ends, follow_seats)
        before = await self.pool.fetchval(RINGING)
        for place, frame in enumerate(frames):
            await self.hear([frame], applier)
            if await self.pool.fetchval(RINGING) > before:
                return frames[place + 1 :]
        raise AssertionError(f"nobody rings in {name}")

    async def start_anew(self) -> None:
        """No call was ever heard of, and nothing is shown; chats stay bound."""
        await self.pool.execute("delete from bot_cards")
        await self.pool.execute("truncate calls, steps, agent_calls, outbox, outbox_log, outbox_dead cascade")
        await self.pool.execute("truncate outbox_streams, outbox_accounts")
        await self.pool.execute("update bot_chats set next_at = '-infinity'")
        self.telegram.shown.clear()

    def card(self, chat: int = CHAT) -> Shown:
        """The one card of a chat: what it is answered has no buttons."""
        (shown,) = [one for one in self.telegram.in_chat(chat) if one.keyboard]
        return shown

    async def deliver(self, rounds: int = 1) -> None:
        """All that waits is tried, whenever it is due; the clock goes on by two seconds before each round."""
        for _ in range(rounds):
            self.clock.goes_on()
            await self.pool.execute("update outbox_streams set due = now(), lease = '-infinity', waiting = null")
            async with self.chats() as chats:
                await OutboxWorker(self.pool, None, self.deliverers(chats)).drain()

    async def waiting(self) -> int:
        """How much is to be sent."""
        return int(await self.pool.fetchval("select count(*) from outbox"))
