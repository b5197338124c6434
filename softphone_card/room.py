"""The open cards of a process: whose they are, and that each ends with its session or its extension."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Protocol
from uuid import UUID

import asyncpg
from aiohttp import web

from softphone_card import own_words
from softphone_card.feed import Feed
from softphone_card.message import RESTARTED, SESSION_OVER, Told, moved, taken
from softphone_card.notices import hear_notices
from softphone_card.own_words import OwnWords
from trunkline.background import running
from trunkline.db.types import Pool
from trunkline.keys import pool_key, redis_key
from trunkline.log import get_logger
from trunkline.notices.notice import Notice
from trunkline.people.identity import Identity, Via
from trunkline.people.roles import Right
from trunkline.people.sessions import Lifetime, live_sessions
from trunkline.people.tokens import live_tokens
from trunkline.presence.people import plan_zone
from trunkline.web.auth import lifetime_of
from trunkline.web.metrics import CARD_SOCKETS

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Terms:
    """What cards are let in and kept by."""

    check_seconds: float = 2.0
    """Between looks at sessions, extensions and presence."""
    most_cards: int = 20
    """Open ones of one person."""


class Card(own_words.Card, Protocol):
    """An open card as the room sees it; a Goodbye that is offered ends it."""

    extension: str
    visible: bool
    """Whether somebody can see it, as its page says; a program never says so."""


class Room:
    """All open cards of this process."""

    def __init__(self, feed: Feed, pool: Pool, lifetime: Lifetime, words: OwnWords, terms: Terms = Terms()) -> None:
        self.feed = feed
        self._pool = pool
        self._lifetime = lifetime
        self._words = words
        self._terms = terms
        self._cards: set[Card] = set()
        self.looked = asyncio.Event()
        """Set when who is seen may have changed."""

    def __len__(self) -> int:
        return len(self._cards)

    def enter(self, card: Card) -> bool:
        """Let `card` in, unless its owner has too many; whoever had the extension before him is told so."""
        if sum(one.identity.person == card.identity.person for one in self._cards) >= self._terms.most_cards:
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
        self.looked.set()
        CARD_SOCKETS.dec()

    def looking(self) -> frozenset[UUID]:
        """Who sees a card of this process now."""
        return frozenset(card.identity.person for card in self._cards if card.visible)

    def tell(self, notice: Notice) -> None:
        """Say it on every open card of whom it is for."""
        for card in tuple(self._cards):
            if card.identity.person == notice.person:
                card.offer(Told(notice))

    async def watch(self) -> None:
        """End cards whose session or token is over, or whose owner has another extension now, and tell the others of
        their owner's presence; until cancelled.
        """
        while True:
            await asyncio.sleep(self._terms.check_seconds)
            try:
                await self.check(datetime.now(UTC))
                await self._words.check(tuple(self._cards), datetime.now(UTC))
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
terms_key = web.AppKey("card_terms", Terms)
"""Other terms than the usual."""


async def card_context(app: web.Application) -> AsyncIterator[None]:
    """The feed and the room, as long as the application runs; wants the pool and Valkey before it."""
    feed = Feed(app[pool_key], app[redis_key])
    words = OwnWords(app[pool_key], partial(plan_zone, app))
    room = app[room_key] = Room(feed, app[pool_key], lifetime_of(app), words, app.get(terms_key, Terms()))
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
