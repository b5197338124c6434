"""Looks at this node: its processes, servers, links, spool and disk."""

import asyncio
import datetime as dt
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil
from aiohttp import web
from redis.asyncio import Redis
from redis.exceptions import RedisError

from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.directory.values import Head
from trunkline.diskguard import Bounds, measure
from trunkline.keys import directory_key, health_key, pool_key, redis_key, settings_key
from trunkline.pbx.devices import PROVED_AT, device_key
from trunkline.settings import Settings
from trunkline.spool import Position, SpoolReader
from trunkline.status.part import (
    LinkSeen,
    Part,
    ProcessSeen,
    disk_part,
    health_part,
    link_part,
    numbering_part,
    process_part,
    spool_part,
)
from trunkline.supervise import process_states

_SQL = load_queries("trunkline.status")
_LINKED_KINDS = frozenset({"asterisk"})
_ASK_SECONDS = 1.0


def processes(data_dir: Path) -> list[ProcessSeen]:
    """The processes the supervisor started; empty where this one runs alone."""
    return [
        ProcessSeen(name, state, state.last_exit_at <= state.started_at and psutil.pid_exists(state.pid))
        for name, state in process_states(data_dir).items()
        if state.pid
    ]


async def process_parts(settings: Settings) -> list[Part]:
    """Each process of this node."""
    seen = await asyncio.to_thread(processes, settings.data_dir)
    return [process_part(process, time.time()) for process in seen]


async def server_parts(app: web.Application) -> list[Part]:
    """What the health checks of this process say."""
    report = await app[health_key].report()
    return [health_part(name, str(part["message"]) if part["message"] else None) for name, part in report.items()]


async def link_parts(app: web.Application) -> list[Part]:
    """Each PBX whose events we read, by the proofs its link leaves in Valkey."""
    seen = await links(app[redis_key], app[directory_key].head, time.time())
    return [link_part(link) for link in seen]


async def links(redis: Redis, head: Head, now: float) -> Sequence[LinkSeen]:
    """How long ago each link was proved; nothing is known while Valkey is away."""
    proved = await proofs(redis, [pbx.id for pbx in head.pbxs.values() if pbx.kind in _LINKED_KINDS])
    return [LinkSeen(pbx, None if at is None else now - at) for pbx, at in (proved or {}).items()]


async def proofs(redis: Redis, pbxs: Sequence[str]) -> Mapping[str, float | None] | None:
    """When the link of each was proved last, in Unix seconds; None while Valkey is away."""
    found: dict[str, float | None] = {}
    try:
        for pbx in pbxs:
            async with asyncio.timeout(_ASK_SECONDS):
                proved = await redis.hget(device_key(pbx), PROVED_AT)
            found[pbx] = None if proved is None else float(proved)
    except (RedisError, OSError, TimeoutError):
        return None
    return found


def registry_parts(app: web.Application) -> list[Part]:
    """The numbering registry as this process holds it."""
    return [numbering_part(app[directory_key].view.registries, dt.datetime.now(dt.UTC).date())]


async def store_parts(app: web.Application) -> list[Part]:
    """The spool and the disk of this node."""
    settings = app[settings_key]
    bounds = Bounds(settings.limits.disk_free_mb, settings.limits.spool_mb)
    usage = await asyncio.to_thread(measure, settings.data_dir)
    async with app[pool_key].acquire() as connection:
        stored = await _stored(connection, settings.node)
    waiting = await asyncio.to_thread(_waiting, settings.data_dir / "spool", stored)
    return [spool_part(waiting, bounds), disk_part(usage, bounds)]


async def _stored(connection: Connection, node: str) -> dict[str, Position]:
    rows = await connection.fetch(_SQL["spool_positions"], node)
    return {row["process"]: Position(row["segment"], row["offset"]) for row in rows}


def _waiting(root: Path, stored: dict[str, Position]) -> int:
    if not root.is_dir():
        return 0
    folders = [entry for entry in root.iterdir() if entry.is_dir()]
    return sum(SpoolReader(folder).waiting_bytes(stored.get(folder.name, Position(0, 0))) for folder in folders)
