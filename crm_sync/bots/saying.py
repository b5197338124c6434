"""What bots are to say, as events of the outbox. No I/O here.

What answers a person waits behind cards: it is a lane of the bot's account.
"""

from dataclasses import replace
from datetime import datetime
from typing import Final

from crm_sync.bots.limits import LIMITS, cut
from crm_sync.bots.port import Pressed, Said
from crm_sync.bots.store import Bot
from trunkline.outbox.event import Account, Event, NewEvent

SAID: Final = "say"
ANSWERED: Final = "answer"


def kind_of(messenger: str, what: str) -> str:
    """What the outbox calls it: `telegram.say`."""
    return f"{messenger}.{what}"


def what_of(event: Event) -> str:
    """Without the messenger."""
    return event.kind.partition(".")[2]


def say(bot: Bot, said: Said, text: str) -> NewEvent:
    """An answer to what was said; chats are answered in order."""
    stream = f"{bot.kind}:{bot.id}:chat:{said.chat}"
    return NewEvent(
        stream,
        kind_of(bot.kind, SAID),
        f"{stream}:{said.update}",
        {"bot": str(bot.id), "chat": said.chat, "text": cut(text, LIMITS[bot.kind].longest)},
    )


def say_to_stranger(bot: Bot, said: Said, text: str, now: datetime) -> NewEvent:
    """An answer to who has no chat with us; at most one in a minute of the clock is sent, however often he asks."""
    event = say(bot, said, text)
    return replace(event, idem=f"{event.stream}:minute:{int(now.timestamp() // 60)}")


def answer(bot: Bot, told: Pressed, text: str) -> NewEvent:
    """A word to who pressed a button, over his chat."""
    stream = f"{bot.kind}:{bot.id}:chat:{told.chat}:press:{told.update}"
    said = {"bot": str(bot.id), "query": told.query, "text": cut(text, LIMITS[bot.kind].longest_answer)}
    return NewEvent(stream, kind_of(bot.kind, ANSWERED), stream, said)


def account_of(event: Event) -> Account:
    """The bot's."""
    messenger, _dot, what = event.kind.partition(".")
    limits = LIMITS[messenger]
    reserve = limits.for_cards if what == SAID else 0.0
    return Account(
        account_name(messenger, str(event.payload["bot"])), limits.a_second, limits.a_second, reserve=reserve
    )


def account_name(messenger: str, bot: str) -> str:
    """As the outbox calls it."""
    return f"{messenger}:{bot}"
