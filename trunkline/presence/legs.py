"""What our own legs tell of mobile employees, published as if a link had told it of their telephones.

The story (`agent_calls`) is read whenever its news comes, and twice a second; what is published is what the questions,
the floor and the callbacks read. A seat is idle only while every PBX that could ring it is heard: else it is unknown.
"""

import asyncio
import time
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple, NoReturn

import asyncpg
from redis.asyncio import Redis
from redis.exceptions import RedisError

from trunkline.background import obey_cancelling
from trunkline.calls.agents import AGENTS_CHANNEL, LONGEST_SECONDS
from trunkline.db.sql import load_queries
from trunkline.db.types import Pool
from trunkline.log import get_logger
from trunkline.outbox.wake import Alarm, listen
from trunkline.pbx.devices import PROVED_AT, STALE_SECONDS, DeviceState, device_key, plain
from trunkline.pbx.hooks.providers import PROVIDERS
from trunkline.pbx.live import AGENT, NO_COUNT, AgentCount, read_live
from trunkline.pbx.seats import LEGS
from trunkline.pbx.telling import Teller

_SQL = load_queries("trunkline.presence")
_KEY = device_key(LEGS)
_TICK_SECONDS = 0.5
_PATIENCE_SECONDS = 2.0
_PROVE_AGAIN = 5.0
_STATES = {
    "calling": DeviceState.INUSE,
    "ringing": DeviceState.RINGING,
    "talking": DeviceState.INUSE,
}

log = get_logger(__name__)


class SeatLeg(NamedTuple):
    """A mobile employee, and one leg of ours to him; of who is in no call only the extension is told."""

    extension: str
    pbx: str = ""
    state: str = ""
    since: float = 0.0


async def run_legs(pool: Pool, redis: Redis) -> NoReturn:
    """Publish for ever."""
    stirred = Alarm()
    async with asyncio.TaskGroup() as group:
        group.create_task(listen(redis, {AGENTS_CHANNEL: [stirred]}))
        while True:
            try:
                async with asyncio.timeout(_PATIENCE_SECONDS):
                    await publish_legs(pool, redis, time.time())
            except (RedisError, OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                obey_cancelling()
                log.warning("legs_unpublished", error=str(error) or type(error).__name__)
            await stirred.wait(_TICK_SECONDS)
    raise AssertionError("the loop above has no end")


async def publish_legs(pool: Pool, redis: Redis, now: float) -> None:
    """Bring what is published level with the story; nothing is written where nobody works on a mobile, any more."""
    rows = await pool.fetch(_SQL["mobile_seats"], LONGEST_SECONDS)
    before = plain(await redis.hgetall(_KEY))
    if not rows and before.keys() <= {PROVED_AT}:
        if before:
            await redis.delete(_KEY)
        return
    linked = [row["id"] for row in await pool.fetch(_SQL["linked_pbxs"])]
    proved = {pbx for pbx in linked if now - await _proved_at(redis, pbx) <= STALE_SECONDS}
    proved |= {row["id"] for row in await pool.fetch(_SQL["hosted_pbxs"], [*PROVIDERS])}
    legs = [SeatLeg(row["extension"], row["pbx"] or "", row["state"] or "", _seconds(row["since"])) for row in rows]
    after = fields_of(legs, before, proved, now, all_heard=proved.issuperset(linked))
    if after == before and now - float(before.get(PROVED_AT, 0)) < _PROVE_AGAIN:
        return
    fields = {name: after[name] for name in after if name != PROVED_AT}
    await Teller(redis, LEGS).tell(fields, now, whole=True)


def fields_of(
    legs: Sequence[SeatLeg], before: Mapping[str, str], proved: Collection[str], now: float, *, all_heard: bool
) -> dict[str, str]:
    """The hash that tells `legs`, the one before it being `before`; its proof's time stays as it was."""
    counts = read_live(before).counts
    fields = {PROVED_AT: before[PROVED_AT]} if PROVED_AT in before else {}
    for extension in dict.fromkeys(leg.extension for leg in legs):
        own = [leg for leg in legs if leg.extension == extension and leg.pbx in proved]
        fields[extension] = str(_state(own, all_heard=all_heard))
        count = _counted(counts.get(extension, NO_COUNT), own, now, all_heard=all_heard)
        if count is not NO_COUNT:
            fields[f"{AGENT}{extension}"] = count.encode()
    return fields


def _state(legs: Sequence[SeatLeg], *, all_heard: bool) -> DeviceState:
    states = {_STATES.get(leg.state, DeviceState.INUSE) for leg in legs}
    if DeviceState.INUSE in states:
        return DeviceState.INUSE
    if states:
        return DeviceState.RINGING
    return DeviceState.NOT_INUSE if all_heard else DeviceState.UNKNOWN


def _counted(count: AgentCount, legs: Sequence[SeatLeg], now: float, *, all_heard: bool) -> AgentCount:
    """One more talk when one began, and its end when none goes on any more. Told twice it is counted once."""
    began = max((leg.since for leg in legs if leg.state == "talking"), default=0.0)
    if began:
        return count if round(began, 3) <= round(count.answered_at, 3) else count.answered(began)
    if not legs and all_heard and count.answered_at > count.ended_at:
        return count.ended(now)
    return count


def _seconds(moment: Any) -> float:
    return 0.0 if moment is None else float(moment.timestamp())


async def _proved_at(redis: Redis, pbx: str) -> float:
    value = await redis.hget(device_key(pbx), PROVED_AT)
    return float(value or 0)
