"""Whatever goes wrong on the way to a home-made CRM, it gets each event, under the same key.

Of the points at which a worker is killed every seventh and tenth is tried; every second and third passed when this was
written.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from crm_sync.generic.receiver import SECONDS
from tests.crm_sync.generic_scene import GenericScene
from tests.crm_sync.scene import ACCOUNTS
from tests.fakes.receiver import Receiver
from tests.faults.harness import kill_at_every_point
from trunkline.webhooks.address import AddressRules

EVENTS = ["call.begun", "call.answered", "call.ended"]
FAULTS: dict[str, list[Any]] = {
    "answer lost": ["cut", "cut"],
    "500": [500, 502],
    "busy": [503, 409, 425],
    "too often": [(429, {"Retry-After": "7"})],
    "page in place of an answer": ["page", "page"],
    "not signed in": [401],
    "wall": [403, 402],
    "no such script": [404, 405],
    "redirect": [(302, {"Location": "http://10.0.0.1/inside"}), (301, {"Location": "/login.php"})],
}


async def each_once(own: GenericScene, receiver: Receiver) -> None:
    """The property: every event was taken in order, each under one key; nothing is left."""
    (call,) = await own.calls()
    assert receiver.events() == EVENTS
    assert list(receiver.taken) == [f"{call}:{event}" for event in EVENTS]
    assert await own.pool.fetchval("select count(*) from crm_calls where finished_at is not null") == 1
    assert await own.pool.fetchval("select count(*) from outbox") == 0
    assert await own.dead() == []


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("place", [0, 2])
async def test_a_fault_costs_nothing(own: GenericScene, receiver: Receiver, fault: str, place: int) -> None:
    await own.happens("simple_answered", batch=1)
    receiver.chaos = [None] * place + FAULTS[fault]
    await own.deliver_all(30)
    await each_once(own, receiver)
    assert receiver.chaos == []


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("not signed in", "HTTP 401"),
        ("wall", "HTTP 403"),
        ("no such script", "there is no receiver at this address"),
        ("redirect", "redirects are not followed"),
    ],
)
async def test_what_a_person_has_to_mend_holds_everything_in_words(
    own: GenericScene, receiver: Receiver, fault: str, words: str
) -> None:
    await own.happens("simple_answered", batch=1)
    receiver.chaos = list(FAULTS[fault])
    await own.deliver()
    (row,) = await own.pool.fetch(ACCOUNTS)
    assert words in row["reason"]
    assert "receiver.php" not in row["reason"]
    assert await own.pool.fetchval("select count(*) from outbox") == 3


async def test_what_it_refuses_for_good_is_a_dead_letter_and_the_next_goes_on(
    own: GenericScene, receiver: Receiver
) -> None:
    receiver.chaos = [None, 422]
    await own.happens("simple_answered", batch=1)
    await own.deliver()
    assert await own.dead() == ["HTTP 422"]
    assert receiver.events() == ["call.begun", "call.ended"]


async def test_a_mapping_that_cannot_be_read_any_more_holds_everything(own: GenericScene, receiver: Receiver) -> None:
    await own.happens("simple_answered", batch=1)
    await own.pool.execute("insert into crm_mappings values ($1, '[out]\nbody = 5', now())", own.connector)
    await own.deliver()
    (row,) = await own.pool.fetch(ACCOUNTS)
    assert "the mapping cannot be read" in row["reason"]
    await own.maps("")
    await own.pool.execute("delete from outbox_accounts")
    await own.deliver_all()
    await each_once(own, receiver)


async def test_a_receiver_that_stalls_is_let_go(own: GenericScene, receiver: Receiver) -> None:
    own.seconds = 0.2
    receiver.chaos = ["stall"]
    await own.happens("simple_answered", batch=1)
    await own.deliver()
    assert "no answer in time" in await own.pool.fetchval("select last_error from outbox order by id limit 1")
    receiver.gate.set()
    own.seconds = SECONDS
    await own.deliver_all()
    await each_once(own, receiver)


async def test_a_private_address_is_refused(own: GenericScene, receiver: Receiver) -> None:
    own.rules = AddressRules(())
    await own.happens("simple_answered", batch=1)
    await own.deliver()
    assert len(await own.dead()) == 3
    assert all("is a private address" in error for error in await own.dead())
    assert receiver.events() == []


async def test_a_secret_that_is_not_theirs_is_refused(own: GenericScene, receiver: Receiver) -> None:
    await own.happens("simple_answered", batch=1)
    receiver.secret = b"another"
    await own.deliver()
    assert receiver.forged > 0
    receiver.secret = b"a secret that both sides know"
    await own.deliver_all()
    await each_once(own, receiver)


async def test_two_workers_tell_a_call_once(own: GenericScene, receiver: Receiver) -> None:
    await own.happens("simple_answered", batch=1)
    await asyncio.gather(own.deliver(), own.deliver(), own.deliver())
    await own.deliver_all()
    await each_once(own, receiver)


@pytest.mark.timeout(120)
@pytest.mark.parametrize(("kind", "every"), [("sql", 7), ("socket", 10)])
async def test_a_worker_killed_at_any_point_loses_no_event(
    own: GenericScene,
    receiver: Receiver,
    database_url: str,
    kind: str,
    every: int,
    record_property: Callable[[str, object], None],
) -> None:
    async def prepare() -> None:
        await own.pool.execute("truncate calls, steps, crm_calls, outbox, outbox_log, outbox_dead, outbox_streams")
        receiver.taken.clear()
        await own.happens("simple_answered", batch=1)

    async def check() -> None:
        await own.deliver_all()
        await each_once(own, receiver)

    tried = await kill_at_every_point(
        kind,
        "tests.crm_sync.generic_scene:drain",
        [database_url, str(own.clock.at)],
        tell=record_property,
        prepare=prepare,
        check=check,
        every=every,
    )

    assert tried.points >= 4
