"""Whose telephone rings has one card of the call in his chat: sent once, changed as the call goes on."""

from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm_sync.bots.cards import LATE, NOT_HIS
from crm_sync.bots.showing import DOUBTFUL, NOT_BOUND
from crm_sync.bots.store import Bot, unbind
from crm_sync.bots.telling import SQL, card_event, follow_seats
from tests.calls.dialogues import PBX
from tests.crm_sync.bots.desk import CHAT, Desk
from tests.crm_sync.scene import ROOT
from trunkline.calls.agents import Change
from trunkline.calls.agents_now import AgentNow, AgentState
from trunkline.calls.phone import Number
from trunkline.contacts.store import NewContact, put_contact
from trunkline.db.types import Pool
from trunkline.directory.values import ContactClass
from trunkline.outbox.append import append_many
from trunkline.outbox.wake import OUTBOX_WAKE

WARNINGS = "select distinct warning from outbox_log where warning <> ''"
NOTES = "select distinct note from outbox_log"


@pytest.fixture
async def bot(desk: Desk, anna: UUID) -> Bot:
    bot = await desk.connect()
    await desk.bind(bot, anna)
    return bot


async def client_of(pool: Pool) -> str:
    return str(await pool.fetchval("select client from calls where client <> '' limit 1"))


async def know(pool: Pool, **more: object) -> None:
    """Who calls in the dialogue is a client of ours."""
    told = {"klass": ContactClass.CLIENT, "company": "ООО Ромашка"} | more
    contact = NewContact("Иванов Иван", [Number(await client_of(pool))], "crm", str(uuid4()), **told)  # type: ignore[arg-type]
    async with pool.acquire() as connection, connection.transaction():
        await put_contact(connection, contact)


async def warnings(desk: Desk) -> list[str]:
    return [row["warning"] for row in await desk.pool.fetch(WARNINGS)]


async def test_the_card_is_sent_on_ring_and_changed_on_answer_and_end(desk: Desk, bot: Bot) -> None:
    await desk.pool.execute("update accounts set role = 'supervisor'")
    rest = await desk.rings()
    await know(desk.pool)
    await desk.deliver()
    assert desk.card().texts[0].splitlines()[:3] == ["Calls you", "Иванов Иван", "ООО Ромашка"]
    assert "client" in desk.card().texts[0]
    await desk.hear(rest)
    await desk.deliver(3)
    assert desk.card().texts[-1].startswith("Over, talked for ")
    assert [button["text"] for row in desk.card().keyboard for button in row] == [
        "Note",
        "Spam",
        "Call back",
        "Open the card",
    ]
    (link,) = [one["url"] for row in desk.card().keyboard for one in row if "url" in one]
    assert link == f"https://calls.example.com/card/calls/{await desk.pool.fetchval('select call_id from bot_cards')}"
    assert (await desk.waiting(), await warnings(desk)) == (0, [])


async def test_each_step_is_shown_in_the_same_message(desk: Desk, bot: Bot) -> None:
    for frame in [b"", *await desk.rings()]:
        if frame:
            await desk.hear([frame])
        await desk.deliver()
    said = [text.splitlines()[0] for text in desk.card().texts]
    assert said[0] == "Calls you"
    assert "You are talking" in said
    assert said[-1].startswith("Over, talked for ")
    sent = [method for method, _ in desk.telegram.asked if method == "sendMessage"]
    assert len(sent) == 1


async def test_a_missed_call_ends_so(desk: Desk, bot: Bot) -> None:
    await desk.hear(await desk.rings("caller_hangs_up_ringing"))
    await desk.deliver(3)
    assert desk.card().texts[-1].startswith("Missed: ")


