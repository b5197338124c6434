"""What the company's rules tell people in their chats with the bot."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from crm_sync.answer import Refused
from crm_sync.bots.deliverer import Chats, not_his_turn
from crm_sync.bots.limits import LIMITS, cut
from crm_sync.bots.port import Button, Message, Unreachable
from crm_sync.bots.saying import account_name
from crm_sync.bots.store import SQL, Bot, bot_by_id
from trunkline.messages.channels import CHAT_KIND
from trunkline.outbox.event import Account, Delivered, Event, KindPolicy, Outcome, Unknowable, Verdict

_RATE: Final = min(one.a_second for one in LIMITS.values()) / 2
ACCOUNT: Final = "bots:messages"
"""Of who had no chat when he was told."""
NO_CHAT: Final = "he has no chat with the bot any more; nothing was sent"


class MessageDeliverer:
    """By the bot he had a chat with when he was told, whose account it is; by another of his where that chat is gone.

    A second copy does less harm than none.
    """

    kinds: Mapping[str, KindPolicy] = {CHAT_KIND: KindPolicy(max_attempts=20, time_limit=30.0)}

    def __init__(self, chats: Chats, base_url: str, word: str) -> None:
        self._chats = chats
        self._base_url = base_url
        self._word = word

    def account(self, event: Event) -> Account:
        messenger, bot = str(event.payload.get("messenger", "")), event.payload.get("bot")
        if messenger not in LIMITS or not bot:
            return Account(ACCOUNT, _RATE, _RATE)
        limits = LIMITS[messenger]
        name = account_name(messenger, str(bot))
        return Account(name, limits.a_second, limits.a_second, reserve=limits.for_cards)

    async def verify(self, _event: Event) -> Verdict:
        return Unknowable()

    async def deliver(self, event: Event) -> Outcome:
        found = await self._chat_of(UUID(event.payload["person"]), event.payload.get("bot"))
        if found is None:
            return Delivered(warning=NO_CHAT)
        bot, chat = found
        if not await self._chats.take_turn(bot, chat):
            return not_his_turn(bot)
        try:
            sent = await self._chats.messenger(bot).send(self._chats.access(bot), chat, self._message(bot, event))
        except Unreachable:
            return await self._chats.stopped(bot, chat)
        except Refused as refused:
            return refused.failed
        return Delivered(sent)

    async def _chat_of(self, person: UUID, named: str | None) -> tuple[Bot, str] | None:
        async with self._chats.pool.acquire() as connection:
            row = await connection.fetchrow(SQL["chat_to_write_to"], person, UUID(named) if named else None)
            bot = None if row is None else await bot_by_id(connection, row["bot_id"])
        return None if bot is None or row is None else (bot, row["chat_id"])

    def _message(self, bot: Bot, event: Event) -> Message:
        text = cut(str(event.payload["text"]), LIMITS[bot.kind].longest)
        page = event.payload["page"]
        # A host that is a bare name is refused with the whole message (see cards.pages_of).
        if not page or "." not in (urlsplit(self._base_url).hostname or ""):
            return Message(text)
        return Message(text, ((Button(self._word, url=self._base_url + page),),))
