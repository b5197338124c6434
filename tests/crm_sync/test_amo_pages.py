"""An amoCRM account is connected on its page, by signing in or by a token, and people are matched there."""

import re
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path

import pytest
from redis.asyncio import Redis
from yarl import URL

from crm_sync.signing_in import PAGE
from tests.crm_sync.amo_scene import AmoScene
from tests.crm_sync.test_amo_told import CALLER
from tests.fakes.amocrm.account import AmoAccount, amo_account
from tests.people.company import AddPerson, add_person, box, hasher, passwords
from tests.people.web import Browser
from tests.web.composed import browsing_as, compose, text_of
from trunkline.db.types import Pool
from trunkline.people.roles import Role

__all__ = ["add_person", "box", "hasher", "passwords"]


@pytest.fixture
async def account() -> AsyncIterator[AmoAccount]:
    async with amo_account() as fake:
        yield fake


@pytest.fixture
async def root(
    database_url: str, valkey_url: str, redis: Redis, data_dir: Path, pool: Pool, add_person: AddPerson
) -> AsyncIterator[Browser]:
    person = await add_person("root", Role.ADMINISTRATOR, every_department=True, every_line=True)
    loopback = {"TRUNKLINE_WEB_WEBHOOK_PRIVATE_ADDRESSES": "127.0.0.0/8"}
    app = compose(database_url, valkey_url, data_dir, **loopback)
    async with browsing_as(app, pool, person) as browser:
        yield browser


async def added(root: Browser, account: AmoAccount, pool: Pool, **more: str) -> str:
    """The page of an account that was added."""
    form = {"name": "sales", "kind": "amocrm", "portal": account.url, "creates": "on"} | more
    answer = await root.send(PAGE, form, page=f"{PAGE}?kind=amocrm")
    assert answer.status == 303, await answer.text()
    return f"{PAGE}/{await pool.fetchval('select id from crm_connectors')}"


async def test_links_to_recordings_have_to_be_wanted(root: Browser, account: AmoAccount, pool: Pool) -> None:
    page = await added(root, account, pool)
    assert "whoever sees the note may hear it" in await text_of(root, page)
    wanted = "select records from crm_connectors"
    for choice, kept in (("text", "none"), ("sound", "sound"), ("none", "none")):
        await root.send(f"{page}/records", {"records": choice}, page=page)
        assert await pool.fetchval(wanted) == kept


async def test_the_list_offers_each_kind(root: Browser) -> None:
    assert "Connect a Bitrix24" in await text_of(root, PAGE)
    shown = await text_of(root, f"{PAGE}?kind=amocrm")
    assert "Connect an amoCRM or Kommo" in shown
    assert "Connect a Bitrix24" not in shown
    assert "Connect a Bitrix24" in await text_of(root, f"{PAGE}?kind=nothing")


async def test_an_account_is_connected_by_signing_in(root: Browser, account: AmoAccount, pool: Pool) -> None:
    app = account.access.app
    page = await added(root, account, pool, client_id=app.client_id, secret=app.secret)
    shown = await text_of(root, page)
    (redirect,) = re.findall(r"http://\S+/crm/oauth/sales", shown)[:1]
    account.access.app = type(app)(app.client_id, app.secret, redirect)
    answer = await root.send(f"{page}/connect", {}, page=page)
    (onward,) = re.findall(r'href="(http://127[^"]*/oauth[^"]*)"', unescape(await answer.text()))
    query = URL(onward).query
    assert (URL(onward).path, query["client_id"]) == ("/oauth", app.client_id)

    way_back = f"/crm/oauth/sales?code={account.access.code(account.admin)}&state={query['state']}&referer=evil.example"
    told = await root.look(way_back)
    assert URL(told.headers["Location"]).query_string == "connected=yes"
    connected = await text_of(root, f"{page}?connected=yes")
    assert "It is connected" in connected
    assert "Fields of deals" not in connected  # a Bitrix24's alone
    assert await pool.fetchval("select active and told_since is not null from crm_connectors")
    assert await pool.fetchval("select user_id from crm_tokens") == account.admin
    looked = unescape(await (await root.send(f"{page}/check", {}, page=page)).text())
    assert "who connected it administers the account" in looked


