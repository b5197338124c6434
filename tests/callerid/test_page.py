"""`/settings/outgoing` as it is shipped: trunks, the rule, what lines lack, and a number tried."""

import uuid
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest
from redis.asyncio import Redis

from tests.callerid.company import head_of
from tests.people.company import AddPerson
from tests.people.web import Browser
from tests.web.composed import browsing_as, compose, text_of
from trunkline.db.types import Pool
from trunkline.directory.packing import pack
from trunkline.directory.reader import FILE_NAME
from trunkline.numbering.region import RegionKind
from trunkline.people.roles import Role

PATH = "/settings/outgoing"
LINE = "+74951234567"
TRUNK = {"pbx": "office", "name": "provider", "operator": "alpha", "format": "national", "prefix": "9"}


@pytest.fixture
async def browser(
    database_url: str, valkey_url: str, redis: Redis, data_dir: Path, pool: Pool, add_person: AddPerson
) -> AsyncIterator[Browser]:
    """A browser with an administrator signed in, at a company whose directory is that of tests/callerid/company.py."""
    folder = data_dir / "directory"
    folder.mkdir(parents=True)
    ranges = [(first, first + 9999999, RegionKind.SUBJECT, ("66",), "x") for first in (3430000000, 9120000000)]
    pack(folder / FILE_NAME, contacts={}, spam={}, head=head_of(), ranges=ranges, built_at=1000.0, build_id=bytes(16))
    await pool.execute("insert into pbxs (id, name, kind) values ('office', 'Office', 'asterisk')")
    await pool.execute("insert into lines (id, number, name) values ($1, $2, 'Head office')", uuid.uuid4(), LINE)
    person = await add_person("root", Role.ADMINISTRATOR, every_department=True, every_line=True)
    async with browsing_as(compose(database_url, valkey_url, data_dir), pool, person) as browser:
        yield browser


async def deeds(pool: Pool) -> list[str]:
    rows = await pool.fetch("select action from audit where action ~ '^(trunk|outgoing)' order by id")
    return [row["action"] for row in rows]


async def test_a_trunk_is_added_switched_and_taken_out(browser: Browser, pool: Pool) -> None:
    await browser.send(f"{PATH}/trunks", TRUNK, page=PATH)
    stored = await pool.fetchrow("select id, pbx_id, name, operator, format, prefix, active from trunks")
    assert stored is not None
    assert tuple(stored)[1:] == ("office", "provider", "alpha", "national", "9", True)
    for action in ("off", "on", "remove"):
        await browser.send(f"{PATH}/trunks/{stored['id']}", {"action": action}, page=PATH)

    assert await pool.fetchval("select count(*) from trunks") == 0
    assert await deeds(pool) == ["trunk.added", "trunk.changed", "trunk.changed", "trunk.removed"]


@pytest.mark.parametrize(
    ("path", "change", "field"),
    [
        ("/trunks", {"name": "two words"}, "name"),
        ("/trunks", {"name": ""}, "name"),
        ("/trunks", {"format": "roman"}, "format"),
        ("/trunks", {"prefix": "nine"}, "prefix"),
        ("/trunks", {"operator": "x" * 201}, "operator"),
        ("/trunks", {"pbx": "nowhere"}, "pbx"),
        ("", {"rule": "cheapest", "default_number": LINE}, "rule"),
        ("", {"rule": "fixed", "default_number": "+74950000000"}, "default_number"),
        ("", {"rule": "fixed", "default_number": "office"}, "default_number"),
    ],
)
async def test_a_mistake_names_its_field(
    browser: Browser, pool: Pool, path: str, change: dict[str, str], field: str
) -> None:
    response = await browser.send(PATH + path, (TRUNK if path else {}) | change, page=PATH)

    assert response.status == 422
    assert f'href="#{field}"' in await response.text()
    assert await deeds(pool) == []


async def test_the_same_name_twice_is_a_mistake(browser: Browser) -> None:
    await browser.send(f"{PATH}/trunks", TRUNK, page=PATH)
    response = await browser.send(f"{PATH}/trunks", TRUNK, page=PATH)
    assert response.status == 422


async def test_the_rule_is_saved_once(browser: Browser, pool: Pool) -> None:
    for _ in range(2):
        await browser.send(PATH, {"rule": "fixed", "default_number": "8 (495) 123-45-67"}, page=PATH)

    assert tuple(await pool.fetchrow("select rule, default_number from outgoing_rules") or ()) == ("fixed", LINE)
    assert await deeds(pool) == ["outgoing.changed"]


async def test_lines_that_need_something_are_named(browser: Browser, pool: Pool) -> None:
    async def told() -> str:
        return await text_of(browser, PATH)

    assert "has no operator today" in await told()
    await pool.execute(
        "insert into line_operators (line_id, operator, since) select id, 'alpha', $1 from lines", date(2024, 1, 1)
    )
    assert "no trunk of its operator is known here" in await told()
    await browser.send(f"{PATH}/trunks", TRUNK, page=PATH)
    assert "labels it with no name" in await told()
    await pool.execute("insert into line_labels select id, 'alpha', 'Romashka', $1 from lines", date(2024, 1, 1))
    assert "Lines that need something" not in await told()


@pytest.mark.parametrize(
    ("query", "parts"),
    [
        (
            "?to=89121234567",
            ["+7 343 211-00-05", "alpha-trunk", "His region", "Sverdlovsk", "If that fails", "gamma-trunk"],
        ),
        ("?to=%2B74930000000&city=тверь", ["beta-trunk", "His city", "as the question says"]),
        ("?to=112", ["Passes as it is", "Emergency numbers pass untouched"]),
        ("?to=201", ["Passes as it is", "Short numbers pass untouched"]),
        ("?to=nonsense", ["What is no number passes untouched"]),
    ],
)
async def test_a_number_is_tried(browser: Browser, query: str, parts: list[str]) -> None:
    text = await text_of(browser, PATH + query)

    assert [part for part in parts if part not in text] == []


async def test_trying_is_not_remembered(browser: Browser) -> None:
    for _ in range(2):
        text = await text_of(browser, f"{PATH}?to=89121234567")
        assert "He knows no line of ours" in text


async def test_the_page_speaks_russian(browser: Browser) -> None:
    text = await text_of(browser, f"{PATH}?to=89121234567", language="ru")
    assert "Исходящие звонки" in text
    assert "Свердловская область" in text


async def test_who_may_not_is_refused(
    database_url: str, valkey_url: str, data_dir: Path, pool: Pool, add_person: AddPerson
) -> None:
    person = await add_person("eve", Role.AGENT)
    async with browsing_as(compose(database_url, valkey_url, data_dir), pool, person) as browser:
        await text_of(browser, PATH, 403)
