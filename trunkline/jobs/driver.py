"""PgQueuer's database driver with its notifications kept out of PostgreSQL.

PgQueuer 1.6 listens with LISTEN and asks to be woken by a trigger's NOTIFY, which would serialise the commits of
everybody who enqueues. Here what it notifies itself of stays in the process, and `poke`, called when Valkey says that
jobs were committed, stands in for the trigger. A job that is over makes room for the next of its kind, which PgQueuer
looks for at its next poll only: that is told here too.
"""

import asyncio
from datetime import UTC, datetime
from typing import Any

import asyncpg
import msgspec
from pgqueuer.adapters.drivers.asyncpg import AsyncpgPoolDriver
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.ports.driver import NotifyCallback


class WokenDriver(AsyncpgPoolDriver):
    """A driver on our pool; it never issues LISTEN or NOTIFY."""

    def __init__(self, pool: "asyncpg.Pool[Any]") -> None:
        super().__init__(pool)
        self._callbacks: dict[str, list[NotifyCallback]] = {}
        self._ends = Queries(self).qbq.build_log_job_query()

    async def execute(self, query: str, *args: object) -> str:
        told = await super().execute(query, *args)
        if query == self._ends:
            await self.poke()
        return told

    async def add_listener(self, channel: str, callback: NotifyCallback) -> None:
        self._callbacks.setdefault(channel, []).append(callback)

    async def remove_listener(self, channel: str, callback: NotifyCallback) -> None:
        self._callbacks.get(channel, []).remove(callback)

    async def notify(self, channel: str, payload: str) -> None:
        for callback in self._callbacks.get(channel, ()):
            asyncio.get_running_loop().call_soon(callback, payload)

    async def poke(self) -> None:
        """Tell the queue that there may be jobs it can begin."""
        for channel in self._callbacks:
            event = {
                "channel": channel,
                "sent_at": datetime.now(UTC).isoformat(),
                "type": "table_changed_event",
                "operation": "insert",
                "table": "pgqueuer",
            }
            await self.notify(channel, msgspec.json.encode(event).decode())
