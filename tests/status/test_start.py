"""The page of the first steps: from nothing to done on a real database, and who is led there."""

import time
from datetime import UTC, datetime
from uuid import uuid4

from redis.asyncio import Redis

from tests.fakes.ami_server import AmiServer
from tests.lines.test_unknown import call
from tests.people.company import PASSWORD, AddPerson
from tests.people.web import Browser, another, session_of
from tests.status.test_setup import pbx_at
from tests.web.composed import text_of
from trunkline.alarms.alarm import Severity, clear_alarm, raise_alarm
from trunkline.db.partitions import ensure_partitions
from trunkline.db.types import Pool
from trunkline.ids import uuid7
from trunkline.pbx.devices import PROVED_AT, device_key
from trunkline.people.roles import Role
from trunkline.status.way import STEPS, standings
from trunkline.status.way_store import read_facts
from trunkline.status.way_watch import way_watch_key

START = "/settings/start"
SITE = {"name": "Doors", "hosts": "doors.ru", "consent": "full", "take": "need", "hold_minutes": "15", "active": "on"}
SITE |= {"beat_seconds": "25", "target_seconds": "45", "unique_days": "30", "campaign_days": "14"}


async def states(pool: Pool, redis: Redis) -> dict[str, str]:
    """Where each step stands."""
    now = datetime.now(UTC)
    async with pool.acquire() as connection:
        return {one.step.key: one.seen.state.value for one in standings(await read_facts(connection, redis, now), now)}


async def test_the_whole_way_from_nothing_to_done(
    browser: Browser, pool: Pool, redis: Redis, add_person: AddPerson
) -> None:
    text = await text_of(browser, START)
    assert ("0 of 9 steps" in text, "No PBX is connected yet." in text, 'href="/setup"' in text) == (True, True, True)
    assert set((await states(pool, redis)).values()) == {"open"}

    async with AmiServer() as server:
        await browser.send("/setup", pbx_at(server), page="/setup")
    assert "office is not heard yet" in await text_of(browser, START)
    async with pool.acquire() as connection:
        facts = {"pbx": "office", "node": "n", "reason": "Authentication failed"}
        title = "The PBX %(pbx)s refuses the login of %(node)s: %(reason)s"
        await raise_alarm(connection, "pbx.login:office:n", Severity.CRITICAL, title, facts)
        assert "refuses the login of n: Authentication failed" in await text_of(browser, START)
        await clear_alarm(connection, "pbx.login:office:n")
    await redis.hset(device_key("office"), PROVED_AT, str(time.time()))
    assert "office is heard." in await text_of(browser, START)

    await call(pool, "+74957654321")
    part = await browser.look(START, **{"HX-Request": "true", "HX-Target": "first-steps", "X-By-Itself": "yes"})
    polled = await part.text()
    assert ("1 call since" in polled, "1 number that was called is no line yet" in polled) == (True, True)
    assert "<h1" not in polled
    line = {"as": "line", "dialled": "+74957654321", "pbx": "office", "back": START}
    assert (await browser.send("/lines/unknown", line, page=START)).headers["Location"] == START
    assert (await states(pool, redis))["modes"] == "open", "a new line is only observed"
    text = await text_of(browser, START)
    assert "Observed: 1, advised: 0, routed: 0." in text

    await pool.execute("insert into contacts (id, name) values (gen_random_uuid(), 'Anna')")
    await browser.send("/spam", {"number": "+79160000000", "note": ""}, page="/spam")
    await browser.send("/sites", SITE, page="/sites/new")
    key = await pool.fetchval("select key from tracking_sites")
    assert "Doors has no numbers yet" in await text_of(browser, START)
    place = {"placement": "main", "number": "+74957654321", "pool": "", "selectors": ""}
    await browser.send(f"/sites/{key}/placements", place, page=f"/sites/{key}")
    assert "https://doors.ru/?trunkline=explain" in await text_of(browser, START)
    async with pool.acquire() as connection:
        await ensure_partitions(connection, datetime.now(UTC).date())
    await pool.execute(
        "insert into visits (id, visitor, site_id, started_at, seen_at, landing, referrer, agent, consent)"
        " select $1, $1, id, now(), now(), '', '', '', 'full' from tracking_sites",
        uuid7(time.time()),
    )
    await add_person("boris", Role.AGENT, extension="101")
    await pool.execute(
        "insert into crm_connectors (id, kind, name, portal, oauth_url, client_id, secret, active)"
        " values ($1, 'onec', 'base', 'https://1c.example', '', '', '', true)",
        uuid4(),
    )
    for mode, state in (("advise", "under-way"), ("route", "done")):
        await browser.send("/lines/mode", {"number": "+74957654321", "mode": mode, "back": "/lines"}, page="/lines")
        assert (await states(pool, redis))["modes"] == state

    assert set((await states(pool, redis)).values()) == {"done"}
    assert "Nothing waits any more." in await text_of(browser, START)
    assert browser.app is not None
    await browser.app[way_watch_key].look()
    assert await pool.fetchval("select person_id is null from first_steps_left where step = 'way'")
    assert "way-hint" not in await text_of(browser, "/settings")
    await pool.execute("delete from crm_connectors")
    await browser.app[way_watch_key].look()
    assert "way-hint" not in await text_of(browser, "/settings"), "a way that is over stays over"


