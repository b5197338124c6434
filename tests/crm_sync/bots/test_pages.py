"""A bot is connected and removed on its page; everybody gets the link for his own chat on another."""

import asyncio
import re
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path
from uuid import UUID

import pytest
from redis.asyncio import Redis

from tests.fakes.max_messenger import max_messenger
from tests.fakes.telegram import FakeTelegram
from tests.fakes.vkteams import vkteams
from tests.fakes.waiting import eventually
from tests.people.company import AddPerson
from tests.people.web import Browser
from tests.web.composed import browsing_as, compose, text_of
from trunkline.db.types import Pool
from trunkline.people.roles import Role

PAGE, OWN = "/settings/bots", "/settings/messenger"
WAITS = "select exists (select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock')"
LOOPBACK = {"TRUNKLINE_WEB_WEBHOOK_PRIVATE_ADDRESSES": "127.0.0.0/8"}
SITES = {"TRUNKLINE_SERVER_SITES_URL": "https://calls.example.com"}


def sent(token: str, api_url: str, kind: str = "telegram") -> dict[str, str]:
    return {"kind": kind, f"{kind}_token": token, f"{kind}_api_url": api_url}


@pytest.fixture
async def root(
    database_url: str, valkey_url: str, redis: Redis, data_dir: Path, pool: Pool, add_person: AddPerson
) -> AsyncIterator[Browser]:
    person = await add_person("root", Role.ADMINISTRATOR, every_department=True, every_line=True)
    app = compose(database_url, valkey_url, data_dir, **LOOPBACK, **SITES)
    async with browsing_as(app, pool, person) as browser:
        yield browser


async def test_a_bot_is_connected_and_its_token_is_never_seen_again(
    root: Browser, fake: FakeTelegram, pool: Pool
) -> None:
    answer = await root.send(PAGE, sent(fake.token, fake.url), page=PAGE)
    assert answer.status == 303
    assert re.fullmatch(r"https://calls\.example\.com/bots/telegram/[\w-]{22}", fake.hook["url"])
    assert re.fullmatch(r"[\w-]{22}", fake.hook["secret_token"])
    assert set(fake.hook["allowed_updates"]) == {"message", "callback_query", "my_chat_member"}
    shown = await text_of(root, PAGE)
    assert "@office_calls_bot" in shown
    audit = str(await pool.fetch("select before, after from audit"))
    rows = str([dict(row) for row in await pool.fetch("select * from bots")])
    assert not any(secret in shown + audit + rows for secret in (fake.token, fake.hook["secret_token"]))
    (known,) = await pool.fetch("select id from bots")
    # Another token of the same bot: everybody keeps his chat.
    fake.token = fake.token[:-1] + "x"
    assert (await root.send(PAGE, sent(fake.token, fake.url), page=PAGE)).status == 303
    assert await pool.fetchval("select id from bots") == known["id"]
    fake.bot_id += 1
    assert (await root.send(PAGE, sent(fake.token, fake.url), page=PAGE)).status == 303
    assert await pool.fetchval("select id from bots") != known["id"]
    assert (await root.send(f"{PAGE}/remove", {"kind": "telegram"}, page=PAGE)).status == 303
    assert (fake.hook, await pool.fetchval("select count(*) from bots")) == ({}, 0)


async def test_of_two_who_connect_the_first_bot_at_once_one_is_told_so(
    root: Browser, fake: FakeTelegram, pool: Pool
) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(
            "insert into bots (id, kind, api_url, token, remote_id, username, connected_at) "
            "values (gen_random_uuid(), 'telegram', $1, '', '5', 'other_bot', now())",
            fake.url,
        )
        sending = asyncio.create_task(root.send(PAGE, sent(fake.token, fake.url), page=PAGE))
        await eventually(lambda: pool.fetchval(WAITS))
    answer = await sending
    assert (answer.status, "somebody else connects a bot" in await answer.text()) == (422, True)
    assert [row["username"] for row in await pool.fetch("select username from bots")] == ["other_bot"]


async def test_what_does_not_connect_is_told_in_words(root: Browser, fake: FakeTelegram, pool: Pool) -> None:
    wrong = "700100:BBFakeTokenOfATestsBot_0123456789ab"
    for told, said in (
        (("hello", fake.url), "must be the token as @BotFather gives it"),
        ((wrong, "http://api.telegram.org"), "must be an address that begins with https://"),
        ((wrong, fake.url), "Telegram does not know this token"),
        ((wrong, "https://10.0.0.7"), "is a private address"),
    ):
        answer = await root.send(PAGE, sent(*told), page=PAGE)
        text = unescape(await answer.text())
        assert (answer.status, said in text, wrong in text) == (422, True, False), text
    assert await pool.fetchval("select count(*) from bots") == 0


