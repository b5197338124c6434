"""The page of the house's state, the banner over every page and the landing page of the settings."""

import os
import time
from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path

import msgspec
import pytest
from redis.asyncio import Redis

from tests.people.company import AddPerson
from tests.people.web import Browser, another, session_of
from tests.web.composed import browsing_as, compose, text_of
from trunkline.alarms.alarm import Severity, clear_alarm, raise_alarm
from trunkline.db.types import Pool
from trunkline.directory.values import Head, PbxBrief
from trunkline.diskguard import Bounds, Usage
from trunkline.pbx.devices import PROVED_AT, device_key
from trunkline.people.roles import Role
from trunkline.status.look import links, processes
from trunkline.status.part import (
    LinkSeen,
    Mood,
    ProcessSeen,
    disk_part,
    health_part,
    link_part,
    numbering_part,
    process_part,
    spool_part,
)
from trunkline.status.watch import watch_key
from trunkline.supervise import ProcessState, processes_file

NOW = 1_800_000_000.0
BOUNDS = Bounds(free_mb=1000, spool_mb=100)
DAY = date(2026, 8, 6)
GONE = 2**22 + 1
"""A process id above the largest Linux gives by default."""


@pytest.fixture
async def browser(
    database_url: str, valkey_url: str, redis: Redis, data_dir: Path, pool: Pool, add_person: AddPerson
) -> AsyncIterator[Browser]:
    """A browser with an administrator signed in."""
    person = await add_person("root", Role.ADMINISTRATOR)
    app = compose(database_url, valkey_url, data_dir, TRUNKLINE_LIMITS_DISK_FREE_MB="1")
    async with browsing_as(app, pool, person) as browser:
        yield browser


def publish(data_dir: Path, **states: ProcessState) -> None:
    """What the supervisor says."""
    path = processes_file(data_dir)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.encode(states))


def test_moods() -> None:
    steady, shaky = ProcessState(1, NOW - 900), ProcessState(1, NOW - 1, 3, -9, NOW - 2)
    told = [
        process_part(ProcessSeen("web", steady, runs=True), NOW),
        process_part(ProcessSeen("web", shaky, runs=True), NOW),
        process_part(ProcessSeen("web", shaky, runs=False), NOW),
        health_part("database", None),
        health_part("database", "no answer within 1 s"),
        health_part("valkey", "no answer within 1 s"),
        link_part(LinkSeen("office", 3.0)),
        link_part(LinkSeen("office", 31.0)),
        link_part(LinkSeen("office", None)),
        disk_part(Usage(1000, 0), BOUNDS),
        disk_part(Usage(999, 0), BOUNDS),
        disk_part(Usage(249, 0), BOUNDS),
        spool_part(49 << 20, BOUNDS),
        spool_part(50 << 20, BOUNDS),
        spool_part(90 << 20, BOUNDS),
    ]
    ok, warn, bad = Mood.OK, Mood.WARN, Mood.BAD
    assert [part.mood for part in told] == [
        *(ok, warn, bad),
        *(ok, bad, warn),
        *(ok, bad, bad),
        *(ok, warn, bad),
        *(ok, warn, bad),
    ]
    assert all(bool(part.remedy) is (part.mood is not Mood.OK) for part in told)


@pytest.mark.parametrize(
    ("dated", "mood", "words"),
    [
        ({}, Mood.OK, "none was imported"),
        ({"9": DAY, "4": DAY}, Mood.OK, "0 days old; codes 4xx, 9xx"),
        ({"9": DAY, "4": DAY - timedelta(89)}, Mood.OK, "89 days old"),
        ({"9": DAY, "4": DAY - timedelta(90)}, Mood.WARN, "90 days old"),
    ],
)
def test_the_oldest_registry_counts(dated: dict[str, date], mood: Mood, words: str) -> None:
    part = numbering_part(dated, DAY)

    assert (part.mood, words in part.text) == (mood, True)
    assert ("Import the newest files" in part.remedy) is (mood is Mood.WARN)


def test_a_process_that_ended_does_not_run(data_dir: Path) -> None:
    assert processes(data_dir) == []
    publish(
        data_dir,
        question=ProcessState(os.getpid(), 100.0),
        web=ProcessState(os.getpid(), 100.0, 1, 1, 101.0),
        pbx=ProcessState(GONE, 100.0),
        worker=ProcessState(),
    )
    assert {seen.name: seen.runs for seen in processes(data_dir)} == {"question": True, "web": False, "pbx": False}


async def test_links_are_judged_by_their_proofs(redis: Redis) -> None:
    head = Head(pbxs={name: PbxBrief(name, kind) for name, kind in [("a", "asterisk"), ("b", "asterisk"), ("c", "x")]})
    await redis.hset(device_key("a"), mapping={PROVED_AT: NOW - 5})
    assert list(await links(redis, head, NOW)) == [LinkSeen("a", 5.0), LinkSeen("b", None)]


