"""The builder: a process of its own that reads the database into a packed file and ends.

`python -m trunkline.directory.build FILE` takes the database's URL on standard input, so that no list of processes
shows its password, and prints a BuildReport as JSON. It holds one snapshot throughout and some tens of megabytes
whatever the size; a process apart keeps the answer's latency out of its way.
"""

import asyncio
import os
import resource
import sys
import time
from pathlib import Path

import msgspec

from trunkline.db.hosts import connect
from trunkline.db.types import Connection
from trunkline.directory import source
from trunkline.directory.head import read_head
from trunkline.directory.packed import Meta
from trunkline.directory.packing import Packer
from trunkline.errors import TrunklineError
from trunkline.interpreter import PYTHON

_NICENESS = 10


class BuildFailed(TrunklineError):
    """The builder ended without a file."""


class BuildReport(msgspec.Struct, frozen=True):
    """What one build did; `contacts` counts a contact once for each of its numbers."""

    contacts: int
    spam_numbers: int
    ranges: int
    size_bytes: int
    seconds: float
    peak_bytes: int


async def build(url: str, path: Path) -> BuildReport:
    """Read the database into `path`."""
    started = time.monotonic()
    connection = await connect(url, server_settings={"application_name": "trunkline-directory"})
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            with Packer(path, await source.referenced_people(connection)) as packer:
                size = await _fill(connection, packer)
    finally:
        await connection.close()
    return BuildReport(
        contacts=packer.contacts,
        spam_numbers=packer.spam_numbers,
        ranges=packer.ranges,
        size_bytes=size,
        seconds=time.monotonic() - started,
        peak_bytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    )


async def _fill(connection: Connection, packer: Packer) -> int:
    built_at = time.time()
    state = await source.read_state(connection)
    await connection.execute("set local work_mem = '64MB'")
    head = await read_head(connection)
    async for key, briefs in source.stream_contacts(connection):
        packer.add_contacts(key, briefs)
    sources = await source.spam_sources(connection)
    await source.copy_spam(connection, sources, packer.add_spam)
    async for found in source.stream_ranges(connection):
        packer.add_range(*found)
    registries = await source.registries(connection)
    meta = Meta(state.origin, state.snapshot, sources)
    return packer.finish(head, meta, build_id=os.urandom(16), built_at=built_at, registries=registries)


async def build_in_child(url: str, path: Path) -> BuildReport:
    """Run the builder as a child and wait for it; raises BuildFailed with its last words. Cancelling ends the child."""
    child = await asyncio.create_subprocess_exec(
        *PYTHON, "-m", "trunkline.directory.build", str(path),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        output, errors = await child.communicate(url.encode())
    except BaseException:
        if child.returncode is None:
            child.kill()
            await child.wait()
        raise
    if child.returncode != 0:
        words = errors.decode(errors="replace").strip().splitlines() or [f"exit status {child.returncode}"]
        raise BuildFailed(f"the directory was not built: {words[-1]}")
    return msgspec.json.decode(output, type=BuildReport)


def main() -> None:
    """The child's entry."""
    os.nice(_NICENESS)
    report = asyncio.run(build(sys.stdin.read(), Path(sys.argv[1])))
    sys.stdout.write(msgspec.json.encode(report).decode())


if __name__ == "__main__":
    main()
