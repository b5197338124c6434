"""The page that leads from nothing to one's own calls."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from tests.fakes.ami_server import COMMANDS, AmiServer
from tests.lines.test_unknown import call
from tests.people.company import AddPerson
from tests.people.web import Browser
from tests.web.composed import browsing_as, compose, text_of
from trunkline.db.types import Pool
from trunkline.people.roles import Role


@pytest.fixture
async def server() -> AsyncIterator[AmiServer]:
    async with AmiServer() as server:
        yield server


@pytest.fixture
async def browser(
    database_url: str, valkey_url: str, redis: Redis, data_dir: Path, pool: Pool, add_person: AddPerson
) -> AsyncIterator[Browser]:
    """A browser with an administrator signed in."""
    person = await add_person("root", Role.ADMINISTRATOR, every_department=True, every_line=True)
    async with browsing_as(compose(database_url, valkey_url, data_dir), pool, person) as browser:
        yield browser


def pbx_at(server: AmiServer, **more: str) -> dict[str, str]:
    fields = {"id": "office", "host": "127.0.0.1", "port": str(server.port), "user": "trunkline", "secret": "s3cret"}
    return fields | more


async def test_a_pbx_is_kept_checked_and_told_in_words(browser: Browser, server: AmiServer, pool: Pool) -> None:
    assert "write = reporting,user" in await text_of(browser, "/setup")
    kept = await browser.send("/setup", pbx_at(server), page="/setup")
    assert (kept.status, kept.headers["Location"]) == (303, "/setup?check=office")

    text = await text_of(browser, "/setup?check=office")
    assert "lets trunkline in" in text
    assert "rights are exactly those needed" in text
    assert "s3cret" not in text
    row = await pool.fetchrow("select settings, secrets from pbxs where id = 'office'")
    assert row is not None
    assert row["settings"]["port"] == server.port
    assert b"s3cret" not in row["secrets"]
    assert await pool.fetchval("select action from audit where object_kind = 'pbx'") == "pbx.saved"

    server.commands = (*COMMANDS, "Originate")
    russian = await text_of(browser, "/setup?check=office", language="ru")
    assert "то, чего Trunkline никогда не делает: Originate" in russian


async def test_what_is_wrong_is_told(browser: Browser, server: AmiServer) -> None:
    await browser.send("/setup", pbx_at(server, secret="wrong"), page="/setup")
    assert "refuses the login" in await text_of(browser, "/setup?check=office")
    await browser.send("/setup", pbx_at(server, secret=""), page="/setup")
    assert "refuses the login" in await text_of(browser, "/setup?check=office"), "an empty secret keeps the one there"
    await server.stop()
    assert "cannot connect to 127.0.0.1" in await text_of(browser, "/setup?check=office")
    await server.start()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"id": "Офис"}, "Short name"),
        ({"host": "a b"}, "Host"),
        ({"port": "0"}, "Port"),
        ({"port": "x"}, "Port"),
        ({"user": "a b"}, "AMI user"),
        ({"secret": ""}, "AMI secret"),
    ],
)
async def test_a_mistake_names_its_field(
    browser: Browser, server: AmiServer, pool: Pool, change: dict[str, str], field: str
) -> None:
    answer = await browser.send("/setup", pbx_at(server, **change), page="/setup")

    assert (answer.status, f"{field}: must be" in await answer.text()) == (422, True)
    assert await pool.fetchval("select count(*) from pbxs") == 0


async def test_called_numbers_appear_and_become_lines(browser: Browser, server: AmiServer, pool: Pool) -> None:
    await browser.send("/setup", pbx_at(server), page="/setup")
    assert "No call was heard yet" in await text_of(browser, "/setup")
    await call(pool, "+74957654321")
    polled = await browser.look("/setup", **{"HX-Request": "true", "HX-Target": "setup-numbers"})
    text = await polled.text()
    assert ("765-43-21" in text, "<html" in text, "See the calls" in text) == (True, False, True)

    line = {"as": "line", "dialled": "+74957654321", "pbx": "office", "back": "/setup"}
    answer = await browser.send("/lines/unknown", line, page="/setup")
    assert (answer.status, answer.headers["Location"]) == (303, "/setup")
    assert await pool.fetchval("select mode from lines") == "observe"
