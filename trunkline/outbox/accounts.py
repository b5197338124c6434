"""Accounts of outside systems that a person must look at: kept as rows, so that they survive Valkey and restarts."""

from collections.abc import Awaitable, Callable

import asyncpg

from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.log import get_logger
from trunkline.outbox.classify import ErrorClass
from trunkline.outbox.gate import Gate
from trunkline.outbox.store import DATABASE_TROUBLE

_SQL = load_queries("trunkline.outbox")

_log = get_logger(__name__)

#: Told of an account that came to be held, with the class and the reason, or (reason None) is well again.
OnChange = Callable[[Connection, str, ErrorClass | None, str | None], Awaitable[None]]


async def nobody(_connection: Connection, _account: str, _error: ErrorClass | None, _reason: str | None) -> None:
    """Where no alarm is told of accounts."""


class AccountHolds:
    """Which accounts are held; `on_change` runs in the same transaction (it raises and clears the alarm).

    That an account is held no more it may be told twice.
    """

    def __init__(self, pool: asyncpg.Pool, gate: Gate, on_change: OnChange = nobody) -> None:
        self._pool = pool
        self._gate = gate
        self._on_change = on_change
        self._held: set[str] = set()

    async def refresh(self) -> None:
        """Learn what other workers and the pages changed: shut what is held, reopen what is not any more."""
        rows = await self._pool.fetch(_SQL["held_accounts"])
        now_held = {row["account"] for row in rows}
        for row in rows:
            if row["account"] not in self._held and row["seconds"] > 0:
                await self._gate.hold(row["account"], row["seconds"])
        for account in self._held - now_held:
            await self._gate.reopen(account)
            async with self._pool.acquire() as connection, connection.transaction():
                # A person said that it is well, or signed in anew: nobody else tells that it is held no more.
                await self._on_change(connection, account, None, None)
        self._held = now_held

    async def hold(self, account: str, error: ErrorClass, reason: str, seconds: float) -> None:
        """Note that the account needs a person; deliveries are tried again after so many seconds."""
        state = "needs_auth" if error is ErrorClass.AUTH else "blocked"
        new = account not in self._held
        self._held.add(account)
        try:
            async with self._pool.acquire() as connection, connection.transaction():
                await connection.execute(_SQL["hold_account"], account, state, reason[:500], seconds)
                if new:
                    await self._on_change(connection, account, error, reason)
        except DATABASE_TROUBLE as trouble:
            self._held.discard(account)
            _log.warning("account_hold_not_saved", account=account, error=repr(trouble))

    async def free(self, account: str) -> None:
        """A request went well: if the account was held it is no longer, and its streams need not wait."""
        if account not in self._held:
            return
        self._held.discard(account)
        try:
            async with self._pool.acquire() as connection, connection.transaction():
                await release(connection, account)
                await self._on_change(connection, account, None, None)
        except DATABASE_TROUBLE as trouble:
            self._held.add(account)
            _log.warning("account_release_not_saved", account=account, error=repr(trouble))


async def release(connection: Connection, account: str) -> None:
    """Forget that the account was held and make its streams due; every worker tries it within seconds."""
    await connection.execute(_SQL["free_account"], account)
    await connection.execute(_SQL["wake_waiting"], account)


async def held(connection: Connection) -> list[asyncpg.Record]:
    """Rows `account, state, reason, since, seconds` for the page."""
    rows: list[asyncpg.Record] = await connection.fetch(_SQL["held_accounts"])
    return rows
