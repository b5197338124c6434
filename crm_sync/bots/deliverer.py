"""Delivers to chats: what bots answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from crm_sync.answer import Refused
from crm_sync.bots.limits import LIMITS
from crm_sync.bots.port import Access, Message, Messenger, Unreachable
from crm_sync.bots.saying import ANSWERED, SAID, account_of, kind_of, what_of
from crm_sync.bots.store import SQL, Bot, block, bot_by_id, utc_now
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

REMOVED: Final = "the bot was removed; nothing was sent"
STOPPED: Final = "he has stopped the bot; nothing is sent until he connects it again"


@dataclass(frozen=True, slots=True)
class Chats:
    """Every bot's chats; `messengers` by their names. Between two messages to one chat lies a turn (limits.py)."""

    pool: Pool
    box: SecretBox
    messengers: Mapping[str, Messenger]
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

    def messenger(self, bot: Bot) -> Messenger:
        """That which has the bot."""
        return self.messengers[bot.kind]

    async def take_turn(self, bot: Bot, chat: str) -> bool:
        """Whether a message may go there now; whoever has no chat with us waits for nobody."""
        known = await self.pool.fetchval(SQL["is_bound"], bot.id, chat)
        turn = timedelta(seconds=LIMITS[bot.kind].turn)
        return not known or await self.pool.fetchval(SQL["take_turn"], bot.id, chat, self.clock(), turn) is not None

    async def stopped(self, bot: Bot, chat: str) -> Outcome:
        """Its person does not let the bot write to him."""
        async with self.pool.acquire() as connection, connection.transaction():
            await block(connection, bot, chat, self.clock())
        return Delivered(warning=STOPPED)


def not_his_turn(bot: Bot) -> Failed:
    """The stream rests; others go on, and no attempt was spent."""
    turn = LIMITS[bot.kind].turn
    return Failed(Fault("a message went to this chat just now", Sent.NO, 429, retry_after=turn, alone=True))


class SayDeliverer:
    """Answers: a second one does less harm than none."""

    kinds: Mapping[str, KindPolicy] = {
        kind_of(messenger, what): policy
        for messenger in LIMITS
        for what, policy in (
            (SAID, KindPolicy(max_attempts=6, time_limit=30.0, backoff_cap=60.0)),
            (ANSWERED, KindPolicy(max_attempts=3, time_limit=30.0, backoff_cap=5.0)),
        )
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
        return await (self._answer if what_of(event) == ANSWERED else self._say)(bot, event)

    async def _answer(self, bot: Bot, event: Event) -> Outcome:
        """It waits for no turn: it is no message in the chat. Who is gone misses a word, and the bot nothing."""
        try:
            access, messenger = self._chats.access(bot), self._chats.messenger(bot)
            await messenger.answer(access, str(event.payload["query"]), str(event.payload["text"]))
        except Unreachable as gone:
            return Delivered(warning=gone.said)
        except Refused as refused:
            return refused.failed
        return Delivered()

    async def _say(self, bot: Bot, event: Event) -> Outcome:
        chat = str(event.payload["chat"])
        if not await self._chats.take_turn(bot, chat):
            return not_his_turn(bot)
        try:
            text = str(event.payload["text"])
            sent = await self._chats.messenger(bot).send(self._chats.access(bot), chat, Message(text))
        except Unreachable:
            return await self._chats.stopped(bot, chat)
        except Refused as refused:
            return refused.failed
        return Delivered(sent)