async def test_the_page_tells_each_part(browser: Browser, pool: Pool, data_dir: Path) -> None:
    publish(data_dir, question=ProcessState(os.getpid(), time.time()), pbx=ProcessState(GONE, 100.0, 1, -9, 101.0))
    async with pool.acquire() as connection:
        await raise_alarm(connection, "disk:a", Severity.WARNING, "The disk of %(node)s", {"node": "<a>"})
    text = await text_of(browser, "/settings/status")
    for word in ("question", "does not run; it ended with SIGKILL", "PostgreSQL", "Directory", "The disk of &lt;a&gt;"):
        assert word in text
    assert "Numbering registry" in text
    assert "MB free" in text
    assert "wait to be stored" in text
    assert "Something is broken." in text
    part = await browser.look("/settings/status", **{"HX-Request": "true", "HX-Target": "status-parts"})
    assert "<html" not in await part.text()
    assert "Состояние" in await text_of(browser, "/settings/status", language="ru")


async def test_what_burns_is_over_every_page_and_goes_when_it_is_out(
    browser: Browser, pool: Pool, data_dir: Path, add_person: AddPerson
) -> None:
    assert browser.app is not None
    watch = browser.app[watch_key]
    await watch.look()
    assert "banner-bad" not in await text_of(browser, "/settings")
    publish(data_dir, worker=ProcessState(GONE, 100.0))
    async with pool.acquire() as connection:
        await raise_alarm(connection, "a", Severity.CRITICAL, "The CRM refuses us")
        await raise_alarm(connection, "b", Severity.WARNING, "A little late")
        await watch.look()
        text = await text_of(browser, "/settings")
        assert "The process worker does not run." in text
        assert "The CRM refuses us" in text
        assert "A little late" not in text
        assert text.count('href="/settings/status"') > 2
        agent = await session_of(pool, browser.app, await add_person("boris", Role.AGENT))
        async with another(browser, agent) as somebody:
            seen = await text_of(somebody, "/contacts")
            assert ("The CRM refuses us" in seen, 'href="/settings/status"' in seen) == (True, False)
        await clear_alarm(connection, "a")
    publish(data_dir, worker=ProcessState(os.getpid(), 100.0))
    await watch.look()
    assert "banner-bad" not in await text_of(browser, "/settings")


async def test_a_full_disk_is_over_every_page(
    database_url: str, valkey_url: str, redis: Redis, data_dir: Path, pool: Pool, add_person: AddPerson
) -> None:
    app = compose(database_url, valkey_url, data_dir, TRUNKLINE_LIMITS_DISK_FREE_MB=str(1 << 40))
    async with browsing_as(app, pool, await add_person("root", Role.ADMINISTRATOR)) as browser:
        await app[watch_key].look()
        assert "MB left" in await text_of(browser, "/settings")
        async with pool.acquire() as connection:
            node = app[watch_key].fire.shortages[0]
            await raise_alarm(connection, node.key, Severity.CRITICAL, node.title, node.facts)
        await app[watch_key].look()
        assert (await text_of(browser, "/settings")).count("MB left") == 1


async def test_the_settings_show_what_may_be_opened(browser: Browser, pool: Pool, add_person: AddPerson) -> None:
    text = await text_of(browser, "/settings")
    for path in ("/settings/people", "/settings/status", "/contacts/import", "/settings/account"):
        assert f'href="{path}"' in text
    assert browser.app is not None
    agent = await session_of(pool, browser.app, await add_person("boris", Role.AGENT))
    async with another(browser, agent) as somebody:
        text = await text_of(somebody, "/settings")
        assert ('href="/settings/account"' in text, 'href="/settings/people"' in text) == (True, False)


@pytest.mark.parametrize(("path", "part"), [("/settings/status", "status-parts"), ("/setup", "setup-numbers")])
async def test_a_page_that_looks_again_keeps_no_session_alive(
    browser: Browser, pool: Pool, path: str, part: str
) -> None:
    text = await text_of(browser, path)
    poller = text[text.index(f'<div hidden data-polls hx-get="{path}"') :].partition("</div>")[0]
    assert f'hx-target="#{part}"' in poller
    assert '"X-By-Itself": "yes"' in poller

    await pool.execute("update sessions set seen_at = seen_at - interval '10 minutes'")
    before = await pool.fetchval("select seen_at from sessions")
    headers = {"X-By-Itself": "yes", "HX-Request": "true", "HX-Target": part}
    again = await (await browser.look(path, **headers)).text()
    assert await pool.fetchval("select seen_at from sessions") == before
    assert "data-polls" not in again, "the part alone is sent"
    assert "<h1" not in again
