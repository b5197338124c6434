"""The company's client is written down by an administrator; everybody lets us into his own account, and out of it."""

import re
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from aiohttp import web
from redis.asyncio import Redis

from crm_sync.google.asking import Google
from crm_sync.google.pages import BACK, OWN_PAGE, PAGE, google_key
from tests.fakes.google_people import CLIENT, CODE, SECRET, FakeGoogle
from tests.people.company import AddPerson
from tests.people.web import Browser
from tests.web.composed import browsing_as, compose, text_of
from trunkline.db.types import Pool
from trunkline.people.roles import Role


@pytest.fixture
async def root(
    database_url: str,
    valkey_url: str,
    redis: Redis,
    data_dir: Path,
    pool: Pool,
    add_person: AddPerson,
    fake: FakeGoogle,
) -> AsyncIterator[Browser]:
    person = await add_person("root", Role.ADMINISTRATOR, every_department=True, every_line=True)
    app = compose(database_url, valkey_url, data_dir, TRUNKLINE_SERVER_PUBLIC_URL="https://office.example.com")

    async def at_the_fake(app: web.Application) -> AsyncIterator[None]:
        async with aiohttp.ClientSession() as session:
            app[google_key] = Google(session, fake.hosts)
            yield

    app.cleanup_ctx.append(at_the_fake)
    fake.back = f"https://office.example.com{BACK}"
    async with browsing_as(app, pool, person) as browser:
        yield browser


async def test_the_client_is_kept_sealed_and_its_mistakes_are_told(root: Browser, pool: Pool) -> None:
    assert "nobody has connected" not in (await text_of(root, PAGE)).lower()
    refused = await root.send(PAGE, {"client_id": "office", "secret": "short"}, page=PAGE)
    said = await refused.text()
    assert (refused.status, "apps.googleusercontent.com" in said) == (422, True)
    assert (await root.send(PAGE, {"client_id": CLIENT, "secret": SECRET}, page=PAGE)).status == 303
    shown = await text_of(root, PAGE)
    kept = str(await pool.fetch("select * from google_app")) + str(await pool.fetch("select before, after from audit"))
    assert "Google takes no such address" not in shown
    assert (CLIENT in shown, f"https://office.example.com{BACK}" in shown, SECRET in shown + kept) == (
        True,
        True,
        False,
    )
    assert (await root.send(f"{PAGE}/remove", {}, page=PAGE)).status == 303
    assert await pool.fetchval("select count(*) from google_app") == 0


async def test_a_way_back_that_google_does_not_take_is_told(
    database_url: str, valkey_url: str, redis: Redis, data_dir: Path, pool: Pool, add_person: AddPerson
) -> None:
    person = await add_person("root", Role.ADMINISTRATOR, every_department=True, every_line=True)
    app = compose(database_url, valkey_url, data_dir, TRUNKLINE_SERVER_PUBLIC_URL="http://trunkline:8080")
    async with browsing_as(app, pool, person) as browser:
        assert "Google takes no such address" in await text_of(browser, PAGE)


async def test_an_account_is_connected_once_by_who_began_it(root: Browser, pool: Pool, fake: FakeGoogle) -> None:
    await root.send(PAGE, {"client_id": CLIENT, "secret": SECRET}, page=PAGE)
    answer = await root.send(f"{OWN_PAGE}/connect", {}, page=OWN_PAGE)
    link = unescape(re.search(rf'href="({re.escape(fake.hosts.sign_in)}[^"]+)"', await answer.text()).group(1))  # type: ignore[union-attr]
    asked = {name: one for name, (one,) in parse_qs(urlsplit(link).query).items()}
    assert (asked["client_id"], asked["redirect_uri"], asked["access_type"]) == (CLIENT, fake.back, "offline")
    back = f"{BACK}?state={asked['state']}&code={CODE}"
    wrong = await root.look(f"{BACK}?state=x&code={CODE}")
    assert wrong.headers["Location"].endswith("refused=state")
    used = await root.look(back)
    assert used.headers["Location"].endswith("refused=state"), "a state is good once, whatever came with it"
    answer = await root.send(f"{OWN_PAGE}/connect", {}, page=OWN_PAGE)
    state = re.search(r"state=([\w-]+)", await answer.text()).group(1)  # type: ignore[union-attr]
    done = await root.look(f"{BACK}?state={state}&code={CODE}")
    assert done.headers["Location"] == OWN_PAGE
    row = await pool.fetchrow("select staff, contacts, leaving from google_accounts")
    assert row is not None
    assert tuple(row) == (True, "mine", False)
    assert fake.refresh not in str(await pool.fetch("select * from google_accounts"))


@pytest.mark.parametrize(("query", "refused"), [("", "denied"), ("&code=another", "signed_out")])
async def test_what_comes_back_without_a_permission_is_told(root: Browser, query: str, refused: str) -> None:
    await root.send(PAGE, {"client_id": CLIENT, "secret": SECRET}, page=PAGE)
    answer = await root.send(f"{OWN_PAGE}/connect", {}, page=OWN_PAGE)
    state = re.search(r"state=([\w-]+)", await answer.text()).group(1)  # type: ignore[union-attr]
    back = await root.look(f"{BACK}?state={state}{query}")
    assert back.headers["Location"] == f"{OWN_PAGE}?refused={refused}"
    assert "note" in await text_of(root, back.headers["Location"])


async def test_what_is_copied_is_chosen_and_taken_out_again(root: Browser, pool: Pool) -> None:
    assert (await root.send(OWN_PAGE, {"contacts": "all"}, page=OWN_PAGE)).status == 404
    await root.send(PAGE, {"client_id": CLIENT, "secret": SECRET}, page=PAGE)
    answer = await root.send(f"{OWN_PAGE}/connect", {}, page=OWN_PAGE)
    state = re.search(r"state=([\w-]+)", await answer.text()).group(1)  # type: ignore[union-attr]
    await root.look(f"{BACK}?state={state}&code={CODE}")
    assert (await root.send(OWN_PAGE, {"contacts": "everything"}, page=OWN_PAGE)).status == 400
    assert (await root.send(OWN_PAGE, {"contacts": "all"}, page=OWN_PAGE)).status == 303
    assert await pool.fetchval("select (staff, contacts)::text from google_accounts") == "(f,all)"
    assert (await root.send(f"{OWN_PAGE}/disconnect", {}, page=OWN_PAGE)).status == 303
    assert await pool.fetchval("select leaving from google_accounts")
    shown = await text_of(root, OWN_PAGE)
    assert "is being taken out" in shown
