"""What bots are to say, as events of the outbox. No I/O here.

What answers a person waits behind cards: it is a lane of the bot's account.
"""

from dataclasses import replace
from datetime import datetime
from typing import Final

from crm_sync.bots.port import Pressed, Said
from crm_sync.bots.store import Bot
from trunkline.outbox.event import Account, Event, NewEvent

SAID: Final = "telegram.say"
ANSWERED: Final = "telegram.answer"
_RATE: Final = 30.0
"""Messages a second of one bot (crm.md §5)."""
_CARDS_RESERVE: Final = 20.0
"""So many of a burst are left to cards, whoever else writes to the bot."""


def say(bot: Bot, said: Said, text: str) -> NewEvent:
    """An answer to what was said; chats are answered in order."""
    stream = f"{bot.kind}:{bot.id}:chat:{said.chat}"
    return NewEvent(stream, SAID, f"{stream}:{said.update}", {"bot": str(bot.id), "chat": said.chat, "text": text})


def say_to_stranger(bot: Bot, said: Said, text: str, now: datetime) -> NewEvent:
    """An answer to who has no chat with us; at most one in a minute of the clock is sent, however often he asks."""
    event = say(bot, said, text)
    return replace(event, idem=f"{event.stream}:minute:{int(now.timestamp() // 60)}")


def answer(bot: Bot, told: Pressed, text: str) -> NewEvent:
    """A word to who pressed a button, over his chat."""
    stream = f"{bot.kind}:{bot.id}:chat:{told.chat}:press:{told.update}"
    return NewEvent(stream, ANSWERED, stream, {"bot": str(bot.id), "query": told.query, "text": text})


def account_of(event: Event) -> Account:
    """The bot's."""
    reserve = _CARDS_RESERVE if event.kind == SAID else 0.0
    return Account(f"telegram:{event.payload['bot']}", _RATE, _RATE, reserve=reserve)
