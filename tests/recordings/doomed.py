"""What the doomed children do: one worker that takes a recording as far as it comes."""

from pathlib import Path
from uuid import UUID

from recordings.pipeline import Pipeline
from recordings.prober import Prober
from recordings.vault import Vault
from trunkline.db.pool import open_pool
from trunkline.jobs.queue import PgQueuerJobs


async def go_on(database_url: str, kept: str, workshop: str, identifier: str) -> None:
    """All of its stages."""
    async with open_pool(database_url, size=2) as pool, Prober() as prober:
        pipeline = Pipeline(pool, PgQueuerJobs(pool, None), Vault(Path(kept)), prober, Path(workshop))
        await pipeline.go_on(UUID(identifier).bytes)