async def test_without_an_address_in_the_world_nothing_can_be_connected(
    database_url: str,
    valkey_url: str,
    redis: Redis,
    data_dir: Path,
    pool: Pool,
    add_person: AddPerson,
    fake: FakeTelegram,
) -> None:
    person = await add_person("root", Role.ADMINISTRATOR, every_department=True, every_line=True)
    app = compose(database_url, valkey_url, data_dir, **LOOPBACK)
    async with browsing_as(app, pool, person) as browser:
        assert "Telegram and MAX have to reach us" in await text_of(browser, PAGE)
        answer = await browser.send(PAGE, sent(fake.token, fake.url), page=PAGE)
        assert (answer.status, fake.asked) == (422, [])
        assert "server.sites_url" in await answer.text()


async def test_an_agent_binds_his_own_chat_and_sees_what_became_of_it(
    database_url: str,
    valkey_url: str,
    redis: Redis,
    data_dir: Path,
    pool: Pool,
    anna: UUID,
    root: Browser,
    fake: FakeTelegram,
) -> None:
    app = compose(database_url, valkey_url, data_dir, **LOOPBACK, **SITES)
    async with browsing_as(app, pool, anna) as browser:
        assert "No bot is connected" in await text_of(browser, OWN)
        assert (await root.send(PAGE, sent(fake.token, fake.url), page=PAGE)).status == 303
        answer = await browser.send(OWN, {"kind": "telegram"}, page=OWN)
        assert answer.headers["Cache-Control"] == "no-store"
        (link,) = set(re.findall(r'href="(https://t\.me/office_calls_bot\?start=[\w-]{22})"', await answer.text()))
        assert link.rpartition("=")[2] not in await text_of(browser, OWN)
        bot = await pool.fetchval("select id from bots")
        await pool.execute("insert into bot_chats values ($1, $2, '5001', now())", bot, anna)
        assert "Bound" in await text_of(browser, OWN)
        await pool.execute("update bot_chats set blocked_at = now()")
        assert "You have stopped the bot" in await text_of(browser, OWN)
        assert "he has stopped the bot" in await text_of(root, PAGE)
        assert (await browser.send(f"{OWN}/unbind", {"kind": "telegram"}, page=OWN)).status == 303
        assert await pool.fetchval("select count(*) from bot_chats") == 0
        await pool.execute("insert into bot_chats values ($1, $2, '5001', now())", bot, anna)
        assert (await root.send(f"{PAGE}/unbind", {"kind": "telegram", "person": str(anna)}, page=PAGE)).status == 303
        assert await pool.fetchval("select count(*) from bot_chats") == 0
        assert (await browser.look(PAGE)).status == 403
    assert await pool.fetchval("select count(*) from audit where action = 'bot.unbound'") == 2


async def test_each_messenger_has_a_bot_of_its_own(
    database_url: str,
    valkey_url: str,
    redis: Redis,
    data_dir: Path,
    pool: Pool,
    root: Browser,
    fake: FakeTelegram,
) -> None:
    """MAX posts to us, VK Teams is asked: it needs no address of ours in the world."""
    async with vkteams() as teams, max_messenger() as third:
        for one, kind in ((fake, "telegram"), (teams, "vkteams"), (third, "max")):
            assert (await root.send(PAGE, sent(one.token, one.url, kind), page=PAGE)).status == 303
        assert re.fullmatch(r"https://calls\.example\.com/bots/max/[\w-]{22}", third.hook["url"])
        assert third.hook["secret"] != fake.hook["secret_token"]
        assert [row["kind"] for row in await pool.fetch("select kind from bots order by kind")] == [
            "max", "telegram", "vkteams",
        ]  # fmt: skip
        told = await (await root.send(OWN, {"kind": "max"}, page=OWN)).text()
        assert re.search(r'href="https://max\.ru/office_bot\?start=[\w-]{22}"', told)
        told = await (await root.send(OWN, {"kind": "vkteams"}, page=OWN)).text()
        assert re.search(r"/start [\w-]{22}", told)
        await pool.execute("update bots set trouble = 'is away' where kind = 'vkteams'")
        shown = await text_of(root, PAGE)
        assert "could not be asked what is said to it: is away" in shown
        assert not any(one.token in shown for one in (fake, teams, third))
        assert (await root.send(f"{PAGE}/remove", {"kind": "max"}, page=PAGE)).status == 303
        assert (third.hook, await pool.fetchval("select count(*) from bots")) == ({}, 2)
        assert (await root.send(f"{PAGE}/remove", {"kind": "icq"}, page=PAGE)).status == 404
        person = await pool.fetchval("select person_id from accounts")
        app = compose(database_url, valkey_url, data_dir, **LOOPBACK)
        async with browsing_as(app, pool, person) as inside:
            assert (await inside.send(PAGE, sent(teams.token, teams.url, "vkteams"), page=PAGE)).status == 303
