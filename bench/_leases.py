"""A company with a site and a pool of any size, and children for bench/calltracking_leases.py.

`python -m bench._leases load PORT closed|open SECONDS RATE`: new visitors, each from an address of his own, on the
public listener; prints answers a second, or the seconds each took.
`… attempt DATABASE VALKEY ATTEMPTS rows|valkey LOG`: asks for numbers on a clock that runs 200 times faster, and logs
each exclusive number it was told.
"""

import asyncio
import itertools
import json
import random
import sys
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

import asyncpg
import uvloop
from redis.asyncio import Redis

from bench._load import closed_loop, open_loop, post
from calltracking.leases.granting import Granter
from calltracking.leases.lease import Ask, Kind
from calltracking.leases.proposals import RowProposals, ValkeyProposals
from calltracking.sites.catalogue import Pool, Site
from trunkline.background import end
from trunkline.db.partitions import ensure_partitions
from trunkline.ids import uuid7

KEY, HOST = "benchsite001", "www.example.ru"
SITE, POOL = UUID(int=1), UUID(int=2)
_FASTER = 200
_ABREAST = 40
_AGENT = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
)


def number_of(place: int) -> str:
    """The pool's number with this place."""
    return f"+7495{place:07d}"


async def make_company(connection: asyncpg.Connection, numbers: int) -> None:
    """One site, one placement, one pool of as many numbers."""
    await ensure_partitions(connection, datetime.now(UTC).date())
    names = [number_of(place) for place in range(numbers)]
    ids = [UUID(int=1000 + place) for place in range(numbers)]
    await connection.execute(
        "insert into lines (id, number) select * from unnest($1::uuid[], $2::text[])",
        [UUID(int=10), *ids],
        ["+78001000000", *names],
    )
    await connection.execute("insert into tracking_pools (id, name) values ($1, 'Москва')", POOL)
    await connection.execute(
        "insert into tracking_sites (id, key, name, hosts) values ($1, $2, 'Окна', $3)", SITE, KEY, [HOST]
    )
    await connection.execute(
        "insert into tracking_placements (id, site_id, name, number, pool_id)"
        " values ($1, $1, 'main', '+78001000000', $2)",
        SITE,
        POOL,
    )
    await connection.execute(
        "insert into tracking_numbers (id, number, since, pool_id) select id, number, $3, $4"
        " from unnest($1::uuid[], $2::text[]) as n (id, number)",
        ids,
        names,
        date(2026, 1, 1),
        POOL,
    )
    await connection.execute("analyze")


def requests(count: int) -> Sequence[bytes]:
    """Pages seen by new visitors, each from an address of his own."""
    page = f"https://{HOST}/okna/?utm_source=yandex&utm_medium=cpc&utm_campaign=okna&yclid=1234567890123456789"
    body = {
        "site": KEY,
        "page": page,
        "referrer": "https://yandex.ru/",
        "placements": ["main"],
        "at": 1_764_200_000_000,
    }
    data = json.dumps(body).encode()
    return [
        post(
            "/calltracking/v1/swap",
            data,
            f"Origin: https://{HOST}\r\nUser-Agent: {_AGENT}\r\nX-Forwarded-For: {_address(place)}\r\n",
        )
        for place in range(count)
    ]


def _address(place: int) -> str:
    return f"100.{64 + place // 65536 % 64}.{place // 256 % 256}.{place % 256}"


async def _load(port: int, kind: str, seconds: float, rate: float) -> None:
    chosen = requests(65_536)
    if kind == "closed":
        _say(await closed_loop(port, chosen, seconds=seconds, connections=256))
    else:
        for took in await open_loop(port, chosen, rate=rate, seconds=seconds):
            _say(took)


async def _attempt(database: str, valkey: str, attempts: int, proposer: str, log: Path) -> None:
    began = float(Path(f"{log.parent}/began").read_text())
    chance = random.Random(str(log))
    pool = Pool(POOL, "", tuple(number_of(place) for place in range(40)), most_sharing=1)
    site = Site(SITE, KEY, frozenset(), hold_seconds=60, beat_seconds=25)
    redis: Redis = Redis.from_url(valkey)
    async with asyncpg.create_pool(database, min_size=2, max_size=6) as connections:
        rows = RowProposals(connections)
        proposals = rows if proposer == "rows" else ValkeyProposals(redis, rows)
        granter = Granter(connections, proposals, lambda: began + (time.time() - began) * _FASTER)
        running = asyncio.create_task(granter.run())
        left, known = itertools.count(attempts, -1), [uuid7(began)]
        with log.open("a", buffering=1) as told:

            async def visitors() -> None:
                while next(left) > 0:
                    returns = chance.random() < 0.2
                    visitor = chance.choice(known[-200:]) if returns else uuid7(time.time())
                    ask = Ask(pool, site, "main", uuid7(time.time()), visitor, returns)
                    shown = await granter.ask(ask)
                    if shown and shown.kind is not Kind.SHARED:
                        known.append(visitor)
                        told.write(f"{visitor} {shown.number}\n")

            await asyncio.gather(*(visitors() for _ in range(_ABREAST)))
        await end([running])
    await redis.aclose()


def _say(value: float) -> None:
    sys.stdout.write(f"{value}\n")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["load", port, kind, seconds, rate]:
            uvloop.run(_load(int(port), kind, float(seconds), float(rate)))
        case ["attempt", database, valkey, attempts, proposer, log]:
            uvloop.run(_attempt(database, valkey, int(attempts), proposer, Path(log)))
