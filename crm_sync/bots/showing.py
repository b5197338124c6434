"""Shows one message for good: sent once, changed as what it tells changes.

A messenger cannot be asked whether it shows a message, and knows no key of ours (crm.md §6): it is noted that it is
asked for before that is done, and one whose answer was lost is never sent again. A press of one of its buttons tells
its id, and it is changed again from then on.
"""

from hashlib import sha256
from typing import Final, NamedTuple

import asyncpg
import msgspec

from crm_sync.answer import Refused
from crm_sync.bots.deliverer import STOPPED, Chats, not_his_turn
from crm_sync.bots.port import GoneMessage, Message, Unreachable
from crm_sync.bots.store import Bot
from trunkline.outbox.event import Delivered, Fault, Outcome, Sent

DOUBTFUL: Final = "the answer was lost: nobody knows whether the message is there, and it is not sent twice"
NOT_BOUND: Final = "the chat is bound no more; nothing was sent"


class Statements(NamedTuple):
    """What keeps the rows of one kind of messages."""

    ask: str
    not_asked: str
    is_there: str


def why_not(row: asyncpg.Record) -> Outcome | None:
    """What is not even tried; `row` has is_bound, blocked_at, message_id, asked_at."""
    if not row["is_bound"]:
        return Delivered(warning=NOT_BOUND)
    if row["blocked_at"] is not None:
        return Delivered(warning=STOPPED)
    if row["message_id"] is None and row["asked_at"] is not None:
        return Delivered(warning=DOUBTFUL)
    return None


async def show(chats: Chats, statements: Statements, bot: Bot, row: asyncpg.Record, message: Message) -> Outcome:
    """Send it, or change it; `row` has number, chat_id, message_id, shown."""
    shown = sha256(msgspec.json.encode(message)).digest()
    if row["shown"] == shown:
        return Delivered("it says so already")
    if not await chats.take_turn(bot, row["chat_id"]):
        return not_his_turn(bot)
    try:
        return await (_send if row["message_id"] is None else _edit)(chats, statements, bot, row, message, shown)
    except Unreachable:
        return await chats.stopped(bot, row["chat_id"])
    except Refused as refused:
        return refused.failed


async def _send(
    chats: Chats, statements: Statements, bot: Bot, row: asyncpg.Record, message: Message, shown: bytes
) -> Outcome:
    access = chats.access(bot)
    if await chats.pool.fetchval(statements.ask, row["number"], chats.clock()) is None:
        return Delivered(warning=DOUBTFUL)
    try:
        known = await chats.messenger(bot).send(access, row["chat_id"], message)
    except Refused as refused:
        if _was_not_done(refused.fault):
            await chats.pool.execute(statements.not_asked, row["number"])
        raise
    await chats.pool.execute(statements.is_there, row["number"], known, shown)
    return Delivered(known)


async def _edit(
    chats: Chats, statements: Statements, bot: Bot, row: asyncpg.Record, message: Message, shown: bytes
) -> Outcome:
    said = ""
    try:
        await chats.messenger(bot).edit(chats.access(bot), row["chat_id"], row["message_id"], message)
    except GoneMessage as gone:  # he deleted it, or it is too old to be changed
        said = gone.said
    await chats.pool.execute(statements.is_there, row["number"], row["message_id"], shown)
    return Delivered(row["message_id"], said)


def _was_not_done(fault: Fault) -> bool:
    """Whether the messenger surely shows nothing: it was not reached, or refused. What broke may have been done."""
    return fault.sent is Sent.NO or (fault.sent is Sent.ANSWERED and (fault.status or 0) < 500)
