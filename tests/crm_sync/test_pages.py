"""A portal is connected on its page, as an administrator does it: browser, portal, and back."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape
from pathlib import Path

import aiohttp
import pytest
from redis.asyncio import Redis
from yarl import URL

from crm_sync.connector import ConnectorFields
from crm_sync.keeping import save_connector
from crm_sync.signing_in import PAGE, begin
from crm_sync.store import find_connector
from tests.calltracking.conftest import open_street
from tests.crm_sync.portal_client import Bench
from tests.crm_sync.scene import ROOT, Scene
from tests.people.company import AddPerson, add_person, box, hasher, passwords
from tests.people.web import Browser
from tests.web.composed import browsing_as, compose, text_of
from trunkline.crypto import SecretBox
from trunkline.db.types import Pool
from trunkline.people.roles import Right, Role

__all__ = ["add_person", "box", "hasher", "passwords"]


@pytest.fixture
async def root(
    database_url: str, valkey_url: str, redis: Redis, data_dir: Path, pool: Pool, add_person: AddPerson
) -> AsyncIterator[Browser]:
    person = await add_person("root", Role.ADMINISTRATOR, every_department=True, every_line=True)
    loopback = {
        "TRUNKLINE_WEB_WEBHOOK_PRIVATE_ADDRESSES": "127.0.0.0/8",
        "TRUNKLINE_SERVER_SITES_URL": "http://calls.example.com",
    }
    app = compose(database_url, valkey_url, data_dir, **loopback)
    async with browsing_as(app, pool, person) as browser:
        yield browser


def form_of(bench: Bench, **more: str) -> dict[str, str]:
    app = bench.portal.app
    told = {"name": "office", "portal": bench.portal.url, "client_id": app.client_id, "secret": app.secret}
    return told | {"oauth_url": bench.portal.oauth_url, "creates": "on"} | more


async def added(root: Browser, bench: Bench, pool: Pool) -> str:
    """The page of a portal that was added."""
    assert (await root.send(PAGE, form_of(bench), page=PAGE)).status == 303
    return f"{PAGE}/{await pool.fetchval('select id from crm_connectors')}"


async def onward(root: Browser, page: str) -> str:
    """Where the page sends whoever connects it."""
    answer = await root.send(f"{page}/connect", {}, page=page)
    return unescape(re.findall(r'href="(http://127[^"]*authorize[^"]*)"', await answer.text())[0])


def let_in(bench: Bench, page: str) -> None:
    """The application of the portal names the address that the page shows."""
    app = bench.portal.app
    bench.portal.access.apps[app.client_id] = replace(app, handler=re.findall(r"http://\S+/crm/oauth/office", page)[0])


async def test_a_portal_is_connected_by_its_webhook(root: Browser, bench: Bench, pool: Pool) -> None:
    form = form_of(bench, client_id="", secret="")
    assert (await root.send(PAGE, form, page=PAGE)).status == 303
    page = f"{PAGE}/{await pool.fetchval('select id from crm_connectors')}"
    assert (await root.send(f"{page}/connect", {}, page=page)).status == 422
    answer = await root.send(f"{page}/token", {"token": "https://other.example/rest/1/abcdef1/"}, page=page)
    assert "this is no address of an incoming webhook of this portal" in await text_of(root, answer.headers["Location"])
    code = bench.portal.webhook_url.rstrip("/").rpartition("/")[2]
    answer = await root.send(f"{page}/token", {"token": bench.portal.webhook_url}, page=page)
    assert (answer.status, answer.headers["Location"]) == (303, page)
    assert await pool.fetchval("select active and told_since is not null from crm_connectors")
    shown = await text_of(root, page) + str(await pool.fetch("select * from audit"))
    assert ("connected by a webhook" in shown, code in shown) == (True, False)
    assert not any(f'name="{part}"' in shown for part in ("records", "queue"))  # it would do nothing
    looked = unescape(await (await root.send(f"{page}/check", {}, page=page)).text())
    assert "by a webhook no card opens" in looked
    assert bench.portal.violations == []


async def test_a_portal_is_connected_and_calls_are_told_from_then_on(root: Browser, bench: Bench, pool: Pool) -> None:
    bench.portal.world.add_user("Анна", inner="101")
    page = await added(root, bench, pool)
    shown = await text_of(root, page)
    assert "not connected" in shown
    let_in(bench, shown)
    assert await pool.fetchval("select active from crm_connectors") is False

    async with aiohttp.ClientSession() as outside:
        answer = await outside.get(await onward(root, page), allow_redirects=False)
    back = URL(answer.headers["Location"])
    told = await root.look(back.raw_path_qs)
    assert (told.status, URL(told.headers["Location"]).query_string) == (303, "connected=yes")
    shown = await text_of(root, f"{page}?connected=yes")
    assert "The portal is connected" in shown
    assert "Анна" in shown
    (row,) = await pool.fetch("select active, told_since is not null as told, state_hash from crm_connectors")
    assert tuple(row) == (True, True, None)
    assert await pool.fetchval("select user_id from crm_tokens") == 1
    assert await pool.fetchval("select member_id from crm_hooks") == bench.portal.access.member_id
    bound = {(one.event, one.handler.rpartition("/")[0]) for one in bench.portal.world.events.bindings}
    own = f"http://calls.example.com/crm/hooks/{await pool.fetchval('select id from crm_connectors')}"
    assert bound == {("ONEXTERNALCALLSTART", own), ("ONEXTERNALCALLBACKSTART", own)}
    (tab,) = bench.portal.world.placements
    assert (tab["PLACEMENT"], tab["HANDLER"].rpartition("/")[0]) == ("CALL_CARD", own.replace("/hooks/", "/card/"))
    looked = unescape(await (await root.send(f"{page}/check", {}, page=page)).text())
    assert "the application has the permissions it needs" in looked
    assert "give the portal a certificate" in looked
    # The same way back a second time: its state is used up, and so is the code.
    again = await root.look(back.raw_path_qs)
    assert URL(again.headers["Location"]).query_string == "refused=state"
    secrets = (bench.portal.app.secret, bench.portal.access.grants[-1].access)
    audit = str(await pool.fetch("select before, after from audit"))
    assert not any(one in shown + audit for one in secrets)


@pytest.mark.parametrize(
    ("query", "refused"),
    [
        ("code=x&state=forged", "state"),
        ("code=x", "state"),
        ("state={state}&error=access_denied", "denied"),
        ("code=forged&state={state}", "invalid_grant"),
    ],
)
async def test_a_way_back_that_is_not_ours_connects_nothing(
    root: Browser, bench: Bench, pool: Pool, query: str, refused: str
) -> None:
    page = await added(root, bench, pool)
    state = URL(await onward(root, page)).query["state"]
    answer = await root.look(f"/crm/oauth/office?{query.format(state=state)}")
    assert URL(answer.headers["Location"]).query["refused"] == refused
    assert await pool.fetchval("select count(*) from crm_tokens") == 0
    shown = await text_of(root, f"{page}?refused={refused}")
    assert any(
        words in shown for words in ("was not begun here", "let nobody in", "the sign-in has ended or was taken back")
    )


async def test_a_sign_in_begun_too_long_ago_is_not_taken(root: Browser, bench: Bench, pool: Pool) -> None:
    page = await added(root, bench, pool)
    state = URL(await onward(root, page)).query["state"]
    await pool.execute("update crm_connectors set state_until = now()")
    answer = await root.look(f"/crm/oauth/office?code={bench.portal.access.code(bench.portal.app, 1)}&state={state}")
    assert URL(answer.headers["Location"]).query_string == "refused=state"
    assert await pool.fetchval("select count(*) from crm_tokens") == 0


async def test_what_is_written_wrongly_is_told_at_its_field(root: Browser, bench: Bench, pool: Pool) -> None:
    for change, said in (
        ({"name": "Офис"}, "must be 1 to 40 of a-z"),
        ({"portal": "not an address"}, "must be the portal"),
        ({"portal": "https://user@x.ru"}, "must be the portal"),
        ({"oauth_url": "http://example.com/oauth"}, "must be an address that begins with https://"),
        ({"client_id": ""}, "is needed"),
        ({"secret": ""}, "is needed"),
        ({"active": "on"}, "connect the portal first"),
        ({"default_user": "x"}, "must be the number of a person"),
    ):
        answer = await root.send(PAGE, form_of(bench, **change), page=PAGE)
        assert (answer.status, said in unescape(await answer.text())) == (422, True), change
    page = await added(root, bench, pool)
    twice = await root.send(PAGE, form_of(bench), page=PAGE)
    assert "already" in await twice.text()
    saved = await root.send(page, form_of(bench, secret="", default_user="7", enterprise="on"), page=page)
    assert saved.status == 303
    (row,) = await pool.fetch("select default_user, enterprise, active from crm_connectors")
    assert tuple(row) == (7, True, False)
    assert (await root.send(f"{page}/remove", {}, page=page)).status == 303
    assert (await root.look(page)).status == 404


async def test_who_may_not_change_settings_sees_none_of_it(
    root: Browser, pool: Pool, add_person: AddPerson, database_url: str, valkey_url: str, data_dir: Path
) -> None:
    person = await add_person("chief", Role.SUPERVISOR, every_department=True)
    assert Right.SETTINGS_EDIT
    async with browsing_as(compose(database_url, valkey_url, data_dir), pool, person) as browser:
        assert (await browser.look(PAGE)).status == 403


async def test_another_portal_has_to_be_connected_anew(root: Browser, bench: Bench, pool: Pool) -> None:
    page = await added(root, bench, pool)
    let_in(bench, await text_of(root, page))
    async with aiohttp.ClientSession() as outside:
        answer = await outside.get(await onward(root, page), allow_redirects=False)
    await root.look(URL(answer.headers["Location"]).raw_path_qs)
    assert await pool.fetchval("select count(*) from crm_tokens") == 1
    moved = form_of(bench, portal="https://other.bitrix24.ru", active="on")
    assert (await root.send(page, moved, page=page)).status == 303
    assert await pool.fetchval("select count(*) from crm_tokens") == 0
    assert await pool.fetchval("select active from crm_connectors") is False


async def test_the_page_shows_how_far_the_newest_calls_came(root: Browser, bench: Bench, pool: Pool) -> None:
    scene = Scene(pool, bench.portal, bench.clock)
    bench.portal.world.add_user("Анна", inner="101")
    await scene.connect()
    bench.portal.world.rules.lead_error = "Lead creation is disabled"
    await scene.happens("simple_answered")
    await scene.deliver()
    bench.portal.world.rules.lead_error = ""
    await scene.happens("simple_no_answer")
    await scene.deliver()
    await scene.happens("simple_busy")
    await pool.execute("update crm_calls set phone = 'anonymous' where registered_at is null")
    await scene.deliver()
    bench.portal.chaos.page("*", 9)
    await scene.happens("outgoing_call")
    await scene.deliver()

    shown = unescape(await text_of(root, f"{PAGE}/{scene.connector}"))
    assert "Lead creation is disabled" in shown
    assert f"{bench.portal.url}crm/lead/details/1/" in shown
    assert "the portal does not take this for a telephone number" in shown
    assert "a server before the portal answered HTTP 502" in shown
    assert [shown.count(badge) for badge in (">given up<", ">waits<")] == [1, 1]


@pytest.mark.parametrize(
    ("what", "shown"),
    [("finish:again", True), ("record:1:2", True), ("transcript", True), ("cards:1", False)],
)
async def test_what_was_given_up_of_a_call_that_was_told_is_shown(
    root: Browser, bench: Bench, pool: Pool, what: str, shown: bool
) -> None:
    scene = Scene(pool, bench.portal, bench.clock)
    bench.portal.world.add_user("Анна", inner="101")
    await scene.connect()
    await scene.happens("simple_answered")
    await scene.deliver()
    for table, columns, values in (
        ("outbox_dead", "error_class, error, parks", "'permanent', 'no room there', false"),
        ("outbox_log", "took_ms, warning", "1, 'half of it'"),
    ):
        await pool.execute(
            f"insert into {table} (id, stream, kind, idem, payload, attempts, created_at, {columns}) "
            f"select 1000001, name, 'x', name || ':' || $1, '{{}}', 1, now(), {values} "
            "from (select 'bitrix24:' || connector_id || ':call:' || call_id as name from crm_calls) as s",
            what,
        )
    page = await text_of(root, f"{PAGE}/{scene.connector}")
    assert [words in page for words in ("no room there", "half of it")] == [shown, shown]


async def test_the_way_back_leads_over_the_public_listener_too(
    bench: Bench, pool: Pool, database_url: str, valkey_url: str, redis: Redis, data_dir: Path
) -> None:
    box, at = SecretBox(bytes.fromhex("11" * 32)), datetime.now(UTC)
    app, more = bench.portal.app, {"TRUNKLINE_WEB_WEBHOOK_PRIVATE_ADDRESSES": "127.0.0.0/8"}
    told = ConnectorFields("office", bench.portal.url, app.client_id, app.secret, bench.portal.oauth_url)
    async with pool.acquire() as connection:
        identifier = await save_connector(connection, box, None, told, ROOT, at)
        known = await find_connector(connection, identifier)
        state = URL(await begin(connection, known, at)).query["state"]
    code = bench.portal.access.code(app, 1)
    async with open_street(database_url, valkey_url, data_dir, **more) as street:
        answer = await street.client.get(f"/crm/oauth/office?code={code}&state={state}", allow_redirects=False)
    where = URL(answer.headers["Location"])
    assert (answer.status, where.path, where.query_string) == (303, f"{PAGE}/{identifier}", "connected=yes")
    assert where.port == 8080  # the pages' own listener, where the browser is signed in
    assert (
        box.open(await pool.fetchval("select access from crm_tokens")).decode() == bench.portal.access.grants[-1].access
    )


async def test_who_calls_back_those_that_ask_on_forms_is_chosen_on_the_page(
    root: Browser, bench: Bench, pool: Pool
) -> None:
    page = await added(root, bench, pool)
    await pool.execute("insert into queues (id, name, target) values ('sales', 'Sales', 'sales')")
    chosen = "select callback_queue from crm_connectors"
    for queue, status, then in (("sales", 303, "sales"), ("none", 404, "sales"), ("", 303, None)):
        answer = await root.send(f"{page}/callbacks", {"queue": queue}, page=page)
        assert (answer.status, await pool.fetchval(chosen)) == (status, then)
        if then:
            assert '<option value="sales" selected>Sales</option>' in await (await root.look(page)).text()
    assert await pool.fetchval("select count(*) from audit where action = 'crm.callbacks_chosen'") == 2


async def test_what_of_recordings_it_is_told_is_chosen_apart(root: Browser, bench: Bench, pool: Pool) -> None:
    page, asked = await added(root, bench, pool), "select records from crm_connectors"
    assert 'value="text" selected' in await text_of(root, page)
    assert (await root.send(f"{page}/records", {"records": "sound"}, page=page)).status == 303
    assert await pool.fetchval(asked) == "sound"
    assert 'value="sound" selected' in await text_of(root, page)
    answer = await root.send(f"{page}/records", {"records": "everything"}, page=page)
    assert (answer.status, await pool.fetchval(asked)) == (303, "sound")
    assert (await root.send(f"{PAGE}/nothing/records", {"records": "text"}, page=page)).status == 404
    deeds = await pool.fetch("select before, after from audit where action = 'crm.records_chosen'")
    assert [(deed["before"], deed["after"]) for deed in deeds] == [({"records": "text"}, {"records": "sound"})]
