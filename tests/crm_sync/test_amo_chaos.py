"""Whatever goes wrong between us and an amoCRM account, each physical call is one note there, and none is lost.

Of the points at which a worker is killed every fourth and sixth is tried; every third and fourth passed when this was
written.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Callable

import pytest

from tests.crm_sync.amo_scene import AmoScene
from tests.crm_sync.scene import ACCOUNTS
from tests.crm_sync.test_amo_told import CALLER, CONTACTS, NOTES, SIP
from tests.crm_sync.test_chaos import calls_come
from tests.fakes.bitrix24.chaos import Chaos
from tests.faults.harness import kill_at_every_point
from trunkline.outbox.worker import OutboxWorker

LEADS, LISTED, LOOKED = "GET leads", "GET leads/unsorted", "GET leads/*/notes"


async def each_once(amo: AmoScene, many: int) -> None:
    """The property; and no number has two contacts."""
    calls = [str(call) for call in await amo.calls()]
    assert len(calls) == many
    told = Counter(note["params"]["uniq"] for note in amo.account.world.notes)
    assert told == dict.fromkeys(calls, 1)
    assert await amo.pool.fetchval("select count(*) from crm_calls where finished_at is null") == 0
    assert await amo.pool.fetchval("select count(*) from crm_calls where tried_at is not null") == 0
    assert await amo.dead() == []
    world = amo.account.world
    phones = [
        one["value"] for row in world.rows["contacts"].values() for one in row["custom_fields_values"][0]["values"]
    ]
    assert len(phones) == len(set(phones))


FAULTS: dict[str, Callable[[Chaos, str], object]] = {
    "cut before": lambda chaos, request: chaos.cut_before(request, 2),
    "answer lost": lambda chaos, request: chaos.cut_after(request, 2),
    "502": lambda chaos, request: chaos.page(request, 2),
    "504": lambda chaos, request: chaos.page(request, 2, status=504),
    "page in place of JSON": lambda chaos, request: chaos.page(request, 2, status=200),
    "too often": lambda chaos, request: chaos.page(request, 2, status=429),
    "wall": lambda chaos, request: chaos.page(request, 2, status=403),
    "not signed in": lambda chaos, request: chaos.page(request, 1, status=401),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("known", [True, False])
async def test_a_fault_in_any_request_costs_nothing(amo: AmoScene, fault: str, known: bool) -> None:
    await calls_come(amo, 2, alike=True)
    if known:
        phone = await amo.pool.fetchval("select client from calls where client <> ''")
        amo.account.world.add_lead(("contacts", amo.account.world.add("contacts", phone)))
    requests = [CONTACTS, LEADS, "POST leads/notes"] if known else [CONTACTS, SIP]
    for request in requests:
        FAULTS[fault](amo.account.chaos, request)
    await amo.deliver_all(40)
    await each_once(amo, 2)
    assert all(one.reached.is_set() for one in amo.account.chaos.faults)


async def test_a_note_whose_answer_was_lost_is_looked_for_and_not_written_again(amo: AmoScene) -> None:
    """By `uniq` among the notes of the entity it was sent to (crm.md §6.4)."""
    amo.account.world.add_lead(("contacts", amo.account.world.add("contacts", CALLER)))
    await amo.happens("simple_answered")
    amo.account.chaos.cut_after("POST leads/notes")
    await amo.deliver()
    await amo.deliver_all()
    await each_once(amo, 1)
    assert (amo.account.asked("POST leads/notes"), amo.account.asked(LOOKED)) == (1, 1)


@pytest.mark.parametrize("twice", ["tag", "error"])
async def test_an_unsorted_lead_whose_answer_was_lost_is_looked_for(amo: AmoScene, twice: str) -> None:
    amo.account.world.rules.twice = twice
    await amo.happens("simple_answered")
    amo.account.chaos.cut_after(SIP)
    await amo.deliver()
    await amo.deliver_all()
    await each_once(amo, 1)
    assert (amo.account.asked(SIP), amo.account.asked(LISTED)) == (1, 1)
    (entity,) = await amo.entities()
    assert entity.startswith("leads ")


async def test_one_that_a_person_took_meanwhile_is_found_with_its_contact(amo: AmoScene) -> None:
    await amo.happens("simple_answered")
    amo.account.chaos.cut_after(SIP)
    await amo.deliver()
    amo.account.world.accept(next(iter(amo.account.world.unsorted)))
    await amo.deliver_all()
    await each_once(amo, 1)
    assert amo.account.asked(SIP) == 1


async def test_the_same_twice_that_is_refused_is_there(amo: AmoScene) -> None:
    """As one of the vendor's pages has it (crm.md §3.2): the lead of a try that nobody noted."""
    amo.account.world.rules.twice = "error"
    amo.account.world.rules.lag = 3600
    await amo.happens("simple_answered")
    await amo.deliver()
    await amo.pool.execute("update crm_calls set finished_at = null, entity = ''")
    await amo.pool.execute("delete from crm_clients")
    await amo.pool.execute("delete from outbox_log")
    async with amo.crm() as crm:
        event = await amo.event()
        await crm.deliverers[0].deliver(event)
    await each_once(amo, 1)


