"""Alarms of the APIs of hosted PBXs: one a PBX and a use, open as long as the API refuses what we ask it for.

They are rows and nothing else, for another node may have the next word. Raised again, one only counts.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from redis.asyncio import Redis

from trunkline.alarms.alarm import AlarmRow, Severity, clear_alarm, open_alarms_of, raise_alarm
from trunkline.db.types import Connection, Pool
from trunkline.outbox.wake import OUTBOX_WAKE, wake
from trunkline.web.i18n import mark


class Use(StrEnum):
    """What an API is asked for; the alarm's key is `pbx.USE:PBX`."""

    HISTORY = "history"
    DIALS = "dialing"
    GROUPS = "groups"
    PHONES = "phones"


NO_HISTORY: Final = mark("The history of the PBX %(pbx)s is not read: its API refuses our key and says “%(reason)s”.")
NO_DIALS: Final = mark("No call is begun through the PBX %(pbx)s: its API refuses our key and says “%(reason)s”.")
_LONGEST: Final = 300


def alarm_key(pbx: str, use: Use) -> str:
    """The alarm's."""
    return f"pbx.{use}:{pbx}"


async def api_refuses(connection: Connection, pbx: str, use: Use, title: str, why: str) -> bool:
    """It does, in the words `why`; whether anybody was told."""
    facts = {"pbx": pbx, "reason": why.replace("\0", "")[:_LONGEST]}
    return await raise_alarm(connection, alarm_key(pbx, use), Severity.WARNING, title, facts)


async def api_accepts(connection: Connection, pbx: str, use: Use) -> bool:
    """It does what it is asked for; whether anybody was told."""
    return await clear_alarm(connection, alarm_key(pbx, use))


async def tell(pool: Pool, redis: Redis | None, pbx: str, use: Use, title: str = "", why: str = "") -> None:
    """For whom has no transaction open: an empty title says that the API does what it is asked for."""
    async with pool.acquire() as connection:
        if title:
            told = await api_refuses(connection, pbx, use, title, why)
        else:
            told = await api_accepts(connection, pbx, use)
    if told:
        await wake(redis, OUTBOX_WAKE)


async def set_up_anew(connection: Connection, pbx: str) -> None:
    """Its settings were saved: nothing they say was refused yet. What is refused again is told again."""
    for use in Use:
        await clear_alarm(connection, alarm_key(pbx, use))


async def refusals_of(connection: Connection, pbx: str) -> Sequence[AlarmRow]:
    """What its API refuses now."""
    return await open_alarms_of(connection, [alarm_key(pbx, use) for use in Use])
