"""A base is written down on its page, with its secret, what is read of it, and what is wrong."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from crm_sync.onec.base import path_of
from crm_sync.signing_in import PAGE
from tests.crm_sync.portal_client import Hand
from tests.fakes.onec.base import OneCBase, onec_base
from tests.people.company import AddPerson, add_person, box, hasher, passwords
from tests.people.web import Browser
from tests.web.composed import browsing_as, compose, text_of
from trunkline.db.types import Pool
from trunkline.people.roles import Role

__all__ = ["add_person", "box", "hasher", "passwords"]


@pytest.fixture
async def fake() -> AsyncIterator[OneCBase]:
    async with onec_base(Hand()) as base:
        yield base


@pytest.fixture
async def root(
    database_url: str, valkey_url: str, redis: Redis, data_dir: Path, pool: Pool, add_person: AddPerson
) -> AsyncIterator[Browser]:
    person = await add_person("root", Role.ADMINISTRATOR, every_department=True, every_line=True)
    loopback = {"TRUNKLINE_WEB_WEBHOOK_PRIVATE_ADDRESSES": "127.0.0.0/8"}
    app = compose(database_url, valkey_url, data_dir, **loopback)
    async with browsing_as(app, pool, person) as browser:
        yield browser


async def added(root: Browser, fake: OneCBase, pool: Pool) -> str:
    """Its page."""
    form = {"name": "base", "kind": "onec", "active": "on", "portal": f"{fake.url}/ru_RU/", "client_id": fake.user}
    answer = await root.send(PAGE, form | {"secret": fake.password}, page=f"{PAGE}?kind=onec")
    assert answer.status == 303, await answer.text()
    return f"{PAGE}/{await pool.fetchval('select id from crm_connectors')}"


async def made(root: Browser, page: str) -> str:
    """A secret, as the page shows it once."""
    answer = await root.send(f"{page}/onec/secret", {}, page=page)
    (secret,) = set(re.findall(r"(?<=[\">])[\w-]{22}(?=[\"<])", await answer.text()))
    return str(secret)


async def test_a_base_is_added_and_its_page_tells_where_it_sends(root: Browser, fake: OneCBase, pool: Pool) -> None:
    assert "Connect a 1C base" in await text_of(root, f"{PAGE}?kind=onec")
    page = await added(root, fake, pool)
    shown = await text_of(root, page)
    assert path_of(await pool.fetchval("select id from crm_connectors")) in shown
    assert "it has sent nothing yet" in shown
    assert "Who is who" not in shown
    assert fake.password not in shown
    assert await pool.fetchval("select portal from crm_connectors") == fake.url
    secrets = [await made(root, page) for _ in range(2)]
    assert secrets[0] != secrets[1]
    shown = await text_of(root, page)
    assert not any(one in shown for one in secrets)
    listed = await text_of(root, PAGE)
    assert "read" in listed
    assert ">told<" not in listed


async def test_what_is_read_is_chosen_and_looked_at(root: Browser, fake: OneCBase, pool: Pool) -> None:
    page = await added(root, fake, pool)
    form = {"layout": "bp3", "mapping": "", "history": "/hs/trunkline/", "since": "2020-01-01"}
    assert (await root.send(f"{page}/onec", form, page=page)).status == 303
    row = await pool.fetchrow("select layout, history, since::text from crm_onec")
    assert row is not None
    assert tuple(row) == ("bp3", "hs/trunkline", "2020-01-01")
    found = await (await root.send(f"{page}/check", {}, page=page)).text()
    assert "its HTTP service answers history" in found
    assert "не найдена" in found  # the fake is Trade Management
    deeds = await pool.fetch("select action from audit where action like 'crm.%' order by at")
    assert [one["action"] for one in deeds] == ["crm.saved", "crm.onec_chosen"]


WRONG: list[tuple[dict[str, str], str]] = [
    ({"layout": "ut12"}, "must be one of: none, ut11, bp3, own"),
    ({"layout": "own", "mapping": "[orders]\nset = 'x'"}, "[orders] set: must be a published set"),
    ({"history": "../other"}, "must be what stands behind"),
    ({"history": "http://evil/x"}, "must be what stands behind"),
    ({"since": "soon"}, "must be a date, as 2017-01-01"),
]


async def test_what_is_wrong_is_told_and_stays_written(root: Browser, fake: OneCBase, pool: Pool) -> None:
    page = await added(root, fake, pool)
    for more, words in WRONG:
        form = {"layout": "none", "mapping": "", "history": "", "since": "2020-01-01"} | more
        answer = await root.send(f"{page}/onec", form, page=page)
        shown = await answer.text()
        assert answer.status == 422
        assert words in shown.replace("&#39;", "'")
        assert "layout" in more or all(f'value="{said}"' in shown for said in more.values()), more
    assert await pool.fetchval("select count(*) from crm_onec where layout <> 'none'") == 0


async def test_nobody_signs_in_to_it_and_no_token_is_taken(root: Browser, fake: OneCBase, pool: Pool) -> None:
    page = await added(root, fake, pool)
    for path in ("connect", "token", "people", "mirror"):
        assert (await root.send(f"{page}/{path}", {"queue": ""}, page=page)).status == 404, path
