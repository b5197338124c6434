"""A button does what the card's page does: once, with the rights of that moment, for its own person alone."""

from dataclasses import dataclass
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_sync.bots.buttons import Action, spelled, understood
from crm_sync.bots.pressing import LONGEST_NOTE
from crm_sync.bots.store import Bot
from crm_sync.bots.told import BOTS
from tests.calls.dialogues import PBX
from tests.crm_sync.bots.desk import BOT, CHAT, Desk
from trunkline.calls.phone import Number
from trunkline.contacts.store import NewContact, put_contact
from trunkline.crypto import SecretBox
from trunkline.outbox.told import ToldState, told_of_call

BOX = SecretBox(b"k" * 32)
SPAM = "select person from spam_personal"
NOTED = "select text, number, person_id from contact_notes"
DEEDS = "select action, via from audit where action not like 'bot.%' and via like 'bot %' order by id"


@dataclass
class Chat:
    """Anna's, with a card of a call that is over."""

    desk: Desk
    bot: Bot

    async def press(self, label: str, chat: int = CHAT, **more: object) -> str:
        """What she is told."""
        card = self.desk.card()
        before = len(self.desk.telegram.answers)
        data = str(more.pop("data", "")) or card.button(label)
        assert await self.desk.telegram.presses(self.desk.http, card, data, chat=chat, **more) == 200
        await self.desk.deliver()
        ((_, told),) = self.desk.telegram.answers[before:]
        return told


@pytest.fixture
async def chat(desk: Desk, anna: UUID) -> Chat:
    bot = await desk.connect()
    await desk.bind(bot, anna)
    await desk.pool.execute("update accounts set role = 'supervisor'")
    await desk.hear(await desk.rings())
    await desk.deliver(2)
    return Chat(desk, bot)


async def deeds(chat: Chat) -> list[str]:
    return [row["action"] for row in await chat.desk.pool.fetch(DEEDS)]


async def test_a_note_is_the_next_message_and_only_that(chat: Chat, anna: UUID) -> None:
    assert await chat.press("Note") == "Write the note now, in one message."
    assert await chat.desk.says("Wants <b>two</b> windows") == ["The note is kept with the number."]
    assert (await chat.desk.says("hello"))[0].startswith("Here you see who calls you")
    (row,) = await chat.desk.pool.fetch(NOTED)
    client = await chat.desk.pool.fetchval("select client from calls")
    assert tuple(row) == ("Wants <b>two</b> windows", client, anna)
    assert await deeds(chat) == ["card.noted"]


async def test_a_note_may_be_too_late_or_too_long(chat: Chat) -> None:
    await chat.press("Note")
    (told,) = await chat.desk.says("x" * (LONGEST_NOTE + 1))
    assert told.startswith("The note is too long")
    await chat.press("Note")
    await chat.desk.pool.execute("update bot_chats set noting_until = noting_until - interval '1 hour'")
    assert (await chat.desk.says("late"))[0].startswith("Here you see")
    assert await chat.desk.pool.fetch(NOTED) == []


async def test_pressed_twice_it_is_done_once(chat: Chat) -> None:
    assert await chat.press("Spam") == "The number is on the company's own list."
    assert await chat.press("Spam") == "Done before."
    assert [row["person"] for row in await chat.desk.pool.fetch(SPAM)] == ["Anna"]
    assert await deeds(chat) == ["spam.listed"]


async def test_whom_we_know_is_no_spam_and_may_be_listed_once_nobody_knows_him(chat: Chat) -> None:
    known = NewContact("Иванов Иван", [Number(await chat.desk.pool.fetchval("select client from calls"))], "crm", "7")
    async with chat.desk.pool.acquire() as connection, connection.transaction():
        await put_contact(connection, known)
    assert await chat.press("Spam") == "The number belongs to a contact; change the contact first"
    assert (await chat.desk.pool.fetch(SPAM), await deeds(chat)) == ([], [])
    await chat.desk.pool.execute("truncate contacts cascade")
    assert await chat.press("Spam") == "The number is on the company's own list."


async def test_a_press_waits_for_no_story_of_the_card(chat: Chat) -> None:
    """The story locks spoken numbers, then cards; "Spam" comes to the former: had it the card, they would deadlock."""
    async with chat.desk.pool.acquire() as connection, connection.transaction():
        await connection.execute("update bot_cards set tellings = tellings")
        assert await chat.press("Spam") == "The number is on the company's own list."


