"""A company with a site and a pool of any size, and the child that loads it for bench/calltracking_leases.py.

`python -m bench._leases load PORT closed|open SECONDS RATE`: new visitors, each from an address of his own, on the
public listener; prints answers a second, or the seconds each took.
"""

import json
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime
from uuid import UUID

import asyncpg
import uvloop

from bench._load import closed_loop, open_loop, post
from trunkline.db.partitions import ensure_partitions

KEY, HOST = "benchsite001", "www.example.ru"
SITE, POOL = UUID(int=1), UUID(int=2)
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


def _say(value: float) -> None:
    sys.stdout.write(f"{value}\n")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["load", port, kind, seconds, rate]:
            uvloop.run(_load(int(port), kind, float(seconds), float(rate)))
