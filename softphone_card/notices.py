"""What Valkey tells of notices, handed to the open cards; what is lost is counted in the navigation all the same."""

import asyncio
from collections.abc import Callable

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError

from trunkline.background import obey_cancelling
from trunkline.log import get_logger
from trunkline.notices.notice import Notice
from trunkline.notices.store import CHANNEL

_AWAY_SECONDS = 1.0
_log = get_logger(__name__)
_decode = msgspec.json.Decoder(Notice).decode


async def hear_notices(redis: Redis, tell: Callable[[Notice], None]) -> None:
    """Hand on every notice until cancelled."""
    away = False
    while True:
        try:
            async with redis.pubsub(ignore_subscribe_messages=True) as subscription:
                await subscription.subscribe(CHANNEL)
                away = False
                async for message in subscription.listen():
                    try:
                        tell(_decode(message["data"]))
                    except msgspec.DecodeError as error:
                        _log.error("notice_unreadable", error=str(error))
        except (RedisError, OSError) as error:
            obey_cancelling()
            if not away:
                _log.warning("notices_lost", error=repr(error))
            away = True
        await asyncio.sleep(_AWAY_SECONDS)
