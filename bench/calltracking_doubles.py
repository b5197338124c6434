"""calltracking.double_leases: four processes compete for forty numbers; one and Valkey are killed in the middle.

Valkey is started again as its supervisor would: half of the attempts meet it whole, some meet it gone, and the rest
what its file brought back. The survivors make what the killed process left: as many attempts as the row names.
"""

import asyncio
import os
import secrets
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import asyncpg
import psutil
from redis.asyncio import Redis

from bench._attempts import NUMBERS, Tally
from bench._leases import make_company
from bench.figures import Context, Figure, absolute
from tests.fakes.waiting import eventually
from trunkline.db.migrate import migrate
from trunkline.embedded.addresses import postgres_url, valkey_url
from trunkline.embedded.ownership import owned
from trunkline.embedded.postgres import embedded_postgres
from trunkline.embedded.process import ServerProcess
from trunkline.embedded.valkey import embedded_valkey

ROWS = ("calltracking.double_leases",)
_ATTEMPTS = 1_000_000 if os.environ.get("SCALE") == "full" else 100_000
_WITHOUT = _ATTEMPTS // 10
"""Attempts made while Valkey is gone."""
_NODES = ("valkey", "valkey", "valkey", "rows")
_KILLED = 0
_LONGEST_SECONDS = 7200.0
_DOUBLES = """
select count(*) from (
    select closed_at > lead(granted_at) over (partition by number order by granted_at, closed_at) as doubled
    from (select number, granted_at, until as closed_at from lease_current where kind <> 'shared'
          union all select number, granted_at, closed_at from lease_history where kind <> 'shared') as every_lease
) as judged where doubled
"""
_UNGRANTED = """
select count(*) from unnest($1::uuid[], $2::text[]) as told (visitor, number)
where not exists (select from lease_current c where c.visitor = told.visitor and c.number = told.number)
  and not exists (select from lease_history h where h.visitor = told.visitor and h.number = told.number)
"""


def measure(context: Context, wanted: frozenset[str]) -> Iterator[Figure]:
    """Leases that overlap on a number, and numbers told without a lease. PostgreSQL flushes every commit."""
    assert wanted
    yield absolute("calltracking.double_leases", [asyncio.run(_measure(context.folder))], "", "==", 0)


async def _measure(folder: Path) -> int:
    key = secrets.token_bytes(32)
    async with AsyncExitStack() as stack:
        stack.enter_context(owned(folder))
        await stack.enter_async_context(embedded_postgres(folder, key))
        valkey = await stack.enter_async_context(embedded_valkey(folder))
        database = await asyncpg.connect(postgres_url(folder, key))
        stack.push_async_callback(database.close)
        await migrate(database)
        await make_company(database, NUMBERS)
        logs = folder / "attempts"
        logs.mkdir()
        await _compete(logs, postgres_url(folder, key), folder, valkey, stack)
        lines = [line.split() for log in sorted(logs.glob("*.log")) for line in log.read_text().splitlines()]
        kept = [line for line in lines if len(line) == 2]  # the killed one's last may be cut
        ungranted = await database.fetchval(_UNGRANTED, [line[0] for line in kept], [line[1] for line in kept])
        numbers = await database.fetchval("select count(distinct number) from lease_history")
        if _ATTEMPTS > 100_000:
            Path("build").mkdir(exist_ok=True)
            shutil.make_archive("build/double_leases", "gztar", folder, logs.name)
        sys.stderr.write(f"{len(kept)} exclusive numbers told over {numbers} numbers; {ungranted} without a row\n")
        return int(await database.fetchval(_DOUBLES)) + int(ungranted)


async def _compete(logs: Path, database: str, folder: Path, valkey: ServerProcess, stack: AsyncExitStack) -> None:
    """Make all attempts; what each was told is kept in build/double_leases.tar.gz under `SCALE=full`."""
    share = _ATTEMPTS // len(_NODES)
    tally = Tally(logs, [share] * len(_NODES))
    children: list[asyncio.subprocess.Process] = []
    stack.callback(_kill, children)
    for place, proposer in enumerate(_NODES):
        told = (database, valkey_url(folder), proposer, str(logs), str(place))
        command = (sys.executable, "-m", "bench._attempts", *told)
        children.append(await asyncio.create_subprocess_exec(*command))

    async def reached(is_so: Callable[[], bool]) -> None:
        await eventually(lambda: is_so() or bool(_ended(children)), limit=_LONGEST_SECONDS)
        if ended := _ended(children):
            raise RuntimeError(f"an attempting process ended too early with {ended}")

    await reached(lambda: tally.made(_KILLED) >= share // 2)
    stores = [child for child in psutil.Process().children() if "valkey" in child.name()]
    children[_KILLED].send_signal(signal.SIGKILL)
    for store in stores:
        store.kill()
    await asyncio.gather(valkey.died(), children.pop(_KILLED).wait())
    killed_at, made_by_killed = tally.all_made, tally.made(_KILLED)
    tally.hand_over(_KILLED)
    await reached(lambda: tally.all_made >= killed_at + _WITHOUT)
    await stack.enter_async_context(embedded_valkey(folder))
    back_at = tally.all_made
    codes = await asyncio.gather(*(child.wait() for child in children))
    asked = await _asked_of_valkey(folder)
    sys.stderr.write(
        f"{tally.all_made} attempts made: {killed_at} until the kill, {made_by_killed} by the killed process; "
        f"{back_at - killed_at} without Valkey; then {asked} questions to it\n"
    )
    if any(codes) or tally.all_made != _ATTEMPTS or not asked:
        raise RuntimeError(
            f"{_ATTEMPTS} attempts were to be made, with Valkey again at the end; processes ended with {codes}"
        )


async def _asked_of_valkey(folder: Path) -> int:
    """How often the server of now was asked to propose: it counts from its start."""
    redis: Redis = Redis.from_url(valkey_url(folder))
    try:
        return int((await redis.info("commandstats")).get("cmdstat_evalsha", {}).get("calls", 0))
    finally:
        await redis.aclose()


def _kill(children: list[asyncio.subprocess.Process]) -> None:
    for child in children:
        if child.returncode is None:
            child.kill()


def _ended(children: list[asyncio.subprocess.Process]) -> list[int]:
    return [child.returncode for child in children if child.returncode is not None]
