"""From a call as a PBX tells it to the note in an amoCRM account (crm.md §3.2)."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from crm_sync.amocrm.account import SCAN
from crm_sync.pruning import KEPT, prune
from crm_sync.told import SYSTEMS
from tests.calls.dialogues import NAMES
from tests.crm_sync.amo_scene import AmoScene
from tests.crm_sync.test_chaos import calls_come
from tests.crm_sync.test_told import TOLD
from tests.fakes.amocrm.world import LOST, WON
from trunkline.outbox.event import Delivered, Failed
from trunkline.outbox.told import ToldState, told_of_call

CALLER = "+79161234567"
"""Who calls in `simple_answered`."""
NOTES, SIP, CONTACTS = "POST contacts/notes", "POST leads/unsorted/sip", "GET contacts"


async def test_an_answered_call_is_a_note_of_the_contact_and_who_answered(amo: AmoScene) -> None:
    anna = amo.account.world.add_user("Анна", "anna@example.ru")
    await amo.person("101", "Anna@Example.ru")
    contact = amo.account.world.add("contacts", "8 (916) 123-45-67")
    await amo.happens("simple_answered")
    await amo.deliver()
    (call,) = await amo.calls()
    (note,) = amo.account.world.notes
    assert (note["_kind"], note["entity_id"], note["note_type"]) == ("contacts", contact, "call_in")
    assert (note["responsible_user_id"], note["created_by"]) == (anna, anna)
    assert note["params"] == {
        "uniq": str(call),
        "duration": 2,
        "source": "+74951234567",
        "phone": CALLER,
        "call_status": 4,
        "call_responsible": anna,
    }
    (started,) = [row["started_at"] for row in await amo.pool.fetch("select started_at from calls")]
    assert note["created_at"] == int(started.timestamp())
    assert await amo.entities() == [f"contacts {contact}"]
    assert await amo.pool.fetchval("select count(*) from outbox") == 0


async def test_each_physical_call_of_every_recorded_dialogue_is_there_once(amo: AmoScene) -> None:
    """And no other: internal ones, hidden numbers, what became a part of another call; ours to nobody's number."""
    for name in NAMES:
        await amo.happens(name)
    await amo.deliver_all(60)
    outcomes = {row["id"]: row["outcome"] for row in await amo.pool.fetch(TOLD)}
    open_calls = {row["id"] for row in await amo.pool.fetch("select id from calls where ended_at is null")}
    expected = {str(call) for call, outcome in outcomes.items() if outcome in {"answered", "missed"}}
    expected -= {str(call) for call in open_calls}
    told = Counter(note["params"]["uniq"] for note in amo.account.world.notes)
    ours = {str(row["id"]) for row in await amo.pool.fetch("select id from calls where direction = 'out'")}
    assert set(told.values()) == {1}
    assert expected - ours <= set(told) <= expected
    warnings = [row["warning"] for row in await amo.pool.fetch("select warning from outbox_log where warning <> ''")]
    assert len(warnings) == len(expected - set(told))
    assert await amo.dead() == []
    assert amo.account.throttled == 0


@pytest.mark.parametrize(
    ("name", "status", "direction"),
    [
        ("simple_answered", 4, "call_in"),
        ("simple_no_answer", 6, "call_in"),
        ("simple_busy", 6, "call_in"),
        ("queue_abandoned", 6, "call_in"),
        ("outgoing_call", 4, "call_out"),
    ],
)
async def test_how_it_ended_is_told_in_amocrm_s_status(amo: AmoScene, name: str, status: int, direction: str) -> None:
    await amo.happens(name)
    (phone,) = [row["client"] for row in await amo.pool.fetch("select client from calls where client <> ''")]
    amo.account.world.add("companies", phone)
    await amo.deliver()
    (note,) = amo.account.world.notes
    assert (note["_kind"], note["note_type"], note["params"]["call_status"]) == ("companies", direction, status)


