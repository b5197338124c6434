"""`/settings/pbxs`: a PBX in the cloud is added, changed, and shows what it sent."""

import html
import re
from urllib.parse import urlencode

import pytest

from tests.pbx.zadarma.test_told import ANSWERED, START, records
from tests.people.web import Browser
from tests.web.composed import text_of
from trunkline.crypto import token_hash
from trunkline.db.types import Pool
from trunkline.errors import InvalidInput
from trunkline.pbx.hooks.commanding import Fate
from trunkline.pbx.hooks.form import read_form
from trunkline.pbx.hooks.port import Provider, SettingKind, Verdict
from trunkline.pbx.hooks.providers import PROVIDERS
from trunkline.pbx.hooks.record import HookRecord
from trunkline.pbx.hooks.store import keep_heard
from trunkline.pbx.hooks.words import VERDICTS
from trunkline.pbx.zadarma import PROVIDER

HERE = "/settings/pbxs"
NEW = f"{HERE}/new/zadarma"
FIELDS = {
    "id": "cloud",
    "name": "Cloud & Co",
    "secret": "api-secret",
    "zone": "Asia/Yekaterinburg",
    "places": "sales = 0-1\n\n office=0-3 ",
    "sounds": "",
    "forwarding": "",
    "language": "ru",
    "networks": "185.45.152.40/30",
    "active": "on",
}


MANGO = {
    "id": "cloud",
    "name": "Mango",
    "key": "code",
    "salt": "key-for-signatures",
    "networks": "",
    "active": "on",
    "zone": "Europe/Moscow",
}


async def test_a_pbx_is_added_and_its_address_is_shown_once(browser: Browser, pool: Pool) -> None:
    assert "No PBX in the cloud" in await text_of(browser, HERE)
    answer = await browser.send(NEW, FIELDS, page=NEW)
    text = await answer.text()
    found = re.search(r"/router/v1/hooks/zadarma/([\w-]{43})", text)

    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert found is not None
    (row,) = await pool.fetch("select * from pbxs where id = 'cloud'")
    assert (row["token_hashes"], row["kind"], row["deadline_ms"]) == ([token_hash(found[1])], "zadarma", 400)
    assert row["settings"]["places"] == {"sales": "0-1", "office": "0-3"}
    assert b"api-secret" not in row["secrets"]
    shown = await text_of(browser, f"{HERE}/cloud")
    assert found[1] not in shown
    assert "api-secret" not in shown
    assert "sales = 0-1" in shown
    assert "It does not tell of transfers" in shown
    assert "Cloud &amp; Co" in await text_of(browser, HERE)


async def test_it_is_changed_and_gets_another_address(browser: Browser, pool: Pool) -> None:
    await browser.send(NEW, FIELDS, page=NEW)
    page = f"{HERE}/cloud"
    before = await pool.fetchval("select secrets from pbxs where id = 'cloud'")
    changed = await browser.send(page, FIELDS | {"secret": "", "zone": "Europe/Moscow", "active": ""}, page=page)
    again = await browser.send(f"{page}/address", {}, page=page)

    assert changed.status == 303
    assert "/router/v1/hooks/zadarma/" in await again.text()
    (row,) = await pool.fetch("select active, settings ->> 'zone' as zone, token_hashes, secrets from pbxs")
    assert (row["active"], row["zone"], len(row["token_hashes"])) == (False, "Europe/Moscow", 2)
    assert row["secrets"] == before


async def test_the_last_requests_stand_there_with_their_verdicts(browser: Browser, pool: Pool) -> None:
    await browser.send(NEW, FIELDS, page=NEW)
    forged = HookRecord("cloud", "zadarma", START, "", "POST", "", "a=<b>", b"event=NOTIFY_START", "forged")
    async with pool.acquire() as connection:
        await keep_heard(connection, [(records(ANSWERED)[1], 3), (forged, 0)])
    shown = await text_of(browser, f"{HERE}/cloud")

    assert "NOTIFY_INTERNAL" in shown
    assert "refused: another signature, so a wrong secret" in shown
    assert "a=&lt;b&gt;" in shown


