"""The task of the worker that calls clients back: looks at everybody in his order and does what the table says.

One node at a time, by a lock of the transaction in which a round runs: each dial is accepted together with the state of
the callback it is for, so neither is ever without the other.
"""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import NoReturn
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import asyncpg
from redis.asyncio import Redis

from trunkline.crypto import SecretBox
from trunkline.db.types import Connection, Pool
from trunkline.dialing.callback import Asked, CallbackState, Step, Tried, next_step
from trunkline.dialing.callbacks_store import SQL
from trunkline.dialing.store import SQL as DIALS
from trunkline.dialing.store import Wish, accept, read_limits
from trunkline.dialing.wake import DIALS_WAKE
from trunkline.ids import lowest_id
from trunkline.log import get_logger
from trunkline.outbox.wake import wake
from trunkline.pbx.devices import DeviceState
from trunkline.presence.state import State, Timers, absence_at, combine, instant_of
from trunkline.presence.store import list_presence, pbx_ids
from trunkline.presence.telephones import telephones

log = get_logger(__name__)

TICK_SECONDS = 1.0
_LATER = frozenset(("off", "number_calls", "number_minutes", "ip_calls", "ip_minutes", "day_calls", "day_minutes"))
"""Refusals that pass by themselves: he waits on. The others end it."""
_NOBODY = UUID(int=0)
_ID_SLACK = timedelta(seconds=2)
"""A call's id carries the second it began in, cut off."""

Agents = dict[str, dict[str, UUID]]
"""Free agents by queue, the first to be asked first: extension → person."""


async def run_callbacks(pool: Pool, redis: Redis, timezone: str, box: SecretBox) -> NoReturn:
    """Call back for ever; `timezone` is the company's, by which its people's hours count."""
    zone = ZoneInfo(timezone)
    while True:
        try:
            if await one_round(pool, redis, zone, datetime.now(UTC), box):
                await wake(redis, DIALS_WAKE)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            log.warning("callbacks_wait", error=str(error) or type(error).__name__)
        await asyncio.sleep(TICK_SECONDS)


async def one_round(pool: Pool, redis: Redis, zone: ZoneInfo, now: datetime, box: SecretBox) -> int:
    """Look at everybody once; how many dials were accepted."""
    async with pool.acquire() as connection, connection.transaction():
        oldest = await connection.fetchval(SQL["oldest"])
        if oldest is None or not await connection.fetchval(SQL["try_lock"]):
            return 0
        limits = await read_limits(connection)
        pbx = await connection.fetchrow(DIALS["dialling_pbxs"]) if limits.active else None
        agents = await free_agents(connection, redis, zone, now, hosted=pbx["hosted"]) if pbx is not None else {}
        dialled = 0
        for row in await connection.fetch(SQL["to_look_at"], lowest_id(oldest - _ID_SLACK), now):
            order = _order(row, agents)
            step = next_step(_asked(row), _tried(row), now, order, limits)
            if step is not None:
                dialled += await _do(connection, row, step, agents, pbx["id"] if pbx else "", now, box)
        return dialled


async def free_agents(
    connection: Connection, redis: Redis, zone: ZoneInfo, now: datetime, *, hosted: bool = False
) -> Agents:
    """Who could take a call now: he says so, his hours say so, his telephone is known to be idle, and no dial of ours
    is about to ring it.

    A hosted PBX tells of no telephone: where one dials, a telephone nobody knows of is idle when it is in no call that
    goes on and its owner has said himself that he is there. It rings extensions alone, never a forwarded mobile.
    """
    devices, _ = await telephones(redis, await pbx_ids(connection), now.timestamp())
    engaged = {row["agent"] for row in await connection.fetch(SQL["engaged"])}
    calling = {row["extension"] for row in await connection.fetch(SQL["in_calls"], now)} if hosted else set()
    instant = instant_of(now.astimezone(zone))
    free = set()
    for one in await list_presence(connection, _NOBODY, None, now):
        device = devices.get(one.extension or "", DeviceState.UNKNOWN)
        if hosted and device is DeviceState.UNKNOWN and one.since is not None:
            device = DeviceState.INUSE if one.extension in calling else DeviceState.NOT_INUSE
        absence = absence_at(one.away, instant.at)
        presence = combine(one.manual, absence, one.hours_at(instant), device, Timers(), instant)
        if presence.state is State.ONLINE and device is DeviceState.NOT_INUSE and one.extension not in engaged:
            free.add(one.person)
    found: Agents = {}
    for row in await connection.fetch(SQL["members"], hosted):
        if row["person"] in free:
            found.setdefault(row["queue_id"], {})[row["extension"]] = row["person"]
    return found


async def _do(
    connection: Connection, row: asyncpg.Record, step: Step, agents: Agents, pbx: str, now: datetime, box: SecretBox
) -> bool:
    """Store what becomes of one, with the dial where one is due; whether there is one."""
    dialled = False
    if step.state is CallbackState.DIALLING:
        person = agents[row["queue_id"]][step.agent]
        wish = Wish(row["number"], pbx, step.agent, person, ip=row["ip"], line=row["line"], callback=row["id"])
        verdict = (await accept(connection, wish, now, box)).verdict
        assert verdict is not None
        if verdict.passed:
            dialled = True
            for queue in agents.values():
                queue.pop(step.agent, None)
        elif verdict.rule in _LATER:
            return False
        else:
            step = step._replace(state=CallbackState.CANCELLED, why=verdict.rule)
    values = (step.state.value, step.why, step.next_at, step.attempts, step.misses, now)
    if step.state in {CallbackState.REACHED, CallbackState.CANCELLED}:
        values = (step.state.value, step.why, step.next_at, row["attempts"], row["misses"], now)
    await connection.execute(SQL["step"], row["id"], *values)
    log.info("callback_turned", callback=str(row["id"]), state=step.state.value, why=step.why or None)
    return dialled


def _order(row: asyncpg.Record, agents: Mapping[str, Mapping[str, UUID]]) -> list[str]:
    """Free agents of the queue, whoever is to call first at their head."""
    own = agents.get(row["queue_id"], {})
    return sorted(own, key=lambda extension: own[extension] != row["owner_id"])


def _asked(row: asyncpg.Record) -> Asked:
    try:
        zone = ZoneInfo(row["zone"])
    except (ZoneInfoNotFoundError, ValueError):
        zone = ZoneInfo("Europe/Moscow")
    state = CallbackState(row["state"])
    return Asked(
        state, row["wanted_at"], row["next_at"], zone, row["attempts"], row["misses"], got_through=row["got_through"]
    )


def _tried(row: asyncpg.Record) -> Tried | None:
    return None if row["dial_state"] is None else Tried(row["outcome"], row["talk_seconds"])