async def test_a_code_that_is_refused_is_told_in_words(root: Browser, account: AmoAccount, pool: Pool) -> None:
    app = account.access.app
    page = await added(root, account, pool, client_id=app.client_id, secret="another")
    answer = await root.send(f"{page}/connect", {}, page=page)
    state = URL(unescape(re.findall(r'href="(http://127[^"]*/oauth[^"]*)"', await answer.text())[0])).query["state"]
    told = await root.look(f"/crm/oauth/sales?code=x&state={state}")
    assert URL(told.headers["Location"]).query["refused"] == "invalid_grant"
    assert "connect the account again" in await text_of(root, f"{page}?refused=invalid_grant")


async def test_an_account_is_connected_by_a_long_lived_token(root: Browser, account: AmoAccount, pool: Pool) -> None:
    page = await added(root, account, pool)
    refused = await root.send(f"{page}/connect", {}, page=page)
    assert refused.status == 422
    for wrong, words in (("x", "this is no token of amoCRM"), ("", "this is no token of amoCRM")):
        answer = await root.send(f"{page}/token", {"token": wrong}, page=page)
        assert words in unescape(await text_of(root, answer.headers["Location"]))
    good = account.access.grant(account.admin, seconds=86_400 * 365).access
    answer = await root.send(f"{page}/token", {"token": good}, page=page)
    assert answer.status == 303
    assert await pool.fetchval("select active from crm_connectors")
    shown = await text_of(root, page)
    audit = str(await pool.fetch("select before, after from audit"))
    assert good not in shown + audit


async def test_people_are_matched_by_e_mail_and_by_choice(root: Browser, account: AmoAccount, pool: Pool) -> None:
    anna = account.world.add_user("Анна", "anna@example.ru")
    boris = account.world.add_user("Борис", "boris@example.ru")
    for extension, email in (("101", "anna@example.ru"), ("102", "other@example.ru"), ("103", None)):
        asked = "insert into people (id, name, extension, email) values (gen_random_uuid(), $1, $1, $2)"
        await pool.execute(asked, extension, email)
    page = await added(root, account, pool)
    good = account.access.grant(account.admin, seconds=86_400 * 365).access
    await root.send(f"{page}/token", {"token": good}, page=page)
    matched = "select extension, user_id, chosen from crm_users order by extension"
    assert [tuple(row) for row in await pool.fetch(matched)] == [("101", anna, False)]
    shown = unescape(await text_of(root, page))
    assert "by e-mail: Анна" in shown
    assert shown.count("nobody there</") == 2

    sent = {"user:101": str(boris), "user:102": str(boris), "user:103": "777", "user:999": str(anna), "user:1": "x"}
    assert (await root.send(f"{page}/people", sent, page=page)).status == 303
    chosen = [("101", boris, True), ("102", boris, True)]
    assert [tuple(row) for row in await pool.fetch(matched)] == chosen
    await root.send(f"{page}/check", {}, page=page)  # reads the people anew
    assert [tuple(row) for row in await pool.fetch(matched)] == chosen
    del account.world.users[boris]
    await root.send(f"{page}/check", {}, page=page)
    assert [tuple(row) for row in await pool.fetch(matched)] == [("101", anna, False)]


async def test_a_portal_takes_no_choice(root: Browser, pool: Pool) -> None:
    form = {"name": "office", "kind": "bitrix24", "portal": "company.bitrix24.ru", "client_id": "x", "secret": "y"}
    assert (await root.send(PAGE, form, page=PAGE)).status == 303
    page = f"{PAGE}/{await pool.fetchval('select id from crm_connectors')}"
    assert (await root.send(f"{page}/people", {}, page=page)).status == 404


async def test_the_page_shows_how_far_the_newest_calls_came(root: Browser, pool: Pool, amo: AmoScene) -> None:
    contact = amo.account.world.add("contacts", CALLER)
    await amo.happens("simple_answered")
    await amo.deliver()
    await amo.happens("simple_busy")
    amo.account.chaos.page("*", 9)
    await amo.deliver()
    shown = unescape(await text_of(root, f"{PAGE}/{amo.connector}"))
    assert f"{amo.account.url}/contacts/detail/{contact}" in shown
    assert "a server before amoCRM answered HTTP 502" in shown
    assert [shown.count(badge) for badge in (">told<", ">waits<", ">not told<")] == [1, 1, 0]
