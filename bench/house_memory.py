"""house.day_memory: PSS of every process of an installation while a day of a company goes by, without speech.

400 calls, as many questions, visitors of its site, recordings and a CRM that is told: a company's day in 80 seconds.
What it takes at most in one of them, PostgreSQL and Valkey included.
"""

import asyncio
from collections.abc import Iterator

from bench.figures import Context, Figure, absolute
from tests.soak.run import Soak, Wanted, soaking
from tests.soak.sampler import whole

ROWS = ("house.day_memory",)
_LIMIT = 1024
_DAY = Wanted(seconds=80.0, calls=5.0, visits=10.0, every=1e9, line_seconds=1e9)
_EVERY_SECONDS = 1.0


def measure(_context: Context, _wanted: frozenset[str]) -> Iterator[Figure]:
    yield absolute("house.day_memory", [asyncio.run(_day())], "MB", "<=", _LIMIT)


async def _day() -> float:
    async with soaking(_DAY, print) as soak:
        watching = asyncio.create_task(_most(soak))
        outcome = await soak.run()
        watching.cancel()
        most = await watching
        await soak.serving.stop()
    if outcome.mistakes:
        raise RuntimeError(f"a day that did not go as it should says nothing: {outcome.mistakes}")
    return most


async def _most(soak: Soak) -> float:
    """Megabytes at most, until cancelled."""
    most = 0.0
    try:
        while True:
            most = max(most, await asyncio.to_thread(whole, soak.serving))
            await asyncio.sleep(_EVERY_SECONDS)
    except asyncio.CancelledError:
        return most
