"""Telephones as the PBXs' links last told them, read from Valkey for a page; unknown where they cannot be believed."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from redis.asyncio import Redis
from redis.exceptions import RedisError

from trunkline.pbx.devices import PROVED_AT, STALE_SECONDS, DeviceState, device_key, device_states, plain
from trunkline.pbx.seats import LEGS

_PATIENCE_SECONDS = 0.5


class Telephones(NamedTuple):
    """States by extension of the telephones that are known, and the PBXs that told nothing one could believe."""

    states: Mapping[str, DeviceState]
    silent: tuple[str, ...]


async def telephones(redis: Redis, pbxs: Iterable[str], now: float) -> Telephones:
    """What the PBXs' links told; of an extension on several PBXs the last named counts.

    Of a mobile employee only our own legs count, whatever a link says of his extension.
    """
    states: dict[str, DeviceState] = {}
    legs: dict[str, DeviceState] = {}
    silent: list[str] = []
    pbxs = tuple(pbxs)
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            for pbx in pbxs:
                fields = plain(await redis.hgetall(device_key(pbx)))
                if now - float(fields.pop(PROVED_AT, "0")) <= STALE_SECONDS:
                    states |= device_states(fields)
                else:
                    silent.append(pbx)
            fields = plain(await redis.hgetall(device_key(LEGS)))
            believed = now - float(fields.pop(PROVED_AT, "0")) <= STALE_SECONDS
            for extension, state in device_states(fields).items():
                legs[extension] = state if believed else DeviceState.UNKNOWN
    except (RedisError, OSError, TimeoutError, ValueError):
        return Telephones({}, pbxs)
    return Telephones(states | legs, tuple(silent))
