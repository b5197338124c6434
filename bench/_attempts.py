"""Processes that compete for a few numbers: what each is to ask for, what it has asked for, and the child itself.

`python -m bench._attempts DATABASE VALKEY rows|valkey FOLDER PLACE` asks for numbers on a clock that runs 200
times faster, until all processes together have made every attempt; it logs each exclusive number it was told.
"""

import asyncio
import mmap
import random
import struct
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import asyncpg
import uvloop
from redis.asyncio import Redis

from bench._leases import KEY, POOL, SITE, number_of
from calltracking.leases.granting import Granter
from calltracking.leases.lease import Ask, Kind
from calltracking.leases.proposals import RowProposals, ValkeyProposals
from calltracking.sites.catalogue import Pool, Site
from trunkline.background import end
from trunkline.errors import Overloaded
from trunkline.ids import uuid7

NUMBERS = 40
_FASTER = 200
_ABREAST = 40
_LOOK_SECONDS = 0.02


class Tally:
    """Attempts of each process, in memory they share: it outlives whoever is killed. A process writes its own count."""

    def __init__(self, folder: Path, wanted: Sequence[int] = ()) -> None:
        """Open the tally of `folder`; with `wanted`, the attempts each is to make, begin it."""
        path = folder / "tally"
        if wanted:
            path.write_bytes(struct.pack("=dqqq", time.time(), len(wanted), 0, 0) + bytes(16 * len(wanted)))
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), 0)
        self.began, self.processes = struct.unpack_from("=dq", self._memory)
        self._counts = memoryview(self._memory)[32:].cast("q")
        for place, one in enumerate(wanted):
            self._counts[place] = one

    def wanted(self, place: int) -> int:
        """What a process is to make."""
        return int(self._counts[place])

    def made(self, place: int) -> int:
        """What it has made: asked and answered."""
        return int(self._counts[self.processes + place])

    @property
    def all_made(self) -> int:
        """Of all together."""
        return sum(self.made(place) for place in range(self.processes))

    @property
    def is_whole(self) -> bool:
        """Whether all that is wanted was made."""
        return self.all_made >= sum(self.wanted(place) for place in range(self.processes))

    def add(self, place: int) -> None:
        """One more was answered."""
        self._counts[self.processes + place] += 1

    def hand_over(self, place: int) -> None:
        """What a dead process left is for the others to make."""
        left, others = self.wanted(place) - self.made(place), [one for one in range(self.processes) if one != place]
        for rank, other in enumerate(others):
            self._counts[other] += left // len(others) + (rank < left % len(others))
        self._counts[place] -= left


async def _attempt(database: str, valkey: str, proposer: str, folder: Path, place: int) -> None:
    tally, asked = Tally(folder), 0
    chance = random.Random(place)
    pool = Pool(POOL, "", tuple(number_of(number) for number in range(NUMBERS)), most_sharing=1)
    site = Site(SITE, KEY, frozenset(), hold_seconds=60, beat_seconds=25)
    redis: Redis = Redis.from_url(valkey)
    async with asyncpg.create_pool(database, min_size=2, max_size=6) as connections:
        rows = RowProposals(connections)
        proposals = rows if proposer == "rows" else ValkeyProposals(redis, rows)
        granter = Granter(connections, proposals, lambda: tally.began + (time.time() - tally.began) * _FASTER)
        running = asyncio.create_task(granter.run())
        known = [uuid7(tally.began)]
        with (folder / f"{place}.log").open("a", buffering=1) as told:

            async def visitors() -> None:
                nonlocal asked
                while not tally.is_whole:
                    if asked >= tally.wanted(place):
                        await asyncio.sleep(_LOOK_SECONDS)  # another may die and leave some; memory wakes nobody
                        continue
                    asked += 1
                    returns = chance.random() < 0.2
                    visitor = chance.choice(known[-200:]) if returns else uuid7(time.time())
                    ask = Ask(pool, site, "main", uuid7(time.time()), visitor, returns)
                    try:
                        shown = await granter.ask(ask)
                    except Overloaded:  # a busy machine: the page keeps its own number, and this was no attempt
                        asked -= 1
                        continue
                    if shown and shown.kind is not Kind.SHARED:
                        known.append(visitor)
                        told.write(f"{visitor} {shown.number}\n")
                    tally.add(place)

            await asyncio.gather(*(visitors() for _ in range(_ABREAST)))
        await end([running])
    await redis.aclose()


if __name__ == "__main__":
    match sys.argv[1:]:
        case [database, valkey, proposer, folder, place]:
            uvloop.run(_attempt(database, valkey, proposer, Path(folder), int(place)))