async def test_a_debt_is_told_to_who_may_read_money(desk: Desk, bot: Bot, anna: UUID) -> None:
    await desk.rings()
    await know(desk.pool)
    await desk.pool.execute("update contacts set overdue = 120000")
    await desk.pool.execute("update accounts set grants = '{}' where person_id = $1", anna)
    await desk.deliver()
    assert "⚠" not in desk.card().texts[-1]
    await desk.pool.execute("update accounts set grants = array['money.read'] where person_id = $1", anna)
    await tell_again(desk)
    await desk.deliver()
    assert "⚠ Overdue" in desk.card().texts[-1]


async def tell_again(desk: Desk) -> None:
    """As if there were something new."""
    async with desk.pool.acquire() as connection, connection.transaction():
        (card,) = await connection.fetch("select number from bot_cards")
        rows = await connection.fetch(SQL["tell_of_card"], card["number"])
        await append_many(connection, [card_event(row) for row in rows])


async def test_who_may_not_use_the_card_is_shown_none(desk: Desk, bot: Bot, anna: UUID) -> None:
    await desk.rings()
    await desk.pool.execute("update accounts set role = 'marketer' where person_id = $1", anna)
    await desk.deliver()
    assert (desk.telegram.in_chat(CHAT), await warnings(desk)) == ([], [NOT_HIS])


async def test_a_card_that_is_late_is_not_sent_any_more(desk: Desk, bot: Bot) -> None:
    await desk.rings()
    desk.clock.goes_on(59)
    desk.telegram.fails("sendMessage", "flood")
    await desk.deliver()
    assert desk.telegram.in_chat(CHAT) == []
    await desk.deliver(3)
    assert desk.telegram.in_chat(CHAT) == []
    assert LATE in [row["note"] for row in await desk.pool.fetch(NOTES)]


async def test_a_ring_that_begins_later_is_in_time_again(desk: Desk, bot: Bot) -> None:
    """A queue comes back to who did not answer: the first ring was never shown, the next one is."""
    await desk.rings()
    desk.clock.goes_on(120)
    await desk.deliver()
    assert desk.telegram.in_chat(CHAT) == []
    call = await desk.pool.fetchval("select call_id from bot_cards")
    since = int(desk.clock.at.timestamp() * 1e6)
    rings = AgentNow("101", AgentState.RINGING, "leg", since, "", "", "", "sales")
    async with desk.pool.acquire() as connection, connection.transaction():
        assert await follow_seats(connection, [Change(PBX, call, "101", rings)]) == {OUTBOX_WAKE}
    await desk.deliver()
    assert desk.card().texts[0].startswith("Calls you")


async def test_nothing_goes_to_a_chat_that_was_unbound_or_is_stopped(desk: Desk, bot: Bot, anna: UUID) -> None:
    await desk.rings()
    async with desk.pool.acquire() as connection, connection.transaction():
        await unbind(connection, bot, anna, ROOT, desk.clock.at)
    await desk.deliver()
    assert (desk.telegram.asked, await warnings(desk)) == ([], [NOT_BOUND])
    await desk.bind(bot, anna)
    desk.telegram.blocked.add(CHAT)
    await desk.rings(copy=1)
    await desk.deliver(3)
    assert desk.telegram.in_chat(CHAT) == []
    assert await desk.pool.fetchval("select blocked_at is not null from bot_chats")
    await desk.rings(copy=2)
    assert await desk.waiting() == 0


async def test_telegrams_pause_is_kept_by_the_chat_alone(desk: Desk, bot: Bot) -> None:
    """crm.md §5: 429 with parameters.retry_after, a message a second; neither costs an attempt or holds the bot."""
    await desk.rings()
    await desk.rings(copy=1)
    desk.telegram.fails("sendMessage", "flood")
    await desk.deliver()
    (paused,) = await desk.pool.fetch("select max(due - now()) as longest from outbox_streams")
    assert 1 < paused["longest"].total_seconds() <= 3
    assert desk.telegram.in_chat(CHAT) == []
    assert await desk.pool.fetchval("select count(*) from outbox_accounts where state <> 'closed'") == 0
    await desk.deliver()
    assert len(desk.telegram.in_chat(CHAT)) == 1
    await desk.deliver()
    assert len(desk.telegram.in_chat(CHAT)) == 2