async def test_call_back_rings_her_own_telephone_once(chat: Chat, anna: UUID) -> None:
    pool = chat.desk.pool
    assert (await chat.press("Call back")).startswith("No PBX lets Trunkline dial")
    settings = {"members_username": "trunkline-members", "members_dials": True}
    await pool.execute("insert into pbxs (id, name, kind, settings) values ($1, 'O', 'asterisk', $2)", PBX, settings)
    await pool.execute("update dial_rules set active = false")
    refused = await chat.press("Call back")
    assert (refused != "", await pool.fetchval("select count(*) from dials")) == (True, 0)
    await pool.execute("update dial_rules set active = true")
    assert (await chat.press("Call back")).startswith("Your phone rings")
    assert await chat.press("Call back") == "Done before."
    (row,) = await pool.fetch("select number, agent, person_id from dials")
    assert tuple(row) == (await pool.fetchval("select client from calls limit 1"), "101", anna)
    assert await deeds(chat) == ["call.dialled"]


async def test_rights_are_those_of_the_moment(chat: Chat) -> None:
    await chat.desk.pool.execute("update accounts set role = 'agent'")
    assert await chat.press("Spam") == "You may not do this."
    await chat.desk.pool.execute("update people set active = false")
    assert await chat.press("Note") == "This button is good no more."
    assert await chat.desk.pool.fetch(SPAM) == []


async def test_a_button_is_good_in_its_own_chat_alone(chat: Chat, boris: UUID) -> None:
    await chat.desk.bind(chat.bot, boris, 6006)
    assert await chat.press("Spam", chat=6006) == "This button is good no more."
    assert await chat.press("", data="spam.1.forged") == "This button is good no more."
    await chat.desk.bind(chat.bot, boris, CHAT)  # his from now on
    assert await chat.press("Spam") == "This button is good no more."
    assert await chat.desk.pool.fetch(SPAM) == []


async def test_a_press_finds_the_card_whose_answer_was_lost(desk: Desk, anna: UUID) -> None:
    await desk.bind(await desk.connect(), anna)
    desk.telegram.fails("sendMessage", "lost")
    rest = await desk.rings()
    await desk.deliver(2)
    await desk.hear(rest)
    await desk.deliver(2)
    assert len(desk.card().texts) == 1
    await desk.telegram.presses(desk.http, desk.card(), desk.card().button("Note"))
    await desk.deliver(3)
    assert desk.card().texts[-1].startswith("Over, talked for")


@given(
    st.sampled_from(Action),
    st.integers(1, 10**12),
    st.integers(-(2**52), 2**52),
    st.integers(0, 60),
    st.binary(min_size=1, max_size=1),
)
def test_a_button_that_was_changed_is_none(action: Action, card: int, chat: int, place: int, byte: bytes) -> None:
    data = spelled(BOX, BOT, str(chat), action, card)
    assert len(data.encode()) <= 64
    assert understood(BOX, BOT, str(chat), data) == (action, card)
    assert understood(BOX, BOT, str(chat + 1), data) is None
    changed = bytearray(data.encode())
    changed[place % len(changed)] = byte[0]
    told = changed.decode(errors="surrogateescape")
    assert understood(BOX, BOT, str(chat), told) == ((action, card) if told == data else None)


async def test_who_is_gone_after_his_press_costs_the_bot_nothing(chat: Chat) -> None:
    card = chat.desk.card()
    assert await chat.desk.telegram.presses(chat.desk.http, card, card.button("Note"), gone=True) == 200
    await chat.desk.deliver()
    assert await chat.desk.pool.fetchval("select count(*) from outbox_accounts where state <> 'closed'") == 0
    assert await chat.desk.pool.fetchval("select warning from outbox_log order by id desc limit 1") == (
        "Forbidden: user is deactivated"
    )


async def test_a_calls_timeline_tells_whose_chat_it_was_shown_in(chat: Chat) -> None:
    async with chat.desk.pool.acquire() as connection:
        call = await connection.fetchval("select id from calls")
        told = await told_of_call(connection, BOTS, call)
        assert await told_of_call(connection, BOTS, UUID(int=5)) == []
    assert {(one.system, one.what, one.state) for one in told} == {
        ("Telegram · Anna", "who calls", ToldState.DELIVERED)
    }
