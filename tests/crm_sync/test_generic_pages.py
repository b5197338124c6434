"""A home-made CRM is set up on its page: address, secret, mapping; and looked at."""

import asyncio
import time
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path

import pytest
from redis.asyncio import Redis
from typer.testing import CliRunner, Result

from crm_sync.generic.fields import EVENTS
from crm_sync.generic.mapping import example
from crm_sync.signing_in import PAGE
from tests.crm_sync.generic_scene import SECRET
from tests.fakes.receiver import Receiver, receiving
from tests.people.company import AddPerson, add_person, box, hasher, passwords
from tests.people.web import Browser
from tests.web.composed import browsing_as, compose, text_of
from trunkline.app.command import application
from trunkline.db.types import Pool
from trunkline.people.roles import Role

__all__ = ["add_person", "box", "hasher", "passwords"]


@pytest.fixture
async def there() -> AsyncIterator[Receiver]:
    """By the machine's clock."""

    async with receiving(SECRET.encode(), time.time) as one:
        yield one


@pytest.fixture
async def root(
    database_url: str, valkey_url: str, redis: Redis, data_dir: Path, pool: Pool, add_person: AddPerson
) -> AsyncIterator[Browser]:
    person = await add_person("root", Role.ADMINISTRATOR, every_department=True, every_line=True)
    loopback = {"TRUNKLINE_WEB_WEBHOOK_PRIVATE_ADDRESSES": "127.0.0.0/8"}
    app = compose(database_url, valkey_url, data_dir, **loopback)
    async with browsing_as(app, pool, person) as browser:
        yield browser


async def added(root: Browser, url: str, pool: Pool) -> str:
    """The page of one that was added."""
    form = {"name": "own", "kind": "generic", "portal": url}
    answer = await root.send(PAGE, form, page=f"{PAGE}?kind=generic")
    assert answer.status == 303, await answer.text()
    return f"{PAGE}/{await pool.fetchval('select id from crm_connectors')}"


async def connected(root: Browser, url: str, pool: Pool) -> str:
    """And connected."""
    page = await added(root, url, pool)
    answer = await root.send(f"{page}/token", {"token": SECRET}, page=page)
    assert answer.status == 303
    return page


async def test_it_is_connected_by_a_secret_that_the_receiver_takes(root: Browser, there: Receiver, pool: Pool) -> None:
    page = await added(root, there.url, pool)
    assert "not connected" in await text_of(root, page)
    for wrong, words in (("short", "The secret is too short"), (SECRET + "x", "did not take a test message")):
        answer = await root.send(f"{page}/token", {"token": wrong}, page=page)
        assert words in unescape(await text_of(root, answer.headers["Location"]))
    assert not await pool.fetchval("select active from crm_connectors")
    answer = await root.send(f"{page}/token", {"token": SECRET}, page=page)
    assert answer.status == 303
    assert await pool.fetchval("select active and told_since is not null from crm_connectors")
    looked = unescape(await (await root.send(f"{page}/check", {}, page=page)).text())
    assert "takes a signed test message" in looked
    assert "the mapping tells of call.begun, call.answered" in looked
    shown = await text_of(root, page)
    assert SECRET not in shown + str(await pool.fetch("select before, after from audit"))


async def test_what_is_wrong_there_is_found(root: Browser, there: Receiver, pool: Pool) -> None:
    page = await connected(root, there.url, pool)
    there.secret = b"another"
    looked = unescape(await (await root.send(f"{page}/check", {}, page=page)).text())
    assert "POST: HTTP 401" in looked


@pytest.mark.parametrize("url", ["", "ftp://crm.example.ru/x", "https://user@crm.example.ru/", "http:///x"])
async def test_an_address_that_is_none_is_told_at_its_field(root: Browser, url: str) -> None:
    answer = await root.send(PAGE, {"name": "own", "kind": "generic", "portal": url}, page=f"{PAGE}?kind=generic")
    assert answer.status == 422
    assert "must be the receiver's address" in unescape(await answer.text())


async def test_another_host_is_connected_anew(root: Browser, there: Receiver, pool: Pool) -> None:
    page = await connected(root, there.url, pool)
    form = {"name": "own", "portal": "https://other.example.ru/receiver.php"}
    assert (await root.send(page, form, page=page)).status == 303
    assert not await pool.fetchval("select active from crm_connectors")
    assert await pool.fetchval("select count(*) from crm_tokens") == 0


async def test_a_mapping_is_saved_or_refused_with_its_lines(root: Browser, there: Receiver, pool: Pool) -> None:
    page = await connected(root, there.url, pool)
    mapping = f"{page}/mapping"
    assert "[out.fields.call]" in unescape(await text_of(root, mapping))
    assert "origin = " in unescape(await text_of(root, f"{mapping}?example=netcat"))
    bad = '[out]\nbody = "xml"\n[out.fields]\nphone = "call.telephone"\n'
    answer = await root.send(mapping, {"mapping": bad}, page=mapping)
    shown = unescape(await answer.text())
    assert answer.status == 422
    assert "line 2: out.body: must be one of json, form" in shown
    assert "line 4: out.fields.phone.from: 'call.telephone' is no field" in shown
    assert 'body = "xml"' in shown
    assert await pool.fetchval("select count(*) from crm_mappings") == 0
    good = '[out]\nevents = ["call.ended"]\n'
    assert (await root.send(mapping, {"mapping": good}, page=mapping)).status == 303
    assert await pool.fetchval("select tells from crm_connectors") == ["call.ended"]
    assert (await root.send(mapping, {"mapping": " "}, page=mapping)).status == 303
    assert len(await pool.fetchval("select tells from crm_connectors")) == len(EVENTS)


async def test_only_a_home_made_crm_has_a_mapping(root: Browser, pool: Pool) -> None:
    form = {"name": "sales", "kind": "amocrm", "portal": "company.amocrm.ru", "creates": "on"}
    await root.send(PAGE, form, page=f"{PAGE}?kind=amocrm")
    page = f"{PAGE}/{await pool.fetchval('select id from crm_connectors')}"
    assert (await root.look(f"{page}/mapping")).status == 404


async def test_the_command_prints_and_gives_a_mapping(
    root: Browser, there: Receiver, pool: Pool, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await connected(root, there.url, pool)
    monkeypatch.setenv("TRUNKLINE_DATABASE_URL", database_url)
    monkeypatch.setenv("TRUNKLINE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("TRUNKLINE_SECRETS_KEY", (b"k" * 32).hex())

    async def said(*words: str) -> Result:
        return await asyncio.to_thread(CliRunner().invoke, application, ["crm", "mapping", *words])

    assert (await said("own")).stdout == example("default")
    file = tmp_path / "own.toml"
    file.write_text('[out]\nevents = ["call.ended", "call.begun"]\n', encoding="utf-8")
    assert (await said("own", str(file))).stdout == "call.begun, call.ended\n"
    assert await pool.fetchval("select tells from crm_connectors") == ["call.begun", "call.ended"]
    file.write_text('[out]\nbody = "xml"\n', encoding="utf-8")
    refused = await said("own", str(file))
    assert refused.exit_code == 1
    assert "line 2: out.body: must be one of json, form" in refused.output + str(refused.exception)
