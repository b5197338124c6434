"""A floor whose telephones ring when a test says so: rows and news as the story's writer makes them."""

import time
from uuid import UUID

from redis.asyncio import Redis

from trunkline.calls.agents import Change, store_agents
from trunkline.calls.agents_now import AgentNow, AgentState
from trunkline.db.types import Pool
from trunkline.ids import call_uuid
from trunkline.outbox.wake import publish

PBX = "main"
CLIENT = "+79161234567"


class Floor:
    """`await floor.ring("101", 1)`; with `silent` the news is lost and only the row tells."""

    def __init__(self, pool: Pool, redis: Redis) -> None:
        self._pool = pool
        self._redis = redis
        self.silent = False

    async def ring(self, extension: str, number: int, other: str = CLIENT, name: str = "") -> UUID:
        """The telephone of `extension` rings for the call `number`."""
        return await self._set(extension, number, AgentState.RINGING, other, name)

    async def answer(self, extension: str, number: int, *others: str) -> None:
        """`extension` answers, the telephones of `others` stop; told together."""
        gone = [Change(PBX, call_of(number), other, None) for other in others]
        await self._tell([*gone, self._change(extension, number, AgentState.TALKING, CLIENT, "")])

    async def leave(self, extension: str, number: int) -> None:
        """`extension` is in the call no more."""
        await self._tell([Change(PBX, call_of(number), extension, None)])

    async def _set(self, extension: str, number: int, state: AgentState, other: str, name: str) -> UUID:
        await self._tell([self._change(extension, number, state, other, name)])
        return call_of(number)

    def _change(self, extension: str, number: int, state: AgentState, other: str, name: str) -> Change:
        since = int(time.time() * 1e6)
        now = AgentNow(extension, state, f"{number}.1", since, other, name, "+74951234567", "sales")
        return Change(PBX, call_of(number), extension, now)

    async def _tell(self, changes: list[Change]) -> None:
        async with self._pool.acquire() as connection, connection.transaction():
            post = await store_agents(connection, changes)
        if post is not None and not self.silent:
            await publish(self._redis, [(post.channel, post.payload)])


def call_of(number: int) -> UUID:
    """The id of the call `number`."""
    return call_uuid(PBX, f"1795320084.{number}", 0.0)