async def test_a_contact_that_is_deleted_while_a_call_is_told_has_it_told_to_whoever_has_the_number(
    amo: AmoScene,
) -> None:
    world = amo.account.world
    first = world.add("contacts", CALLER)
    await amo.happens("simple_answered")
    stalled = amo.account.chaos.stall(NOTES)
    task = asyncio.create_task(amo.deliver())
    await stalled.reached.wait()
    del world.rows["contacts"][first]
    second = world.add("contacts", CALLER)
    stalled.release()
    await task
    (note,) = world.notes
    assert note["entity_id"] == second
    await each_once(amo, 1)


async def test_faults_at_random_over_many_calls(amo: AmoScene) -> None:
    for seed in range(4):
        dice = random.Random(seed)
        arm = [Chaos.cut_before, Chaos.cut_after, Chaos.page, lambda chaos, request: chaos.page(request, status=429)]
        await calls_come(amo, 10 * (seed + 1))
        await amo.knows_whom_we_call()
        amo.account.world.rules.lag = dice.choice((0, 300))
        for _ in range(6):
            for _ in range(dice.randrange(6)):
                request = dice.choice((NOTES, SIP, CONTACTS, LEADS, LISTED, LOOKED, "POST leads/notes"))
                dice.choice(arm)(amo.account.chaos, request)
            await amo.deliver()
            amo.clock.at += dice.choice((1, 60, 90, 2000))
            await amo.pool.execute("delete from outbox_accounts")
    await amo.deliver_all(120)
    await each_once(amo, 40)


@pytest.mark.parametrize("seed", range(3))
async def test_a_worker_cut_off_anywhere(amo: AmoScene, seed: int) -> None:
    """At an await of its own choice, again and again; then another goes on."""
    dice = random.Random(seed)
    await calls_come(amo, 4)
    await amo.knows_whom_we_call()
    for _ in range(12):
        await amo.pool.execute("update outbox_streams set due = now(), lease = '-infinity', waiting = null")
        async with amo.crm() as crm:
            worker = OutboxWorker(amo.pool, None, crm.deliverers, clock=amo.clock)
            task = asyncio.create_task(worker.drain())
            for _ in range(dice.randrange(250)):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        amo.clock.at += 90
    await amo.deliver_all(40)
    await each_once(amo, 4)


async def test_a_stalled_account_and_a_second_worker(amo: AmoScene) -> None:
    """What may still be worked on is not asked after before a minute has gone, and then it is there."""
    amo.account.world.add("contacts", CALLER)
    await amo.happens("simple_answered")
    stalled = amo.account.chaos.stall(NOTES)
    first = asyncio.create_task(amo.deliver())
    await stalled.reached.wait()
    await amo.deliver()  # its lease was taken: as a worker that died would leave it
    stalled.release()
    await asyncio.gather(first, return_exceptions=True)
    await amo.deliver_all()
    await each_once(amo, 1)
    assert amo.account.asked(NOTES) == 1


