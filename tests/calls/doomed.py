"""What the doomed children of test_killed.py do: the worker's writer over a spool of AMI frames, batch by batch."""

from collections.abc import Sequence
from pathlib import Path

from trunkline.calls.applier import CallApplier
from trunkline.db.pool import open_pool
from trunkline.db.types import Pool
from trunkline.writer import Post, SpoolApplier


async def wake(_topics: frozenset[str], _posts: Sequence[Post]) -> None:
    """Nobody listens."""


def writer(pool: Pool, spool: Path, batch: int = 2000) -> SpoolApplier:
    """A writer as a worker that has just started has it."""
    return SpoolApplier(pool, "n", spool, [CallApplier()], wake, batch=batch)


async def drain(database_url: str, spool: str, batch: str) -> None:
    """Store all that was accepted."""
    async with open_pool(database_url, size=2) as pool:
        await writer(pool, Path(spool), int(batch)).drain()


async def work(database_url: str, spool: str, batch: str) -> None:
    """Store until killed."""
    async with open_pool(database_url, size=2) as pool:
        await writer(pool, Path(spool), int(batch)).run()