PLACES = {
    "one active lead": ([40_001], 0, "leads"),
    "of several one active": ([WON, LOST, 40_002], 0, "leads"),
    "two active leads": ([40_001, 40_002], 0, "contacts"),
    "only closed leads": ([WON, LOST], 0, "contacts"),
    "one customer": ([LOST], 1, "customers"),
    "two customers": ([], 2, "contacts"),
    "a lead and a customer": ([40_001], 1, "contacts"),
    "nothing": ([], 0, "contacts"),
}


@pytest.mark.parametrize("case", PLACES)
async def test_it_is_placed_as_amocrm_itself_would(amo: AmoScene, case: str) -> None:
    statuses, customers, kind = PLACES[case]
    contact = ("contacts", amo.account.world.add("contacts", CALLER))
    for status in statuses:
        amo.account.world.add_lead(contact, status)
    for _ in range(customers):
        amo.account.world.add_customer(contact)
    await amo.happens("simple_answered")
    await amo.deliver()
    (note,) = amo.account.world.notes
    assert note["_kind"] == kind
    if kind == "leads":
        assert amo.account.world.rows["leads"][note["entity_id"]]["status_id"] not in {WON, LOST}


async def test_the_same_ten_digits_of_another_country_are_another_number(amo: AmoScene) -> None:
    """The search is by ten digits, and over all fields (crm.md §0.4, §3.3)."""
    amo.account.world.add("contacts", "+49 916 1234567")
    amo.account.world.add("contacts", "+7 495 000-00-00", name="просил набрать 9161234567")
    await amo.happens("simple_answered")
    await amo.deliver()
    assert amo.account.asked(SIP) == 1
    (made,) = amo.account.world.unsorted.values()
    (note,) = amo.account.world.notes
    assert [note["entity_id"]] == [lead["id"] for lead in made["_embedded"]["leads"]]


async def test_of_several_with_the_number_one_gets_the_call(amo: AmoScene) -> None:
    """One note, and not one at each (crm.md §8); who is worked with comes first."""
    amo.account.world.add("contacts", CALLER)
    worked = amo.account.world.add("contacts", CALLER)
    lead = amo.account.world.add_lead(("contacts", worked))
    await amo.happens("simple_answered")
    await amo.deliver()
    (note,) = amo.account.world.notes
    assert (note["_kind"], note["entity_id"]) == ("leads", lead)
    assert await amo.pool.fetchval("select warning from outbox_log") == "1 more have this number"


async def test_an_unknown_caller_is_an_unsorted_lead_with_his_call(amo: AmoScene) -> None:
    await amo.happens("simple_no_answer")
    await amo.deliver()
    (call,) = await amo.calls()
    (made,) = amo.account.world.unsorted.values()
    metadata = made["metadata"]
    assert (made["source_uid"], metadata["uniq"], metadata["from"]) == (str(call), str(call), CALLER)
    assert (metadata["phone"], metadata["duration"], metadata["is_call_event_needed"]) == ("74951234567", 0, True)
    lead = made["_embedded"]["leads"][0]["id"]
    assert amo.account.world.rows["leads"][lead]["name"] == f"Звонок с {CALLER}"
    assert await amo.entities() == [f"leads {lead}"]


async def test_the_next_call_of_a_number_that_the_search_does_not_find_yet_makes_no_second_lead(amo: AmoScene) -> None:
    """Two quick calls made two leads (crm.md §3.3, §8)."""
    amo.account.world.rules.lag = 3600
    for name in ("simple_no_answer", "simple_busy", "simple_answered"):
        await amo.happens(name)
    await amo.deliver_all()
    assert len(amo.account.world.unsorted) == 1
    assert len(amo.account.world.rows["contacts"]) == 1
    assert len(amo.account.world.notes) == 3
    assert len({(note["_kind"], note["entity_id"]) for note in amo.account.world.notes}) == 1


async def test_whom_we_made_and_somebody_deleted_is_made_anew(amo: AmoScene) -> None:
    amo.account.world.rules.lag = 3600
    await amo.happens("simple_no_answer")
    await amo.deliver()
    amo.account.world.rows["contacts"].clear()
    await amo.happens("simple_busy")
    await amo.deliver()
    assert len(amo.account.world.unsorted) == 2


