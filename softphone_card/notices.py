"""What Valkey tells of notices, handed to the open cards; what is lost is counted in the navigation all the same."""

from collections.abc import Callable

import msgspec
from redis.asyncio import Redis

from trunkline.channel import follow
from trunkline.log import get_logger
from trunkline.notices.notice import Notice
from trunkline.notices.store import CHANNEL

_log = get_logger(__name__)
_decode = msgspec.json.Decoder(Notice).decode


async def hear_notices(redis: Redis, tell: Callable[[Notice], None]) -> None:
    """Hand on every notice until cancelled."""

    def take(said: bytes) -> None:
        try:
            notice = _decode(said)
        except msgspec.DecodeError as error:
            _log.error("notice_unreadable", error=str(error))
        else:
            tell(notice)

    await follow(redis, {CHANNEL: take})
