"""Following channels of Valkey: subscribed again when they were lost, and left when the task is cancelled.

What is said while nobody listens is gone. Whoever needs all of it looks elsewhere too, and is told when to.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import NoReturn

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import ConnectionError as NotConnected
from redis.exceptions import RedisError

from trunkline.background import obey_cancelling
from trunkline.log import get_logger

AWAY_SECONDS = 1.0
_LOOK_SECONDS = 30.0
"""How long we wait at a time; a connection that is lost tells at once."""

_log = get_logger(__name__)

Take = Callable[[bytes], None]
"""Takes what was said; never waits and never fails."""


async def follow(
    redis: Redis,
    takers: Mapping[str, Take],
    *,
    heard: Callable[[bool], None] = lambda _heard: None,
    away_seconds: float = AWAY_SECONDS,
) -> NoReturn:
    """Hand on what is said in each channel until cancelled.

    `heard` is told True after every subscription, also after one the driver made again by itself: what was said before
    may be lost. It is told False when there is none.
    """
    lost = False
    while True:
        try:
            async with redis.pubsub() as subscription:
                await subscription.subscribe(*takers)
                while True:
                    message = await subscription.get_message(timeout=_LOOK_SECONDS)
                    if message is None:
                        require_alive(subscription)
                    elif message["type"] == "message":
                        takers[message["channel"].decode()](message["data"])
                    elif message["type"] == "subscribe":
                        lost = False
                        heard(True)
        except (RedisError, OSError) as error:
            obey_cancelling()
            if not lost:
                _log.warning("channel_lost", channels=sorted(takers), error=repr(error))
            lost = True
        heard(False)
        await asyncio.sleep(away_seconds)


def require_alive(subscription: PubSub) -> None:
    """Raise NotConnected where the system gave the connection up; to be called whenever nothing was said.

    redis 8.1 takes the system's word that the other side is gone (ETIMEDOUT) for the end of the time we wanted to wait.
    The next wait ends the same way without waiting, and the loop stands still for ever.
    """
    reader = getattr(subscription.connection, "_reader", None)  # the driver shows it to nobody
    if reader is not None and (error := reader.exception()) is not None:
        raise NotConnected(str(error)) from error
