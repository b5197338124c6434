"""A worker one of whose disks is full, and then is not: `python -m tests.recordings.cramped`, in mounts of its own.

Takes a folder that holds `monitor`, the one of its folders `kept` or `workshop` that is a small disk, the size of that
disk, a database's URL and a recording's id; tells in a line of JSON each how it went while it was full, and afterwards.
"""

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from uuid import UUID

from recordings import store
from recordings.pipeline import Pipeline
from recordings.prober import Prober
from recordings.vault import Vault
from trunkline.db.pool import open_pool
from trunkline.jobs.queue import PgQueuerJobs

_TRIES = 5


async def _work(root: Path, small: Path, database_url: str, identifier: UUID) -> None:
    kept = root / "kept"
    async with open_pool(database_url, size=2) as pool, Prober() as prober:
        pipeline = Pipeline(pool, PgQueuerJobs(pool, None), Vault(kept), prober, root / "workshop")
        for room in (False, True):
            if room:
                await asyncio.to_thread(_mount, "-o", "remount,size=64m", str(small))
            errors = [await _tried(pipeline, identifier) for _ in range(1 if room else _TRIES)]
            async with pool.acquire() as connection:
                one = await store.find(connection, identifier)
            assert one is not None
            files = {str(path.relative_to(root)): path.stat().st_size for path in _files(root)}
            told = {"errors": errors, "stage": one.stage, "stop": one.stop, "tries": one.tries, "told": one.told}
            sys.stdout.write(json.dumps(told | {"files": files}) + "\n")


async def _tried(pipeline: Pipeline, identifier: UUID) -> str:
    try:
        await pipeline.go_on(identifier.bytes)
    except Exception as error:
        return str(error)
    return ""


def _files(root: Path) -> list[Path]:
    return [path for folder in ("kept", "workshop") for path in (root / folder).rglob("*") if path.is_file()]


def _mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True)


def main(root: str, place: str, size: str, database_url: str, identifier: str) -> None:
    """Mount, and work."""
    small = Path(root, place)
    small.mkdir(exist_ok=True)
    _mount("-t", "tmpfs", "-o", f"size={size}", "none", str(small))
    asyncio.run(_work(Path(root), small, database_url, UUID(identifier)))


if __name__ == "__main__":
    main(*sys.argv[1:])
