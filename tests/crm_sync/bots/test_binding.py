"""An employee's chat: bound by a code, once, by himself; private; switched off where he stops the bot."""

from datetime import timedelta
from uuid import UUID

import pytest

from crm_sync.bots.store import CODE_FOR, make_code
from tests.crm_sync.bots.desk import CHAT, Desk
from tests.people.company import AddPerson
from trunkline.people.roles import Role

BOUND = "select person_id, chat_id, blocked_at is not null as stopped from bot_chats order by chat_id"
DEEDS = "select action from audit where action like 'bot.%' order by id"
STRANGER = "I do not know you."


async def bound(desk: Desk) -> list[tuple[UUID, int, bool]]:
    return [(row[0], int(row[1]), row[2]) for row in await desk.pool.fetch(BOUND)]


async def code_of(desk: Desk, person: UUID) -> str:
    async with desk.pool.acquire() as connection:
        return await make_code(connection, person, desk.clock.at)


async def test_a_link_binds_the_chat_of_who_follows_it_once(desk: Desk, anna: UUID) -> None:
    await desk.connect()
    code = await code_of(desk, anna)
    assert await desk.says(f"/start {code}") == ["Anna, from now on you see here who calls you."]
    assert await bound(desk) == [(anna, CHAT, False)]
    (again,) = await desk.says(f"/start@office_calls_bot {code}", chat=6006)
    assert "used already" in again
    assert await bound(desk) == [(anna, CHAT, False)]
    assert (await desk.says("hello"))[0].startswith("Here you see who calls you")
    assert [row["action"] for row in await desk.pool.fetch(DEEDS)] == ["bot.connected", "bot.bound"]
    assert code not in str(await desk.pool.fetch("select * from bot_codes")) + str(await desk.pool.fetch(DEEDS))


async def test_a_stranger_is_answered_when_he_starts_and_once_a_minute(desk: Desk, anna: UUID) -> None:
    await desk.bind(await desk.connect(), anna)
    for text in ("hello", "/on", ""):
        assert await desk.says(text, chat=6006) == []
    assert await desk.pool.fetchval("select count(*) from bot_updates") == 0
    answered = [told for _ in range(4) for told in await desk.says("/start", chat=6006)]
    assert all(told.startswith(STRANGER) for told in answered)
    assert len(answered) in {1, 2}, "a minute may have gone by in between"
    (known,) = await desk.says("/start")
    assert known.startswith("Here you see who calls you")


async def test_a_code_is_good_for_ten_minutes_and_the_last_one_only(desk: Desk, anna: UUID) -> None:
    await desk.connect()
    first, second = await code_of(desk, anna), await code_of(desk, anna)
    assert "used already" in (await desk.says(f"/start {first}"))[0]
    await desk.pool.execute("update bot_codes set until = until - $1::interval", CODE_FOR + timedelta(hours=1))
    assert "used already" in (await desk.says(f"/start {second}", chat=6006))[0]
    assert await bound(desk) == []


async def test_who_may_not_sign_in_any_more_binds_nothing(desk: Desk, anna: UUID) -> None:
    await desk.connect()
    code = await code_of(desk, anna)
    await desk.pool.execute("update people set active = false")
    assert "used already" in (await desk.says(f"/start {code}"))[0]
    assert await bound(desk) == []


async def test_a_chat_is_one_persons_and_a_person_has_one(desk: Desk, anna: UUID, add_person: AddPerson) -> None:
    boris = await add_person("boris", Role.AGENT, name="Boris")
    bot = await desk.connect()
    await desk.bind(bot, anna)
    await desk.bind(bot, boris)
    assert await bound(desk) == [(boris, CHAT, False)]
    await desk.bind(bot, boris, 7007)
    assert await bound(desk) == [(boris, 7007, False)]


@pytest.mark.parametrize("kind", ["group", "supergroup", "channel"])
async def test_nothing_is_heard_in_a_group(desk: Desk, anna: UUID, kind: str) -> None:
    await desk.connect()
    code = await code_of(desk, anna)
    assert await desk.telegram.says(desk.http, CHAT, f"/start {code}", type=kind) == 200
    assert (await bound(desk), await desk.waiting()) == ([], 0)


async def test_an_update_that_is_posted_again_changes_nothing(desk: Desk, anna: UUID) -> None:
    """API, setWebhook: what got no 200 comes again; here the 200 was lost."""
    await desk.bind(await desk.connect(), anna)
    for _ in range(3):
        assert await desk.telegram.says(desk.http, CHAT, "hello", number=900) == 200
    await desk.deliver(3)
    assert len(desk.telegram.in_chat(CHAT)) == 1


@pytest.mark.parametrize(
    ("path", "header", "body", "status"),
    [
        ("", "forged", b"{}", 404),
        ("", "", b"{}", 404),
        ("x", None, b"{}", 404),
        ("", None, b"no update", 400),
        ("", None, b'{"update_id": "x"}', 400),
        ("", None, b'{"update_id": 1}', 200),
        ("", None, b" " * (256 * 1024 + 1), 413),
        ("", None, b" " * (256 * 1024), 400),
    ],
)
async def test_only_telegram_is_heard(desk: Desk, path: str, header: str | None, body: bytes, status: int) -> None:
    await desk.connect()
    told = desk.telegram.hook["secret_token"] if header is None else header
    headers = {"X-Telegram-Bot-Api-Secret-Token": told, "Content-Type": "application/json"}
    async with desk.http.post(desk.telegram.hook["url"] + path, data=body, headers=headers) as answer:
        assert answer.status == status


async def test_who_stops_the_bot_is_left_alone_until_he_binds_again(desk: Desk, anna: UUID) -> None:
    """Told by my_chat_member at once, or by the 403 of a message (crm.md §5)."""
    bot = await desk.connect()
    await desk.bind(bot, anna)
    assert await desk.telegram.says(desk.http, CHAT, "hello") == 200
    desk.telegram.blocked.add(CHAT)
    await desk.deliver()
    assert await bound(desk) == [(anna, CHAT, True)]
    assert (await desk.waiting(), await desk.pool.fetchval("select count(*) from outbox_dead")) == (0, 0)
    assert await desk.pool.fetchval("select count(*) from outbox_accounts where state <> 'closed'") == 0
    desk.telegram.blocked.clear()
    await desk.bind(bot, anna)
    assert await bound(desk) == [(anna, CHAT, False)]
    left = {"my_chat_member": {"chat": {"id": CHAT, "type": "private"}, "new_chat_member": {"status": "kicked"}}}
    assert await desk.telegram.update(desk.http, left) == 200
    assert await bound(desk) == [(anna, CHAT, True)]
    assert [row["action"] for row in await desk.pool.fetch(DEEDS)].count("bot.blocked") == 2