@pytest.mark.parametrize(
    ("trouble", "state", "words"),
    [
        ("revoked", "needs_auth", "connect the account again"),
        ("wall", "blocked", "amoCRM shuts our address out"),
        ("unpaid", "blocked", "the account is not paid for"),
        ("moved", "blocked", "there is no account at this address"),
    ],
)
async def test_what_a_person_must_mend_holds_the_account_and_loses_nothing(
    amo: AmoScene, trouble: str, state: str, words: str
) -> None:
    await calls_come(amo, 2, alike=True)
    chaos, access = amo.account.chaos, amo.account.access
    kept = list(access.grants)
    match trouble:
        case "revoked":
            access.grants.clear()
        case "wall":
            chaos.blocked.add("127.0.0.1")
        case "unpaid":
            chaos.page("*", 50, status=402)
        case "moved":
            chaos.page("*", 50, status=404)
    for _ in range(4):
        await amo.deliver()
        amo.clock.at += 2
    (held,) = await amo.pool.fetch(ACCOUNTS)
    assert (held["state"], words in held["reason"]) == (state, True), held["reason"]
    assert amo.account.world.notes == []
    assert await amo.dead() == []

    chaos.blocked.clear()
    chaos.faults.clear()
    access.grants[:] = kept
    await amo.pool.execute("delete from outbox_accounts")
    amo.clock.at += 1000
    await amo.deliver_all()
    await each_once(amo, 2)


async def test_what_the_account_refuses_for_good_waits_for_a_person_in_words_without_the_number(amo: AmoScene) -> None:
    amo.account.world.rules.has_unsorted = False
    await amo.happens("simple_answered")
    await amo.deliver()
    (why,) = await amo.dead()
    assert why == "amoCRM refuses it (0.pipeline_id: UnsortedIsOff)"
    assert await amo.pool.fetchval("select count(*) from crm_calls where tried_at is not null") == 0


async def test_a_switched_off_and_a_removed_crm_are_told_nothing(amo: AmoScene) -> None:
    await amo.happens("simple_answered")
    await amo.pool.execute("update crm_connectors set active = false")
    heard = len(amo.account.heard)
    await amo.deliver()
    await amo.pool.execute("update crm_connectors set active = true")
    await amo.happens("simple_busy")
    await amo.pool.execute("delete from crm_connectors")
    await amo.deliver()
    assert len(amo.account.heard) == heard
    warnings = {row["warning"] for row in await amo.pool.fetch("select warning from outbox_log")}
    assert warnings == {"the CRM is switched off; nothing was sent", "the CRM was removed; nothing was sent"}


@pytest.mark.timeout(120)
@pytest.mark.parametrize(("kind", "every"), [("sql", 4), ("socket", 6)])
@pytest.mark.parametrize("known", [True, False])
async def test_a_worker_killed_at_every_point_tells_a_call_once(
    amo: AmoScene,
    database_url: str,
    kind: str,
    every: int,
    known: bool,
    record_property: Callable[[str, object], None],
) -> None:
    world = amo.account.world

    async def prepare() -> None:
        await amo.pool.execute(
            "truncate calls, steps, crm_calls, crm_clients, outbox, outbox_log, outbox_dead, outbox_streams"
        )
        world.notes.clear()
        world.unsorted.clear()
        for rows in world.rows.values():
            rows.clear()
        if known:
            world.add("contacts", CALLER)
        amo.clock.at += 60
        await amo.happens("simple_answered")
        # A worker alone has one delivery at once: let it be that of the call, and not that of a card nobody sees.
        await amo.pool.execute("delete from outbox where kind = 'amocrm.card'")
        await amo.pool.execute("delete from outbox_streams where stream like '%:call:%'")

    async def check() -> None:
        amo.clock.at += 90
        await amo.deliver_all()
        await each_once(amo, 1)

    tried = await kill_at_every_point(
        kind,
        "tests.crm_sync.doomed:drain_amo",
        [database_url, str(amo.clock.at), amo.account.access.app.redirect],
        tell=record_property,
        prepare=prepare,
        check=check,
        every=every,
    )

    assert tried.points >= 8
