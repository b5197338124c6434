"""From a call as a PBX tells it to the posts a home-made CRM gets (crm.md §4.4)."""

from collections import Counter

import pytest

from crm_sync.generic.mapping import example
from crm_sync.told import SYSTEMS
from tests.calls.dialogues import NAMES
from tests.crm_sync.generic_scene import GenericScene
from tests.crm_sync.test_told import TOLD
from tests.fakes.receiver import Receiver
from trunkline.outbox.told import ToldState, told_of_call

CALLER = "+79161234567"
"""Who calls in `simple_answered`."""


async def test_an_answered_call_is_told_as_it_goes_on(own: GenericScene, receiver: Receiver) -> None:
    await own.pool.execute("insert into people (id, name, extension) values (gen_random_uuid(), 'Анна', '101')")
    await own.happens("simple_answered", batch=1)
    await own.deliver()
    (call,) = await own.calls()
    assert receiver.events() == ["call.begun", "call.answered", "call.ended"]
    assert list(receiver.taken) == [f"{call}:{one}" for one in receiver.events()]
    told = receiver.taken[f"{call}:call.ended"].told
    row = await own.pool.fetchrow("select * from calls where id = $1", call)
    assert row is not None
    assert told["event"] == "call.ended"
    assert told["key"] == f"{call}:call.ended"
    assert told["call"] | {"started_at": "", "answered_at": "", "ended_at": ""} == {
        "id": str(call), "direction": "in", "client": CALLER, "line": "+74951234567", "line_name": "+74951234567",
        "brand": None, "city": None, "site": None, "started_at": "", "answered_at": "", "ended_at": "",
        "outcome": "answered", "missed_why": None, "wait_seconds": round(row["wait_ms"] / 1000), "talk_seconds": 2,
        "extension": "101", "agent": "Анна", "extensions": ["101"], "channel": None, "source": None, "campaign": None,
    }  # fmt: skip
    assert told["call"]["ended_at"].endswith("+03:00")
    kept = await own.pool.fetchrow("select finished_at, entity from crm_calls")
    assert kept is not None
    assert kept["finished_at"] is not None
    assert kept["entity"] == "deal 3"
    assert receiver.forged == 0


async def test_each_call_of_every_recorded_dialogue_ends_there_once(own: GenericScene, receiver: Receiver) -> None:
    for name in NAMES:
        await own.happens(name)
    await own.deliver_all()
    outcomes = {row["id"]: row["outcome"] for row in await own.pool.fetch(TOLD)}
    running = {row["id"] for row in await own.pool.fetch("select id from calls where ended_at is null")}
    expected = {f"{call}:call.ended" for call, said in outcomes.items() if said in {"answered", "missed"}}
    expected -= {f"{call}:call.ended" for call in running}
    assert {key for key in receiver.taken if key.endswith(":call.ended")} == expected
    assert set(Counter(one.key for one in receiver.seen if one.event != "ping").values()) == {1}
    assert await own.dead() == []


async def test_what_is_known_of_client_line_and_source_is_told(own: GenericScene, receiver: Receiver) -> None:
    await own.happens("simple_answered")
    (call,) = await own.calls()
    await own.pool.execute("""
        insert into lines (id, number, name, brand, city, site)
        values (gen_random_uuid(), '+74951234567', 'Окна', 'Тёплый дом', 'Москва', 'okna.example')
    """)
    await own.pool.execute("""
        with one as (
            insert into contacts (id, name, class, source, external_id)
            values (gen_random_uuid(), 'Иван', 'client', 'crm', '77') returning id
        ) insert into contact_phones (number, contact_id) select $1, id from one
    """, CALLER)  # fmt: skip
    asked = "insert into attributions (call_id, number, client, told_by, channel, source, campaign, confidence) "
    await own.pool.execute(
        asked + "values ($1, '+74951234567', $2, 'number', 'ads', 'yandex', 'spring', 1)", call, CALLER
    )
    await own.deliver()
    told = receiver.taken[f"{call}:call.ended"].told
    named = ("line_name", "brand", "city", "site", "channel", "source", "campaign")
    assert [told["call"][one] for one in named] == [
        "Окна", "Тёплый дом", "Москва", "okna.example", "ads", "yandex", "spring",
    ]  # fmt: skip
    assert told["contact"] | {} == {
        "id": "77", "name": "Иван", "company": None, "class": "client", "responsible": None,
    }  # fmt: skip


async def test_a_php_script_gets_a_flat_form(own: GenericScene, receiver: Receiver) -> None:
    await own.maps(example("netcat"))
    await own.happens("simple_no_answer", batch=1)
    await own.deliver()
    (one,) = receiver.taken.values()
    assert one.told["type"] == "call"
    assert (one.told["phone"], one.told["our_phone"]) == (CALLER[1:], "74951234567")
    assert (one.told["status"], one.told["direction"], one.told["origin"]) == ("0", "incoming", "trunkline")
    assert one.told["date"][2] == one.told["date"][5] == "."


async def test_what_a_mapping_does_not_ask_for_is_not_even_noted(own: GenericScene, receiver: Receiver) -> None:
    await own.maps('[out]\nevents = ["call.answered"]')
    await own.happens("simple_answered")
    await own.happens("simple_no_answer")
    assert [row["kind"] for row in await own.pool.fetch("select kind from outbox")] == ["generic.answered"]
    await own.maps('[out]\nevents = ["call.ended"]')
    await own.deliver()
    assert receiver.events() == []


async def test_a_call_s_page_tells_what_it_was_told(own: GenericScene, receiver: Receiver) -> None:
    receiver.chaos = [None, None, 400]
    await own.happens("simple_answered", batch=1)
    await own.deliver()
    (call,) = await own.calls()
    async with own.pool.acquire() as connection:
        told = await told_of_call(connection, [SYSTEMS["generic"]], call)
    assert [(one.system, one.what, one.state) for one in told] == [
        ("own", "that it began", ToldState.DELIVERED),
        ("own", "that it was answered", ToldState.DELIVERED),
        ("own", "how it ended", ToldState.GIVEN_UP),
    ]


@pytest.mark.parametrize("name", ["simple_answered", "outgoing_call", "queue_abandoned"])
async def test_looking_at_a_call_again_tells_nothing_twice(own: GenericScene, receiver: Receiver, name: str) -> None:
    await own.happens(name)
    await own.deliver()
    before = len(receiver.seen)
    await own.happens(name)
    await own.deliver()
    assert len(receiver.seen) == before > 1