@pytest.mark.parametrize("how", ["lost", "html", "broken"])
async def test_a_card_whose_answer_was_lost_is_never_sent_twice(desk: Desk, bot: Bot, how: str) -> None:
    """Telegram knows no key of ours (crm.md §6): what may be there is left."""
    rest = await desk.rings()
    desk.telegram.fails("sendMessage", how)
    await desk.deliver(3)
    await desk.hear(rest)
    await desk.deliver(6)
    assert len(desk.telegram.in_chat(CHAT)) == (1 if how == "lost" else 0)
    assert (await desk.waiting(), await warnings(desk)) == (0, [DOUBTFUL])


async def test_what_never_left_us_is_sent_again(desk: Desk, bot: Bot) -> None:
    await desk.rings()
    address = await desk.pool.fetchval("select api_url from bots")
    await desk.pool.execute("update bots set api_url = 'http://127.0.0.1:9'")
    await desk.deliver()
    await desk.pool.execute("update bots set api_url = $1", address)
    await desk.pool.execute("delete from outbox_accounts")
    await desk.deliver(3)
    assert desk.card().texts[0].startswith("Calls you")


async def test_a_card_he_deleted_comes_never_back(desk: Desk, bot: Bot) -> None:
    """400 "message to edit not found"."""
    rest = await desk.rings()
    await desk.deliver()
    desk.telegram.shown.clear()
    await desk.hear(rest)
    await desk.deliver(4)
    assert (desk.telegram.in_chat(CHAT), await desk.waiting()) == ([], 0)
    assert await desk.pool.fetchval("select count(*) from outbox_dead") == 0


FAULTS = st.lists(
    st.tuples(
        st.sampled_from(["sendMessage", "editMessageText"]),
        st.sampled_from(["flood", "lost", "html", "broken", "reset"]),
    ),
    max_size=4,
)
DIALOGUES = ["simple_answered", "queue_ring_no_answer_then_second_agent", "caller_hangs_up_ringing", "blind_transfer"]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(DIALOGUES),
    faults=FAULTS,
    cuts=st.lists(st.integers(1, 12), min_size=1, max_size=5),
    repeated=st.booleans(),
)
async def test_at_most_one_card_of_each_person_and_call_is_ever_seen(
    desk: Desk, bot: Bot, boris: UUID, name: str, faults: list[tuple[str, str]], cuts: list[int], repeated: bool
) -> None:
    """Whatever Telegram does, however what the PBX says is cut, and though some of it is said twice."""
    await desk.bind(bot, boris, 6006)
    await desk.start_anew()
    desk.telegram.faults[:] = faults
    frames, place = desk.call(name), 0
    while place < len(frames):
        size = cuts[place % len(cuts)]
        await desk.hear(frames[place : place + size])
        if repeated:
            await desk.hear(frames[max(0, place - 2) : place + size])
        place += size
        await desk.deliver()
        await desk.pool.execute("delete from outbox_accounts")
    for _ in range(8):
        await desk.deliver()
        await desk.pool.execute("delete from outbox_accounts")
    for chat in (CHAT, 6006):
        calls = await desk.pool.fetchval("select count(distinct call_id) from bot_cards where chat_id = $1", str(chat))
        assert len(desk.telegram.in_chat(chat)) <= calls
    if max(cuts) == 1:  # larger bites may hold a whole ringing
        assert await desk.pool.fetchval("select count(*) from bot_cards where chat_id = $1", str(CHAT)) > 0
    if not any(method == "sendMessage" and how != "flood" for method, how in faults):
        asked = "select count(*) from bot_cards where asked_at is not null"  # others are late, by the desk's clock
        assert len(desk.telegram.shown) == await desk.pool.fetchval(asked)
    assert (await desk.waiting(), await desk.pool.fetchval("select count(*) from outbox_dead")) == (0, 0)
