"""Delivers to chats: what bots answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from crm_sync.bots.port import Access, Message, Messenger, Refused, Unreachable
from crm_sync.bots.saying import ANSWERED, SAID, account_of
from crm_sync.bots.store import SQL, Bot, block, bot_by_id
from trunkline.crypto import SecretBox, WrongKey
from trunkline.db.types import Pool
from trunkline.outbox.event import (
    Account,
    Delivered,
    Event,
    Failed,
    Fault,
    KindPolicy,
    Outcome,
    Refusal,
    Sent,
    Unknowable,
    Verdict,
)

_TURN_SECONDS: Final = 1.0
"""Between two messages to one chat (crm.md §5)."""
REMOVED: Final = "the bot was removed; nothing was sent"
STOPPED: Final = "he has stopped the bot; nothing is sent until he connects it again"


def utc_now() -> datetime:
    """The time turns are taken by."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Chats:
    """Every bot's chats; a second lies between two messages to one of them."""

    pool: Pool
    box: SecretBox
    messenger: Messenger
    clock: Callable[[], datetime] = utc_now

    async def bot(self, event: Event) -> Bot | None:
        """Whose event it is."""
        async with self.pool.acquire() as connection:
            return await bot_by_id(connection, UUID(event.payload["bot"]))

    def access(self, bot: Bot) -> Access:
        """Raises Refused where the token was sealed with another key."""
        try:
            return bot.access(self.box)
        except WrongKey:
            words = "the bot's token cannot be opened with this installation's key: connect the bot again"
            raise Refused("open", Fault(words, Sent.NO, refusal=Refusal.NEVER)) from None

    async def take_turn(self, bot: Bot, chat: int) -> bool:
        """Whether a message may go there now; whoever has no chat with us waits for nobody."""
        known = await self.pool.fetchval(SQL["is_bound"], bot.id, chat)
        return not known or await self.pool.fetchval(SQL["take_turn"], bot.id, chat, self.clock()) is not None

    async def stopped(self, bot: Bot, chat: int) -> Outcome:
        """Its person does not let the bot write to him."""
        async with self.pool.acquire() as connection, connection.transaction():
            await block(connection, bot, chat, self.clock())
        return Delivered(warning=STOPPED)


def not_his_turn() -> Failed:
    """The stream rests; others go on, and no attempt was spent."""
    return Failed(Fault("a message went to this chat just now", Sent.NO, 429, retry_after=_TURN_SECONDS, alone=True))


class SayDeliverer:
    """Answers: a second one does less harm than none."""

    kinds: Mapping[str, KindPolicy] = {
        SAID: KindPolicy(max_attempts=6, time_limit=30.0, backoff_cap=60.0),
        ANSWERED: KindPolicy(max_attempts=3, time_limit=30.0, backoff_cap=5.0),
    }

    def __init__(self, chats: Chats) -> None:
        self._chats = chats

    def account(self, event: Event) -> Account:
        return account_of(event)

    async def verify(self, _event: Event) -> Verdict:
        return Unknowable()

    async def deliver(self, event: Event) -> Outcome:
        bot = await self._chats.bot(event)
        if bot is None:
            return Delivered(warning=REMOVED)
        return await (self._answer if event.kind == ANSWERED else self._say)(bot, event)

    async def _answer(self, bot: Bot, event: Event) -> Outcome:
        """It waits for no turn: it is no message in the chat."""
        try:
            access = self._chats.access(bot)
            await self._chats.messenger.answer(access, str(event.payload["query"]), str(event.payload["text"]))
        except Refused as refused:
            return refused.failed
        return Delivered()

    async def _say(self, bot: Bot, event: Event) -> Outcome:
        chat = int(event.payload["chat"])
        if not await self._chats.take_turn(bot, chat):
            return not_his_turn()
        try:
            text = str(event.payload["text"])
            sent = await self._chats.messenger.send(self._chats.access(bot), chat, Message(text))
        except Unreachable:
            return await self._chats.stopped(bot, chat)
        except Refused as refused:
            return refused.failed
        return Delivered(str(sent))