async def test_commands_stand_among_the_requests_with_what_came_of_them(browser: Browser, pool: Pool) -> None:
    await browser.send(f"{HERE}/new/mango", MANGO, page=f"{HERE}/new/mango")
    told = [
        HookRecord("cloud", "mango", START, "", "POST", "commands/route", "", body, fate.value, {}, f"so-{place}")
        for place, fate in enumerate(Fate)
        for body in [urlencode({"entry_id": f"e{place}", "json": '{"to_number":"101"}'}).encode()]
    ]
    async with pool.acquire() as connection:
        await keep_heard(connection, [(one, 0) for one in told])
    shown = await text_of(browser, f"{HERE}/cloud")

    for place, said in enumerate(("taken", "refused", "no answer, not repeated", "not needed any more")):
        assert f"our command: {said}" in shown
        assert f"so-{place}" in shown


def test_every_verdict_has_words() -> None:
    assert {*VERDICTS} == {one.value for one in (*Verdict, *Fate)}


async def test_mistakes_stand_beside_their_fields(browser: Browser, pool: Pool) -> None:
    wrong = {"id": "A B", "name": "", "secret": "", "zone": "Moscow", "places": "sales", "networks": "everywhere"}
    answer = await browser.send(NEW, FIELDS | wrong, page=NEW)

    assert answer.status == 422
    for label in ("Short name: ", "Name: ", "Secret: ", "The account&#39;s time zone: ", "Queues and boxes there: "):
        assert label in await answer.text()
    await pool.execute("insert into pbxs (id, name, kind) values ('office', 'Office', 'asterisk')")
    assert (await browser.send(NEW, FIELDS | {"id": "office"}, page=NEW)).status == 422
    assert (await browser.get(f"{HERE}/office")).status == 404
    assert await pool.fetchval("select count(*) from pbxs where kind = 'zadarma'") == 0


@pytest.mark.parametrize("provider", PROVIDERS.values(), ids=PROVIDERS)
async def test_every_provider_is_added_as_its_form_proposes(browser: Browser, pool: Pool, provider: Provider) -> None:
    page = f"{HERE}/new/{provider.name}"
    told = {one.name: one.default or ("79161234567" if one.required else "") for one in provider.settings}
    usual = told | {"id": "cloud", "name": "Cloud"}
    shown = html.unescape(await text_of(browser, page))
    answer = await browser.send(page, usual, page=page)

    assert all(one.default in shown for one in provider.settings)
    assert answer.status == 200
    kept = await pool.fetchval("select settings from pbxs where id = 'cloud'")
    open_kinds = {SettingKind.TEXT, SettingKind.ZONE, SettingKind.PAIRS, SettingKind.FLAG, SettingKind.URL}
    assert set(kept) == {one.name for one in provider.settings if one.kind in open_kinds}


def test_the_secret_before_stays_good_until_the_next() -> None:
    told = read_form(PROVIDER, FIELDS | {"secret": "new"}, {"secret": "old", "secret_before": "older"}, taken=False)

    assert (told.secrets, told.new_secrets) == ({"secret": "new", "secret_before": "old"}, True)
    assert not read_form(PROVIDER, FIELDS | {"secret": ""}, told.secrets, taken=False).new_secrets


