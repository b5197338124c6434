"""What Valkey holds of a number: all of it is there for a while only, and may go at any time."""

from typing import Any

from redis.asyncio import Redis

from trunkline.erasing.spelling import Spelling


async def forget_cached(redis: Redis, spelling: Spelling) -> int:
    """Delete every key, and every field or member of one, that the number stands in; returns how many went."""
    gone = 0
    async for key in redis.scan_iter(count=500):
        name = _text(key)
        if spelling.holds(name):
            gone += int(await redis.delete(key))
            continue
        gone += await _within(redis, key, spelling)
    return gone


async def _within(redis: Redis, key: bytes | str, spelling: Spelling) -> int:
    kind = _text(await redis.type(key))
    if kind == "string":
        value = await redis.get(key)
        return int(await redis.delete(key)) if value is not None and spelling.holds(_text(value)) else 0
    if kind == "hash":
        fields = [
            field
            for field, value in (await redis.hgetall(key)).items()
            if spelling.holds(_text(field)) or spelling.holds(_text(value))
        ]
        return int(await redis.hdel(key, *fields)) if fields else 0
    if kind == "set":
        return await _taken(redis, key, "SREM", list(await redis.smembers(key)), spelling)
    if kind == "zset":
        return await _taken(redis, key, "ZREM", list(await redis.zrange(key, 0, -1)), spelling)
    if kind == "list":
        return await _taken(redis, key, "LREM", list(await redis.lrange(key, 0, -1)), spelling)
    return 0


async def _taken(redis: Redis, key: bytes | str, command: str, members: list[Any], spelling: Spelling) -> int:
    every = ("0",) if command == "LREM" else ()
    held = [member for member in members if spelling.holds(_text(member))]
    gone = 0
    for member in held:
        gone += int(await redis.execute_command(command, key, *every, member))  # type: ignore[no-untyped-call]  # redis-py's
    return gone


def _text(value: bytes | str) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value
