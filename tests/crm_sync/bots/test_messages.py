"""What rules tell people in their chats: once, with a button to the message; nothing where he stopped the bot."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from crm_sync.bots.messages import NO_CHAT, MessageDeliverer
from crm_sync.bots.saying import account_name
from tests.crm_sync.bots.desk import CHAT, Desk
from trunkline.messages.channels import CHAT_KIND
from trunkline.messages.store import SQL as MESSAGES
from trunkline.outbox.accounts import release
from trunkline.outbox.append import append
from trunkline.outbox.worker import OutboxWorker


async def tell(desk: Desk, person: UUID, base: str = "https://calls.example.com", page: str = "/messages/1") -> None:
    payload = {"person": str(person), "subject": "Лид", "text": "Иванов: Окна", "page": page}
    payload["at"] = datetime.now(UTC).isoformat()
    bot = await desk.pool.fetchrow(MESSAGES["bot_to_write_by"], person)
    payload |= {} if bot is None else {"messenger": bot["kind"], "bot": str(bot["id"])}
    async with desk.pool.acquire() as connection, connection.transaction():
        await append(connection, f"chat:{person}", CHAT_KIND, f"message:{uuid4()}", payload)
    await deliver(desk, base)


async def deliver(desk: Desk, base: str = "https://calls.example.com") -> None:
    desk.clock.goes_on()
    await desk.pool.execute("update outbox_streams set due = now(), lease = '-infinity', waiting = null")
    async with desk.chats() as chats:
        await OutboxWorker(desk.pool, None, [MessageDeliverer(chats, base, "I see to it")]).drain()


@pytest.mark.parametrize(
    ("base", "page", "buttons"),
    [
        ("https://calls.example.com", "/messages/1", 1),
        ("http://localhost:8080", "/messages/1", 0),
        ("https://calls.example.com", "", 0),
    ],
)
async def test_it_stands_in_his_chat(desk: Desk, anna: UUID, base: str, page: str, buttons: int) -> None:
    await desk.bind(await desk.connect(), anna)
    await tell(desk, anna, base, page)
    (shown,) = desk.telegram.in_chat(CHAT)
    assert shown.texts == ["Иванов: Окна"]
    assert len(shown.keyboard) == buttons
    if buttons:
        assert shown.keyboard[0][0]["url"] == base + page


async def test_a_lost_connection_is_tried_again(desk: Desk, anna: UUID) -> None:
    await desk.bind(await desk.connect(), anna)
    desk.telegram.fails("sendMessage", "broken", "flood")
    await tell(desk, anna)
    for _ in range(3):
        await deliver(desk)
    assert len(desk.telegram.in_chat(CHAT)) == 1


async def test_a_token_that_is_known_no_more_holds_its_own_bots_messages(desk: Desk, anna: UUID) -> None:
    """And connecting it again lets them go."""
    bot = await desk.connect()
    await desk.bind(bot, anna)
    known, desk.telegram.token = desk.telegram.token, f"{desk.telegram.token}x"
    await tell(desk, anna)
    held = await desk.pool.fetch("select account from outbox_accounts where state <> 'closed'")
    assert [row["account"] for row in held] == [f"telegram:{bot.id}"]
    desk.telegram.token = known
    async with desk.pool.acquire() as connection:
        await release(connection, account_name("telegram", str(bot.id)))  # as the page does that connects it anew
    await deliver(desk)
    assert len(desk.telegram.in_chat(CHAT)) == 1


async def test_who_has_no_chat_is_sent_nothing(desk: Desk, anna: UUID) -> None:
    await desk.connect()
    await tell(desk, anna)
    assert await desk.pool.fetchval("select warning from outbox_log") == NO_CHAT


async def test_who_stopped_the_bot_is_left_alone(desk: Desk, anna: UUID) -> None:
    await desk.bind(await desk.connect(), anna)
    desk.telegram.blocked.add(CHAT)
    for _ in range(2):
        await tell(desk, anna)
    assert len([method for method, _ in desk.telegram.asked if method == "sendMessage"]) == 1
    assert await desk.pool.fetchval("select blocked_at is not null from bot_chats")