async def test_where_nothing_is_made_of_unknown_numbers_nothing_is_written(amo: AmoScene) -> None:
    await amo.pool.execute("update crm_connectors set creates = false")
    await amo.happens("simple_answered")
    await amo.deliver()
    assert amo.account.world.notes == []
    assert await amo.pool.fetchval("select warning from outbox_log") == (
        "nobody there has the number, and nothing is made of it: it was not written"
    )


@pytest.mark.parametrize("is_known", [True, False])
async def test_who_has_left_since_is_not_named(amo: AmoScene, is_known: bool) -> None:
    """The default person is (crm.md §6.3), or nobody."""
    anna = amo.account.world.add_user("Анна", "anna@example.ru")
    await amo.person("101", "anna@example.ru")
    if is_known:
        amo.account.world.add("contacts", CALLER)
    await amo.happens("simple_answered")
    async with amo.crm() as crm:
        await crm.look_around(await amo.known())
    del amo.account.world.users[anna]
    await amo.deliver()
    (note,) = amo.account.world.notes
    assert note["params"]["call_responsible"] == amo.account.admin


async def test_calls_wait_their_turn_and_the_account_never_asks_for_it(amo: AmoScene) -> None:
    """Seven requests in a second (crm.md §3.1)."""
    await calls_come(amo, 30)
    await amo.knows_whom_we_call()
    await amo.deliver_all(60)
    assert len(amo.account.world.notes) == 30
    assert amo.account.throttled == 0


async def test_processes_that_share_valkey_keep_to_the_limit_together(amo: AmoScene, redis: Redis) -> None:
    known = await amo.known()
    async with amo.crm(redis) as one, amo.crm(redis) as two:
        for _ in range(15):
            for each in (one, two):  # in turn: who waits lets the clock go on for both
                await each.accounts.read(known, "account", lane=SCAN)
    assert amo.account.asked("GET account") == 30
    assert amo.account.throttled == 0


async def test_a_delivery_that_comes_twice_is_there_once(amo: AmoScene) -> None:
    await amo.happens("simple_answered")
    await amo.deliver_all()
    event = await amo.event()
    async with amo.crm() as crm:
        assert await crm.deliverers[0].deliver(event) == Delivered("told before")
        assert await crm.deliverers[0].verify(event) == Delivered("amoCRM had it")
    assert len(amo.account.world.notes) == 1


async def test_a_content_that_is_not_whole_is_said_to_be(amo: AmoScene) -> None:
    await amo.happens("simple_answered")
    event = replace(await amo.event(), payload={**(await amo.event()).payload, "ended": {"seconds": "x"}})
    async with amo.crm() as crm:
        told = await crm.deliverers[0].deliver(event)
    assert isinstance(told, Failed)
    assert told.fault.reason.startswith("what is to be sent is not whole")


async def test_a_call_s_page_tells_of_its_end(amo: AmoScene) -> None:
    """Which rides in the client's stream, and is found by its name."""
    await amo.happens("simple_answered")
    await amo.deliver_all()
    (call,) = await amo.calls()
    async with amo.pool.acquire() as connection:
        rows = await told_of_call(connection, (SYSTEMS["amocrm"],), call)
    assert [(one.system, one.what, one.state) for one in rows] == [("sales", "how it ended", ToldState.DELIVERED)]
    assert rows[0].said.startswith("leads ")


async def test_calls_and_clients_of_long_ago_are_forgotten_and_what_waits_is_not(amo: AmoScene) -> None:
    await amo.happens("simple_answered")
    await amo.pool.execute("delete from outbox where kind = 'amocrm.card'")
    late = await amo.pool.fetchval("select started_at from crm_calls") + KEPT + timedelta(minutes=1)
    assert await prune(amo.pool, late) == 0
    await amo.deliver_all()
    assert await amo.pool.fetchval("select count(*) from crm_clients") == 1
    assert await prune(amo.pool, late) == 1
    assert await amo.pool.fetchval("select count(*) from crm_clients") == 0
