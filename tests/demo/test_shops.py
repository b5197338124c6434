"""The demo company's websites: made once, served with the script, and a button that calls the number shown."""

import time
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from trunkline.db.types import Pool
from trunkline.demo.shops import Street
from trunkline.demo.sites import Shop, ensure_sites
from trunkline.ids import uuid7

TODAY = date(2026, 11, 27)
LINES = [f"+74952000{place:03d}" for place in range(12)]
SHOP = Shop("demoavtobus1", "Автобус-1 & Ко", LINES[0])
Client = TestClient[Any, Any]


async def test_the_sites_are_made_once_and_share_a_pool(pool: Pool) -> None:
    await pool.execute(
        "insert into queues (id, name, target) select q, q, q from unnest('{sales,service,logistics}'::text[]) as q"
    )
    await pool.executemany(
        "insert into lines (id, number, city) values ($1, $2, 'Москва')", [(uuid7(time.time()), one) for one in LINES]
    )
    async with pool.acquire() as connection:
        first = await ensure_sites(connection, TODAY)
        again = await ensure_sites(connection, TODAY)

    assert first == again
    assert len({shop.number for shop in first}) == 3
    told = await pool.fetch("select number, pool_id is not null as leased, channel from tracking_numbers")
    assert sorted((row["leased"], row["channel"]) for row in told) == [(False, "Offline")] + [(True, "")] * 8
    assert not {row["number"] for row in told} & {shop.number for shop in first}


async def test_a_company_without_lines_gets_no_sites(pool: Pool) -> None:
    async with pool.acquire() as connection:
        assert await ensure_sites(connection, TODAY) == []


@pytest.fixture
async def called() -> list[str]:
    return []


@pytest.fixture
async def street(called: list[str]) -> AsyncIterator[Client]:
    async def call(number: str) -> bool:
        called.append(number)
        return number in LINES

    app = Street([SHOP], "http://127.0.0.1:8081", "http://127.0.0.1:8080", call).app()
    async with TestClient(TestServer(app)) as client:
        yield client


async def test_a_page_carries_the_script_and_its_number(street: Client) -> None:
    answer = await street.get("/demoavtobus1?called=%3Cb%3E", headers={"Accept-Language": "ru-RU"})
    text = await answer.text()

    assert '<script async src="http://127.0.0.1:8081/t.js" data-site="demoavtobus1"' in text
    assert f'href="tel:{LINES[0]}">+7 495 200-00-00' in text
    assert "Автобус-1 &amp; Ко" in text
    assert "<b>" not in text
    assert (await street.get("/elsewhere")).status == 404


@pytest.mark.parametrize(
    ("origin", "number", "status"),
    [
        ("", LINES[3], 403),
        ("https://evil.example", LINES[3], 403),
        ("own", "+74959999999", 400),
        ("own", LINES[3], 303),
    ],
)
async def test_only_these_pages_call_and_only_the_company(
    street: Client, called: list[str], origin: str, number: str, status: int
) -> None:
    own = str(street.make_url("")).rstrip("/")
    headers = {"Origin": own if origin == "own" else origin}

    answer = await street.post(
        "/call", data={"number": number, "back": SHOP.key}, headers=headers, allow_redirects=False
    )

    assert answer.status == status
    assert called == ([number] if origin == "own" else [])