async def test_a_step_is_left_out_and_the_reminder_leads_back_until_it_is_put_off(browser: Browser, pool: Pool) -> None:
    for step in ("crm", "sites"):
        await browser.send(START, {"step": step, "left": "yes"}, page=START)
    text = await text_of(browser, START, language="ru")
    assert ("Шаги: 2 из 9" in text, text.count("пропущено")) == (True, 2)
    await browser.send(START, {"step": "crm", "left": "no"}, page=START)
    assert "1 of 9 steps" in await text_of(browser, START)
    assert (await browser.send(START, {"step": "nothing", "left": "yes"}, page=START)).status == 400
    audit = await pool.fetch("select action, object_id from audit where object_kind = 'start' order by id")
    assert [tuple(row) for row in audit] == [("start.left", "crm"), ("start.left", "sites"), ("start.taken_up", "crm")]

    text = await text_of(browser, "/contacts/import")
    assert ("Step 3 of 9: Contacts" in text, "1 of 9" in text, 'class="way-hint"' in text) == (True, True, True)
    other = await text_of(browser, "/settings/audit")
    assert ("way-hint" in other, "Step " in other) == (True, False)

    for left, shown in (("yes", False), ("no", True)):
        await browser.send(START, {"step": "way", "left": left}, page=START)
        assert ("way-hint" in await text_of(browser, "/contacts/import")) is shown
        assert ("Remind me no more" in await text_of(browser, START)) is shown
    for one in STEPS:
        await browser.send(START, {"step": one.key, "left": "yes"}, page=START)
    assert "way-hint" not in await text_of(browser, "/settings")
    assert await pool.fetchval("select count(*) from first_steps_left where step = 'way'") == 1


async def test_who_signs_in_is_led_there_if_he_may_take_them(
    browser: Browser, pool: Pool, add_person: AddPerson
) -> None:
    assert browser.app is not None
    people = {role: await add_person(role.value, role) for role in (Role.ADMINISTRATOR, Role.SUPERVISOR)}
    await browser.app[way_watch_key].look()
    for role, asked, led in (
        (Role.ADMINISTRATOR, "", START),
        (Role.ADMINISTRATOR, "/calls", "/calls"),
        (Role.SUPERVISOR, "", "/"),
    ):
        assert await _landing(browser, role.value, asked) == led
    for role, person in people.items():
        leads = role is Role.ADMINISTRATOR
        async with another(browser, await session_of(pool, browser.app, person)) as somebody:
            assert (await somebody.look(START)).status == (200 if leads else 403)
            assert ("way-hint" in await text_of(somebody, "/settings/account")) is leads
            sent = await somebody.send(START, {"step": "way", "left": "yes"}, page="/settings/account")
            assert sent.status == (303 if leads else 403)
    assert await _landing(browser, Role.ADMINISTRATOR.value, "") == "/", "the administrator wants no reminder"


async def _landing(browser: Browser, login: str, asked: str) -> str:
    """Where somebody is sent by the login page."""
    fields = {"login": login, "password": PASSWORD} | ({"next": asked} if asked else {})
    async with another(browser) as somebody:
        return (await somebody.send("/login", fields)).headers["Location"]