@pytest.mark.parametrize(
    ("field", "value"),
    [("networks", "1.2.3.4/33"), ("places", "= 0-1"), ("zone", "../x"), ("language", "x" * 201), ("secret", "a\nb")],
)
def test_a_wrong_value_names_its_field(field: str, value: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        read_form(PROVIDER, FIELDS | {field: value}, {}, taken=False)

    assert [mistake.path for mistake in raised.value.mistakes] == [field]


async def test_a_pbx_that_dials_needs_its_keys(browser: Browser, pool: Pool) -> None:
    answer = await browser.send(NEW, FIELDS | {"dials": "on", "api_url": "https://api.zadarma.com"}, page=NEW)
    assert answer.status == 422
    assert "Calls are begun through it: needs what is missing here: Key of its API" in await answer.text()

    told = FIELDS | {"dials": "on", "api_url": "https://api.zadarma.com", "api_key": "its-api-key"}
    assert (await browser.send(NEW, told, page=NEW)).status == 200
    (row,) = await pool.fetch("select settings, secrets from pbxs where id = 'cloud'")
    assert (row["settings"]["dials"], row["settings"]["api_url"]) == (True, "https://api.zadarma.com")
    assert b"its-api-key" not in row["secrets"]
    shown = await text_of(browser, f"{HERE}/cloud")
    assert "its-api-key" not in shown
    assert re.search(r'name="dials"[^>]* checked', shown)
    assert "Calls can be begun through it: click-to-call, callbacks." in shown

    changed = {**told, "secret": "", "api_key": "", "dials": ""}
    assert (await browser.send(f"{HERE}/cloud", changed, page=f"{HERE}/cloud")).status == 303
    assert await pool.fetchval("select settings -> 'dials' from pbxs where id = 'cloud'") is False


@pytest.mark.parametrize(
    "url",
    ["http://api.zadarma.com", "https://a@b.ru", "https://", "api.zadarma.com", "https://a.ru/?q", "https://a.ru/\nx"],
)
def test_keys_are_sent_to_an_address_with_https_alone(url: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        read_form(PROVIDER, FIELDS | {"api_url": url}, {}, taken=False)

    assert [mistake.path for mistake in raised.value.mistakes][:1] == ["api_url"]


BEELINE = {"id": "bee", "name": "Beeline", "token": "a-token-of-the-api", "users": "", "api": "", "active": "on"}


async def test_one_that_is_subscribed_to_needs_no_address(browser: Browser, pool: Pool) -> None:
    new = f"{HERE}/new/beeline"
    answer = await browser.send(new, BEELINE, page=new)
    text = await answer.text()

    assert answer.status == 200
    assert "/router/v1/hooks/" not in text
    assert "not subscribed yet" in text
    assert len(await pool.fetchval("select token_hashes from pbxs where id = 'bee'")) == 1
    await pool.execute("update pbx_subscriptions set id = 's', until = '2026-08-07 09:00+00', due_at = 'infinity'")
    shown = await text_of(browser, f"{HERE}/bee")
    assert re.search(r"subscribed</span>\s*until\s", shown)
    assert "not subscribed" not in shown
    await pool.execute("update pbx_subscriptions set trouble = 'refused', said = 'HTTP 401 <b>'")
    shown = await text_of(browser, f"{HERE}/bee")
    assert "Its API refuses the token." in shown
    assert "HTTP 401 &lt;b&gt;" in shown
    assert "The last subscription ends" in shown


async def test_a_new_address_and_new_settings_of_it_are_tried_at_once(browser: Browser, pool: Pool) -> None:
    new, page = f"{HERE}/new/beeline", f"{HERE}/bee"
    await browser.send(new, BEELINE, page=new)
    (first,) = await pool.fetch("select address, token_hashes from pbx_subscriptions join pbxs on pbxs.id = pbx")
    await pool.execute("update pbx_subscriptions set due_at = 'infinity', fails = 9")
    answer = await browser.send(f"{page}/address", {}, page=page)

    assert "/router/v1/hooks/" not in await answer.text()
    (second,) = await pool.fetch("select address, token_hashes from pbx_subscriptions join pbxs on pbxs.id = pbx")
    assert second["address"] != first["address"]
    assert second["token_hashes"][1:] == first["token_hashes"]
    assert await pool.fetchval("select due_at < now() + interval '1 minute' from pbx_subscriptions")
    await pool.execute("update pbx_subscriptions set due_at = 'infinity'")
    await browser.send(page, BEELINE | {"token": "another-token-of-the-api"}, page=page)
    assert await pool.fetchval("select due_at <= now() and fails = 0 from pbx_subscriptions")
