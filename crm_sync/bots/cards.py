"""Delivers cards: one message of each person and call, changed as the call goes on (showing.py)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

import asyncpg

from crm_sync.bots.buttons import rows_of
from crm_sync.bots.card_text import Standing, text_of
from crm_sync.bots.deliverer import REMOVED, Chats
from crm_sync.bots.limits import LIMITS
from crm_sync.bots.port import Message
from crm_sync.bots.saying import account_of, kind_of
from crm_sync.bots.showing import Statements, show, why_not
from crm_sync.bots.store import Bot
from crm_sync.bots.telling import CARD, SQL
from trunkline.card.reading import Asker, read_card
from trunkline.card.telling import tell
from trunkline.directory.reader import View
from trunkline.outbox.event import Absent, Account, Delivered, Event, KindPolicy, Outcome, Verdict
from trunkline.people.credentials import person_identity
from trunkline.people.roles import Right
from trunkline.settings import Settings
from trunkline.web.i18n import Reader, Translations, reading

LATEST: Final = timedelta(seconds=60)
"""After that nobody is shown any more that his telephone rings."""
_KEPT: Final = timedelta(days=30)
LATE: Final = "too late to be shown"
NOT_HIS: Final = "he may not see this call; nothing was sent"
_ROWS: Final = Statements(SQL["ask_for_card"], SQL["not_asked"], SQL["card_is_there"])


@dataclass(frozen=True, slots=True)
class Words:
    """What cards are told with: the company's language, the regions of numbers, the address of the card's page."""

    reader: Reader
    translations: Translations
    view: Callable[[], View]
    pages: str
    """Empty where no page of ours is published."""


def pages_of(settings: Settings) -> str:
    """Where the card's page is reached, best from outside the office; empty where a button cannot tell it.

    Telegram refuses the whole message for a host that is a bare name ("Wrong HTTP URL"), as `localhost`.
    """
    if settings.web.card_outside and settings.server.sites_url:
        url = settings.sites_url
    else:
        url = settings.public_url if settings.server.public_url else ""
    host = urlsplit(url).hostname or ""
    return url if "." in host or ":" in host else ""


class CardDeliverer:
    """Delivers every bot's."""

    kinds: Mapping[str, KindPolicy] = {
        kind_of(messenger, CARD): KindPolicy(max_attempts=30, time_limit=30.0, backoff_cap=30.0) for messenger in LIMITS
    }

    def __init__(self, chats: Chats, words: Words) -> None:
        self._chats = chats
        self._words = words

    def account(self, event: Event) -> Account:
        return account_of(event)

    async def verify(self, _event: Event) -> Verdict:
        """The card's own row knows: a first message that may be there is not sent again, a change may be repeated."""
        return Absent()

    async def deliver(self, event: Event) -> Outcome:
        bot = await self._chats.bot(event)
        row = await self._chats.pool.fetchrow(SQL["card"], event.payload["card"])
        if bot is None or row is None:
            return Delivered(warning=REMOVED)
        return self._why_not(row) or await self._show(bot, row)

    async def _show(self, bot: Bot, row: asyncpg.Record) -> Outcome:
        message = await self._message(bot, row)
        if message is None:
            return Delivered(warning=NOT_HIS)
        outcome = await show(self._chats, _ROWS, bot, row, message)
        if row["message_id"] is None:
            await self._chats.pool.execute(SQL["prune_cards"], self._chats.clock() - _KEPT)
        return outcome

    def _why_not(self, row: asyncpg.Record) -> Outcome | None:
        """What is not even tried."""
        if found := why_not(row):
            return found
        is_late = row["message_id"] is None and self._chats.clock() - row["rang_at"] > LATEST
        return Delivered(LATE) if is_late else None

    async def _message(self, bot: Bot, row: asyncpg.Record) -> Message | None:
        """The card as its reader may see it now; None where he may not."""
        now = self._chats.clock()
        async with self._chats.pool.acquire() as connection:
            person = await connection.fetchrow(SQL["person"], row["person_id"])
            if person is None:
                return None
            identity = person_identity(person)
            if not identity.holds(Right.CARD_USE):
                return None
            card = await read_card(connection, Asker.of(identity), self._words.view(), now, call=row["call_id"])
        if card is None or card.call is None:
            return None
        standing = Standing(row["seat"], identity.extension or "", card.call, row["answered_by"])
        link = f"{self._words.pages}/card/calls/{row['call_id']}" if self._words.pages else ""
        rights = identity.rights if card.number else frozenset[Right]()
        with reading(self._words.reader, self._words.translations):
            buttons = rows_of(
                self._chats.box, bot.id, row["chat_id"], row["number"], rights, link=link, is_over=standing.is_over
            )
            return Message(text_of(tell(card, now), standing), buttons)
