"""Leads are told to who may take them, the first who presses has one, and every other message says whose it is."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from crm_sync.bots.following import Following
from crm_sync.bots.store import Bot
from tests.crm_sync.bots.desk import CHAT, Desk
from tests.fakes.telegram import Shown
from tests.missed.told import CLIENT, Heard, tell
from tests.reports.calls import NOON, SALES
from trunkline.leads.hand import CloseLead, Hand, PassLead, Reason, close, pass_on, take
from trunkline.leads.reading import find_lead
from trunkline.people.audit import Actor
from trunkline.people.credentials import person_identity

OTHER = 6006
TAKEN = "select taken_by, assigned_at from lead_clocks"


@pytest.fixture
async def bot(desk: Desk, anna: UUID, boris: UUID) -> Bot:
    """Anna's and Boris's chats."""
    bot = await desk.connect()
    await desk.bind(bot, anna)
    await desk.bind(bot, boris, OTHER)
    await desk.pool.execute("insert into lines (id, number, name) values ($1, $2, 'Sales')", uuid4(), SALES)
    return bot


async def comes(desk: Desk, client: str = CLIENT, minutes: float = 2) -> UUID:
    """A missed call opens a lead."""
    minute = (datetime.now(UTC) - NOON) / timedelta(minutes=1) - minutes
    await tell(desk.pool, Heard(minute, client=client))
    found: UUID = await desk.pool.fetchval("select id from leads where phone = $1", client)
    return found


async def follow(desk: Desk) -> None:
    """The worker looks, and delivers."""
    await Following(desk.pool, None).one_round(desk.clock.at)
    await desk.deliver(2)


async def press(desk: Desk, shown: Shown, data: str, chat: int = CHAT) -> str:
    before = len(desk.telegram.answers)
    assert await desk.telegram.presses(desk.http, shown, data, chat=chat) == 200
    await desk.deliver(2)
    return "".join(text for _, text in desk.telegram.answers[before:])


async def hand_of(desk: Desk, person: UUID) -> Hand:
    row = await desk.pool.fetchrow("select * from person_identities where person_id = $1", person)
    assert row is not None
    return Hand(person_identity(row), Actor(person, row["name"], "test"), datetime.now(UTC))


async def test_who_presses_first_has_it_and_the_others_see_whose_it_is(desk: Desk, bot: Bot, anna: UUID) -> None:
    lead = await comes(desk)
    await follow(desk)
    await follow(desk)
    hers, his = desk.card(), desk.card(OTHER)
    assert hers.texts == his.texts
    assert hers.texts[0].startswith("A new lead, to be taken by")
    assert "+7 916 123-45-67" in hers.texts[0]
    data = his.button("Take")
    assert await press(desk, hers, hers.button("Take")) == "It is yours."
    assert await press(desk, his, data, OTHER) == "Taken by Anna"
    assert await press(desk, hers, data) == "This button is good no more."  # of another chat
    assert [one.texts[-1].partition("\n")[0] for one in (hers, his)] == ["A lead of yours", "Taken by Anna"]
    assert not any(one["text"] == "Take" for card in (hers, his) for row in card.keyboard for one in row)
    assert [tuple(row) for row in await desk.pool.fetch(TAKEN)] == [(anna, None)]
    assert await desk.pool.fetchval("select via from audit where action = 'lead.taken'") == "bot office_calls_bot"
    assert (await desk.waiting(), len(desk.telegram.shown)) == (0, 2)
    await follow(desk)
    assert len(hers.texts) == 2
    async with desk.pool.acquire() as connection, connection.transaction():
        await close(connection, await hand_of(desk, anna), lead, CloseLead(Reason.TALKED))
    await follow(desk)
    assert [one.texts[-1].partition("\n")[0] for one in (hers, his)] == ["The lead is closed"] * 2


async def test_a_supervisor_does_not_take_over_by_the_button(desk: Desk, bot: Bot, anna: UUID, boris: UUID) -> None:
    await desk.pool.execute("update accounts set role = 'supervisor' where person_id = $1", boris)
    lead = await comes(desk)
    await follow(desk)
    his = desk.card(OTHER)
    data = his.button("Take")
    async with desk.pool.acquire() as connection, connection.transaction():
        await take(connection, await hand_of(desk, anna), lead)
    assert await press(desk, his, data, OTHER) == "Taken by Anna"
    assert await desk.pool.fetchval("select taken_by from lead_clocks") == anna
    assert his.texts[-1].startswith("Taken by Anna")


async def test_a_lead_that_is_given_is_told_to_whom_alone(desk: Desk, bot: Bot, anna: UUID, boris: UUID) -> None:
    lead = await comes(desk)
    async with desk.pool.acquire() as connection, connection.transaction():
        seen = await find_lead(connection, (await hand_of(desk, anna)).asker, lead)
        assert seen.taken_at is None
        await pass_on(connection, await hand_of(desk, anna), lead, PassLead(boris))
    await follow(desk)
    assert desk.telegram.in_chat(CHAT) == []
    assert desk.card(OTHER).texts[-1].startswith("A lead of yours")


@pytest.mark.parametrize("how", ["line", "role", "old", "stopped"])
async def test_who_may_not_take_it_is_told_nothing(desk: Desk, bot: Bot, anna: UUID, boris: UUID, how: str) -> None:
    if how == "line":
        await desk.pool.execute("update accounts set every_line = false where person_id = $1", boris)
    elif how == "role":
        await desk.pool.execute("update accounts set role = 'marketer' where person_id = $1", boris)
    elif how == "stopped":
        await desk.pool.execute("update bot_chats set blocked_at = now() where person_id = $1", boris)
    await comes(desk, minutes=20 if how == "old" else 2)
    await follow(desk)
    assert desk.telegram.in_chat(OTHER) == []
    assert len(desk.telegram.in_chat(CHAT)) == (0 if how == "old" else 1)


async def test_rights_taken_away_meanwhile_take_nothing(desk: Desk, bot: Bot, anna: UUID) -> None:
    await comes(desk)
    await follow(desk)
    hers = desk.card()
    await desk.pool.execute("update accounts set role = 'marketer' where person_id = $1", anna)
    assert await press(desk, hers, hers.button("Take")) == "You may not do this."
    assert await desk.pool.fetchval("select taken_at from lead_clocks") is None


async def test_a_message_whose_answer_was_lost_is_not_sent_twice_and_a_press_finds_it(desk: Desk, bot: Bot) -> None:
    desk.telegram.fails("sendMessage", "lost", "lost")
    await comes(desk)
    await follow(desk)
    assert (len(desk.telegram.in_chat(CHAT)), len(desk.telegram.in_chat(OTHER))) == (1, 1)
    hers = desk.card()
    assert await press(desk, hers, hers.button("Take")) == "It is yours."
    await desk.deliver(2)
    assert hers.texts[-1].startswith("A lead of yours")
    assert len(desk.telegram.in_chat(CHAT)) == 1
