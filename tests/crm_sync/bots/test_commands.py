"""What an employee tells the bot is done as on the pages: with his rights, within his reach, in the audit log."""

from functools import partial
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from tests.calls.dialogues import PBX
from tests.crm_sync.bots.desk import CHAT, Desk
from trunkline.calls.applier import CallApplier
from trunkline.calls.follow import follow_calls
from trunkline.missed.rules import KeptRules

STATES = "select person_id, state::text as state, reason from presence_states"
CLIENT = "+79161234567"


@pytest.fixture
async def chat(desk: Desk, anna: UUID) -> Desk:
    await desk.bind(await desk.connect(), anna)
    return desk


async def test_one_says_what_the_page_of_presence_says(chat: Desk, anna: UUID) -> None:
    for text, told, state, reason in (
        ("/break  lunch", "You have a break.", "break", "lunch"),
        ("/on never mind", "You are online.", "online", ""),
        ("/break\nlate lunch", "You have a break.", "break", "late lunch"),
        ("/OFF@office_calls_bot", "You are offline.", "offline", ""),
    ):
        assert await chat.says(text) == [told]
        (row,) = await chat.pool.fetch(STATES)
        assert (row["person_id"], row["state"], row["reason"]) == (anna, state, reason)
    deeds = await chat.pool.fetch("select person_id, via from audit where action like 'presence.%'")
    assert {tuple(row) for row in deeds} == {(anna, "bot office_calls_bot")}
    assert len(deeds) == 4
    (told,) = await chat.says(f"/break {'x' * 101}")
    assert told == "Reason: at most 100 characters"


async def test_what_one_has_no_right_to_is_not_done(chat: Desk, anna: UUID) -> None:
    (listed,) = await chat.says("what?")
    assert "/on — take calls" in listed
    assert "/queue" not in listed
    assert await chat.says("/queue") == ["You may not do this."]
    await chat.pool.execute("update accounts set role = 'supervisor', every_department = true")
    assert await chat.says("/queue") == ["Nobody waits in a queue."]
    await chat.pool.execute("update people set active = false")
    assert await chat.says("/on") == []
    assert (await chat.says("/start"))[0].startswith("I do not know you.")
    assert await chat.pool.fetch(STATES) == []


async def test_queues_tell_how_many_wait_and_since_when(chat: Desk) -> None:
    await chat.pool.execute("update accounts set role = 'supervisor', every_department = true")
    await chat.pool.execute(
        "insert into queue_waits (call_id, place, pbx, queue, caller, caller_name, since) "
        "select gen_random_uuid(), 0, $1, 'sales', $2, '', now() - interval '90 seconds' * n "
        "from generate_series(1, 2) n",
        PBX,
        CLIENT,
    )
    (told,) = await chat.says("/queue")
    assert told.startswith("sales: 2, the first for 3:")


async def test_long_names_of_many_queues_fit_into_one_message(chat: Desk) -> None:
    await chat.pool.execute("update accounts set role = 'supervisor', every_department = true")
    await chat.pool.execute(
        "insert into queue_waits (call_id, place, pbx, queue, caller, caller_name, since) "
        "select gen_random_uuid(), 0, $1, repeat('q', 200) || n, $2, '', now() from generate_series(1, 30) n",
        PBX,
        CLIENT,
    )
    (told,) = await chat.says("/queue")
    assert [": 1, the first for 0:" in line for line in told.splitlines()] == [True] * 30


async def test_missed_clients_are_those_of_ones_own_list(chat: Desk, anna: UUID) -> None:
    assert await chat.says("/missed") == ["Nobody is to be called back."]
    await chat.pool.execute("update missed_rules set short_seconds = 0")
    follow = partial(follow_calls, missed=KeptRules(ZoneInfo("Europe/Moscow")))
    await chat.hear(chat.call("caller_hangs_up_ringing"), CallApplier(follow))
    assert await chat.pool.fetchval("select count(*) from missed_clients") == 1
    assert await chat.says("/missed") == ["Nobody is to be called back."], "of another department"
    await chat.pool.execute("update missed_clients set owner_id = $1", anna)
    (told,) = await chat.says("/missed")
    head, client = told.splitlines()
    assert head == "To call back: 1, late: 0"
    assert client.startswith("+7 916 123-45-67")
    assert " · by " in client


async def test_a_command_is_no_note(chat: Desk) -> None:
    await chat.hear(await chat.rings())
    await chat.deliver(2)
    await chat.telegram.presses(chat.http, chat.card(), chat.card().button("Note"))
    await chat.deliver()
    assert await chat.says("/on") == ["You are online."]
    for other in ("/start", "/lunch with Boris", ""):  # the last as of a photo
        assert (await chat.says(other))[0].startswith("Here you see who calls you")
    assert await chat.says("a note") == ["The note is kept with the number."]
    assert chat.card(CHAT).keyboard != []
