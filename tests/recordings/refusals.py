"""A refusal as the story's transaction tells it, at a moment that a test chooses."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from recordings.finding import refuse_all
from recordings.recording import Recording
from trunkline.db.types import Connection, Pool
from trunkline.jobs.queue import PgQueuerJobs


@asynccontextmanager
async def refusing(pool: Pool, one: Recording) -> AsyncIterator[Connection]:
    """The call and its recordings are refused; it is committed behind the block."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(
            "update calls set notice_version = 1, notice_state = 'refused' where id = $1", one.call_id
        )
        await refuse_all(connection, PgQueuerJobs(pool, None), one.call_id)
        yield connection


async def waits(pool: Pool, least: int = 1) -> bool:
    """Whether so many of this database wait for another's lock."""
    blocked = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    return bool(await pool.fetchval(blocked) >= least)
