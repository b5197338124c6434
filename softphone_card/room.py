"""The open cards of a process: whose they are, and that each ends with its session or its extension."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Protocol
from uuid import UUID

import asyncpg
from aiohttp import web

from softphone_card.feed import Feed
from softphone_card.message import RESTARTED, SESSION_OVER, Message, Told, moved, taken
from softphone_card.notices import hear_notices
from trunkline.background import running
from trunkline.db.types import Pool
from trunkline.keys import pool_key, redis_key
from trunkline.log import get_logger
from trunkline.notices.notice import Notice
from trunkline.people.identity import Identity, Via
from trunkline.people.roles import Right
from trunkline.people.sessions import Lifetime, live_sessions
from trunkline.people.tokens import live_tokens
from trunkline.web.auth import lifetime_of
from trunkline.web.metrics import CARD_SOCKETS

CHECK_SECONDS = 2.0
MOST_CARDS = 20
"""Open cards of one person."""

_log = get_logger(__name__)


class Card(Protocol):
    """An open card as the room sees it."""

    identity: Identity
    extension: str

    def offer(self, message: Message) -> None:
        """Say something; a Goodbye ends it."""


class Room:
    """All open cards of this process."""

    def __init__(self, feed: Feed, pool: Pool, lifetime: Lifetime) -> None:
        self.feed = feed
        self._pool = pool
        self._lifetime = lifetime
        self._cards: set[Card] = set()

    def __len__(self) -> int:
        return len(self._cards)

    def enter(self, card: Card) -> bool:
        """Let `card` in, unless its owner has too many; whoever had the extension before him is told so."""
        if sum(one.identity.person == card.identity.person for one in self._cards) >= MOST_CARDS:
            return False
        for other in self._cards:
            if other.extension == card.extension and other.identity.person != card.identity.person:
                other.offer(taken(card.extension, card.identity.name))
        self._cards.add(card)
        CARD_SOCKETS.inc()
        return True

    def leave(self, card: Card) -> None:
        """It is closed."""
        self._cards.discard(card)
        CARD_SOCKETS.dec()

    def tell(self, notice: Notice) -> None:
        """Say it on every open card of whom it is for."""
        for card in tuple(self._cards):
            if card.identity.person == notice.person:
                card.offer(Told(notice))

    async def watch(self) -> None:
        """End cards whose session or token is over, or whose owner has another extension now; until cancelled."""
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            try:
                await self.check(datetime.now(UTC))
            except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
                _log.warning("card_sessions_unread", error=repr(error))

    async def check(self, now: datetime) -> None:
        """The same once: one statement for all cards."""
        cards = tuple(self._cards)
        live = await self._live(cards, now)
        for card in cards:
            today = live.get(card.identity.credential)
            if today is None or not today.holds(Right.CARD_USE):
                card.offer(SESSION_OVER)
            elif today.extension != card.extension:
                card.offer(moved(today.extension))

    def close(self) -> None:
        """End all: every card comes back to whoever answers next."""
        for card in tuple(self._cards):
            card.offer(RESTARTED)

    async def _live(self, cards: tuple[Card, ...], now: datetime) -> Mapping[str, Identity]:
        shown = {(card.identity.via, card.identity.credential) for card in cards}
        sessions = [UUID(credential) for via, credential in shown if via is Via.SESSION]
        tokens = [credential for via, credential in shown if via is Via.TOKEN]
        live: dict[str, Identity] = {}
        if sessions:
            live |= await live_sessions(self._pool, sessions, self._lifetime, now)
        if tokens:
            live |= await live_tokens(self._pool, tokens, now)
        return live


room_key = web.AppKey("card_room", Room)


async def card_context(app: web.Application) -> AsyncIterator[None]:
    """The feed and the room, as long as the application runs; wants the pool and Valkey before it."""
    feed = Feed(app[pool_key], app[redis_key])
    room = app[room_key] = Room(feed, app[pool_key], lifetime_of(app))
    tasks: dict[str, Callable[[], Awaitable[None]]] = {
        "card feed": feed.follow,
        "card table": feed.keep_level,
        "card sessions": room.watch,
        "card notices": partial(hear_notices, app[redis_key], room.tell),
    }
    async with running(tasks):
        yield


async def close_cards(app: web.Application) -> None:
    """An `on_shutdown` hook."""
    app[room_key].close()
