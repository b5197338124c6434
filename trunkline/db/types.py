"""The names every signature uses for a connection (one of its own, or one lent by a pool) and for a pool."""

from typing import TypeAlias

import asyncpg
import asyncpg.pool

# Strings, because asyncpg's classes cannot be subscripted at run time.
Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"
Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"
Row: TypeAlias = asyncpg.Record
