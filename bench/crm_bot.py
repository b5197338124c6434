"""crm.bot_card_p95: how long after a telephone rings its owner's chat has the card.

Thirty telephones ring at once, each with a call of its own and a chat of its own: what Telegram takes of one bot in a
second. It is the fake of the tests, on loopback, and shares the machine with us. From the transaction that tells of the
ringing to the message in Telegram; the median of the rounds.
"""

import asyncio
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
import uvloop
from redis.asyncio import Redis

from bench.figures import Context, Figure, absolute, percentile
from crm_sync.bots.cards import CardDeliverer, Words
from crm_sync.bots.deliverer import Chats
from crm_sync.bots.kinds import open_messengers
from crm_sync.bots.store import Bot, save_bot
from crm_sync.bots.telling import follow_ends, follow_seats
from tests.calls.dialogues import PBX
from tests.crm_sync.scene import LOOPBACK, ROOT
from tests.fakes.dialogue import call_again, stamped
from tests.fakes.telegram import FakeTelegram, telegram
from trunkline.calls.applier import CallApplier
from trunkline.crypto import KEY_BYTES, SecretBox
from trunkline.db.migrate import migrate
from trunkline.db.pool import open_pool
from trunkline.directory.reader import View
from trunkline.embedded.addresses import postgres_url, valkey_url
from trunkline.embedded.ownership import owned
from trunkline.embedded.postgres import embedded_postgres
from trunkline.embedded.valkey import embedded_valkey
from trunkline.outbox.wake import OUTBOX_WAKE, wake
from trunkline.outbox.worker import OutboxWorker
from trunkline.pbx.asterisk.framing import join_frames
from trunkline.pbx.ports import pack_run
from trunkline.spool import Kind, Position, Record
from trunkline.web.i18n import Reader, Translations
from trunkline.webhooks.deliverer import webhook_session

ROWS = ("crm.bot_card_p95",)
_AGENTS = 30
_ROUNDS = 3
_REST_SECONDS = 2.0
"""Between rounds: the bot's bucket is full again, and each chat may be written to."""
_LONGEST_SECONDS = 60.0
_KEY = bytes(KEY_BYTES)
_BOT = UUID(int=75)
_WORDS = Words(Reader(), Translations(("crm_sync", "trunkline.card", "trunkline.calls")), View, "")


def measure(context: Context, _wanted: frozenset[str]) -> Iterator[Figure]:
    """Milliseconds, the median of the rounds."""
    lags = uvloop.run(_rounds(context))
    yield absolute("crm.bot_card_p95", [1000 * lag for lag in lags], "ms", "<=", 2000)


async def _rounds(context: Context) -> list[float]:
    async with AsyncExitStack() as stack:
        stack.enter_context(owned(context.folder))
        await stack.enter_async_context(embedded_postgres(context.folder, _KEY))
        await stack.enter_async_context(embedded_valkey(context.folder))
        url = postgres_url(context.folder, _KEY)
        connection = await asyncpg.connect(url)
        await migrate(connection)
        await connection.close()
        pool = await stack.enter_async_context(open_pool(url))
        redis = await stack.enter_async_context(Redis.from_url(valkey_url(context.folder)))
        fake = await stack.enter_async_context(telegram())
        session = await stack.enter_async_context(webhook_session(LOOPBACK))
        await _people(pool, fake)
        chats = Chats(pool, SecretBox(_KEY), open_messengers(session, LOOPBACK))
        worker = asyncio.create_task(OutboxWorker(pool, redis, [CardDeliverer(chats, _WORDS)]).run())
        lags = []
        for number in range(_ROUNDS):
            lags.append(await _round(pool, redis, fake, number))
            await asyncio.sleep(_REST_SECONDS)
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)
        return lags


async def _people(pool: asyncpg.Pool, fake: FakeTelegram) -> None:
    """Agents at 101, 102, …, each with an account and a chat."""
    now, sealed = datetime.now(UTC), SecretBox(_KEY).seal(fake.token.encode())
    bot = Bot(_BOT, "telegram", fake.url, sealed, str(fake.bot_id), fake.username, now)
    async with pool.acquire() as connection, connection.transaction():
        await save_bot(connection, bot, ROOT, now)
        for place in range(_AGENTS):
            person, extension = UUID(int=1000 + place), str(101 + place)
            await connection.execute(
                "insert into people (id, name, login, extension) values ($1, $2, $2, $3)",
                person,
                f"agent{place}",
                extension,
            )
            await connection.execute("insert into accounts (person_id, role) values ($1, 'agent')", person)
            chat = str(5000 + place)
            await connection.execute("insert into bot_chats values ($1, $2, $3, $4)", _BOT, person, chat, now)


async def _round(pool: asyncpg.Pool, redis: Redis, fake: FakeTelegram, number: int) -> float:
    """The 95th percentile of what a chat waited for its card, in seconds."""
    fake.shown.clear()
    began = await _ring(pool, number)
    await wake(redis, OUTBOX_WAKE)
    async with asyncio.timeout(_LONGEST_SECONDS):
        while len(fake.shown) < _AGENTS:
            fake.heard.clear()
            await fake.heard.wait()
    return percentile([one.shown_at - began for one in fake.shown.values()], 0.95)


async def _ring(pool: asyncpg.Pool, number: int) -> float:
    """Every call comes as far as its middle, where its telephone rings; when that began to be written."""
    now, frames = time.time(), []
    for place in range(_AGENTS):
        run = call_again("simple_answered", number * _AGENTS + place, now + place)
        extension = str(101 + place).encode()
        frames += [stamped(frame.replace(b"101", extension), now) for frame in run[: len(run) // 2]]
    told = Record(Kind.AMI, now, pack_run(PBX, join_frames(frames)), Position(0, 0))
    began = time.monotonic()
    async with pool.acquire() as connection, connection.transaction():
        await CallApplier(follow_ends, follow_seats).apply(connection, [told])
    return began
