"""Whatever goes wrong between us and the portal, each physical call is one activity there, and none is lost."""

import asyncio
import random
from collections import Counter

import pytest
from aiohttp import web

from crm_sync.bitrix24.deliverer import Bitrix24Deliverer
from crm_sync.telling import follow_ends, follow_seats
from tests.calls.dialogues import dialogue
from tests.crm_sync.portal_client import serving
from tests.crm_sync.scene import ACCOUNTS, Company, Scene
from tests.crm_sync.test_told import FINISH, REGISTER
from tests.fakes.bitrix24.chaos import Chaos
from tests.fakes.dialogue import call_again
from trunkline.calls.applier import CallApplier
from trunkline.outbox.worker import OutboxWorker

USERS, STATISTIC, TOKENS = "user.get", "voximplant.statistic.get", "/oauth/token/"
SHAPES = ("simple_answered", "simple_no_answer", "outgoing_call", "queue_answered", "blind_transfer")


async def calls_come(scene: Company, many: int, *, alike: bool = False) -> None:
    """So many calls, of all shapes or of one caller's, in the middle of each other."""
    applier = CallApplier(follow_ends, follow_seats)
    runs = [call_again(SHAPES[0 if alike else copy % len(SHAPES)], copy, 1_795_320_000 + copy) for copy in range(many)]
    for place in range(max(map(len, runs))):
        await scene.hear(applier, [run[place] for run in runs if place < len(run)])


async def each_once(scene: Scene, many: int) -> None:
    """The property."""
    calls = [str(call) for call in await scene.calls()]
    assert len(calls) == many
    assert Counter(row["EXTERNAL_CALL_ID"] for row in scene.portal.finished) == dict.fromkeys(calls, 1)
    assert [len(scene.portal.activities_of(call)) for call in calls] == [1] * many
    assert await scene.pool.fetchval("select count(*) from crm_calls where finished_at is null") == 0
    assert await scene.dead() == []
    assert scene.portal.violations == []


FAULTS = {
    "cut before": lambda chaos, method: chaos.cut_before(method, 2),
    "answer lost": lambda chaos, method: chaos.cut_after(method, 2),
    "502 page": lambda chaos, method: chaos.page(method, 2),
    "page in place of JSON": lambda chaos, method: chaos.page(method, 2, status=200),
    "too often": lambda chaos, method: chaos.refuse("QUERY_LIMIT_EXCEEDED", method, 2),
    "worked too long": lambda chaos, method: chaos.refuse("OPERATION_TIME_LIMIT", method, 2),
    "broke inside": lambda chaos, method: chaos.refuse("INTERNAL_SERVER_ERROR", method, 2),
    "wall before it": lambda chaos, method: chaos.page(method, 2, status=403),
    "token refused": lambda chaos, method: chaos.refuse("expired_token", method, 1),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_in_any_request_costs_nothing(scene: Scene, fault: str) -> None:
    for method in (REGISTER, FINISH, USERS):
        FAULTS[fault](scene.portal.chaos, method)
    await calls_come(scene, 3)
    await scene.deliver_all()
    await each_once(scene, 3)
    assert all(one.left == 0 for one in scene.portal.chaos.faults if one.method != USERS)


@pytest.mark.parametrize("merges", [True, False])
async def test_an_end_whose_answer_was_lost_is_looked_for_before_it_is_told_again(scene: Scene, merges: bool) -> None:
    scene.portal.world.rules.merges_finished = merges
    await calls_come(scene, 1)
    scene.portal.chaos.cut_after(FINISH)
    await scene.deliver()
    await scene.deliver_all()
    await each_once(scene, 1)
    assert (len(scene.portal.asked(FINISH)), len(scene.portal.asked(STATISTIC))) == (1, 1)


@pytest.mark.parametrize("merges", [True, False])
async def test_an_end_that_comes_too_late_for_the_portal_to_know_its_beginning(scene: Scene, merges: bool) -> None:
    scene.portal.world.rules.merges_finished = merges
    await calls_come(scene, 1)
    scene.portal.chaos.refuse("INTERNAL_SERVER_ERROR", FINISH)
    await scene.deliver()
    scene.portal.world.calls.clear()
    scene.clock.at += 3600
    await scene.deliver_all()
    await each_once(scene, 1)


async def test_a_registration_repeated_after_the_half_hour_leaves_one_activity(scene: Scene) -> None:
    await calls_come(scene, 1)
    scene.portal.chaos.cut_after(REGISTER)
    await scene.deliver()
    scene.clock.at += 31 * 60
    await scene.deliver_all()
    await each_once(scene, 1)
    assert len(scene.portal.calls) == 2  # the first never ends: nobody knows its id


async def test_a_card_that_a_lost_registration_opened_is_closed_when_the_call_went_on(scene: Scene) -> None:
    """Passed on meanwhile: who has it no more has no card, though nobody heard that it was open."""
    applier, frames = CallApplier(follow_ends, follow_seats), dialogue("blind_transfer").frames
    scene.portal.chaos.cut_after(REGISTER)
    one, other = (int(scene.user(extension)) for extension in ("101", "102"))
    for frame in frames:
        await scene.hear(applier, [frame])
        if not scene.portal.calls:
            await scene.deliver()
            assert [bool(scene.portal.cards_of(user)) for user in (one, other)] == [bool(scene.portal.calls), False]
        elif await scene.pool.fetchval("select exists (select from agent_calls where extension = '102')"):
            await scene.deliver()
            assert [bool(scene.portal.cards_of(user)) for user in (one, other)] == [False, True]
            break
    await scene.hear(applier, frames)
    await scene.deliver_all()
    await each_once(scene, 1)


async def test_two_calls_of_one_client_at_once_are_two(scene: Scene) -> None:
    await calls_come(scene, 6, alike=True)
    await scene.deliver_all()
    await each_once(scene, 6)


async def test_two_workers_and_a_mapping_that_changes_meanwhile(scene: Scene) -> None:
    """A repeat is for whom the first try was: else the portal would not know it again."""
    await calls_come(scene, 1)
    scene.portal.chaos.cut_after(REGISTER)
    await scene.deliver()
    for user in scene.portal.world.users.values():
        user.inner = {"101": "102", "102": "101"}.get(user.inner, "")
    scene.clock.at += 1200  # the map is read anew
    await scene.deliver_all()
    await each_once(scene, 1)
    assert len({call.id for call in scene.portal.calls}) == 1


@pytest.mark.parametrize("seed", range(4))
async def test_faults_at_random_over_many_calls(scene: Scene, seed: int) -> None:
    dice, many = random.Random(seed), 15
    arm = [
        Chaos.cut_before, Chaos.cut_after, Chaos.page,
        lambda chaos, method: chaos.refuse(dice.choice(("QUERY_LIMIT_EXCEEDED", "INTERNAL_SERVER_ERROR")), method),
    ]  # fmt: skip
    scene.portal.world.rules.merges_finished = dice.random() < 0.5
    await calls_come(scene, many)
    for _ in range(6):
        for _ in range(dice.randrange(6)):
            dice.choice(arm)(scene.portal.chaos, dice.choice((REGISTER, FINISH, STATISTIC, USERS)))
        await scene.deliver()
        scene.clock.at += dice.choice((1, 60, 60, 2000))
        await scene.pool.execute("delete from outbox_accounts")
    await scene.deliver_all(40)
    await each_once(scene, many)


@pytest.mark.parametrize("seed", range(3))
async def test_a_worker_cut_off_anywhere(scene: Scene, seed: int) -> None:
    """At an await of its own choice, again and again; then another goes on."""
    dice = random.Random(seed)
    await calls_come(scene, 4)
    for _ in range(12):
        await scene.pool.execute("update outbox_streams set due = now(), lease = '-infinity', waiting = null")
        async with scene.portals() as portals:
            worker = OutboxWorker(scene.pool, None, [Bitrix24Deliverer(scene.pool, portals)], clock=scene.clock)
            task = asyncio.create_task(worker.drain())
            for _ in range(dice.randrange(250)):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        scene.clock.at += 30
    await scene.deliver_all(40)
    await each_once(scene, 4)


async def test_a_stalled_portal_and_a_second_worker(scene: Scene) -> None:
    """The first worker's request arrives after the second worker's: the portal does it once."""
    scene.portal.world.rules.merges_finished = False
    await calls_come(scene, 1)
    stalled = scene.portal.chaos.stall(FINISH)
    first = asyncio.create_task(scene.deliver())
    await stalled.reached.wait()
    await scene.deliver()  # its lease was taken: as a worker that died would leave it
    stalled.release()
    await asyncio.gather(first, return_exceptions=True)
    await scene.deliver_all()
    await each_once(scene, 1)


@pytest.mark.parametrize(
    ("trouble", "state", "words"),
    [
        ("plan", "blocked", "the portal's plan lets no application in"),
        ("deleted", "blocked", "the portal was deleted"),
        ("overload", "blocked", "the portal shuts us out for having asked too much"),
        ("wall", "blocked", "somebody before the portal shuts us out"),
        ("scope", "blocked", "the application lacks a permission"),
        ("revoked", "needs_auth", "connect the portal again"),
        ("moved", "blocked", "there is no portal at this address"),
    ],
)
async def test_what_a_person_must_mend_holds_the_portal_and_loses_nothing(
    scene: Scene, trouble: str, state: str, words: str
) -> None:
    await calls_come(scene, 2)
    chaos, access = scene.portal.chaos, scene.portal.access
    kept = list(access.grants)
    match trouble:
        case "plan":
            chaos.plan_expired = True
        case "deleted":
            chaos.is_deleted = True
        case "overload":
            chaos.is_overloaded = True
        case "wall":
            chaos.blocked.add("127.0.0.1")
        case "revoked":
            access.grants.clear()
        case "scope":
            chaos.refuse("insufficient_scope", "*", 50)
        case "moved":
            chaos.page("*", 50, status=404)
    await scene.deliver()
    (held,) = await scene.pool.fetch(ACCOUNTS)
    assert (held["state"], words in held["reason"]) == (state, True), held["reason"]
    assert scene.portal.finished == []
    assert await scene.dead() == []

    chaos.plan_expired = chaos.is_deleted = chaos.is_overloaded = False
    chaos.blocked.clear()
    chaos.faults.clear()
    access.grants[:] = kept
    scene.clock.at += 1000
    await scene.pool.execute("delete from outbox_accounts")
    await scene.deliver_all()
    await each_once(scene, 2)


async def test_what_the_portal_refuses_for_good_waits_for_a_person_in_his_words(scene: Scene) -> None:
    await calls_come(scene, 1)
    await scene.pool.execute("update crm_calls set phone = 'anonymous'")
    await scene.deliver()
    (why,) = await scene.dead()
    assert why.startswith("the portal does not take this for a telephone number")
    assert await scene.pool.fetchval("select count(*) from outbox") == 0


async def test_a_switched_off_and_a_removed_crm_are_told_nothing(scene: Scene) -> None:
    await calls_come(scene, 2)
    await scene.pool.execute("update crm_connectors set active = false")
    await scene.deliver()
    assert scene.portal.heard == []
    assert await scene.pool.fetchval("select count(*) from outbox") == 0
    await scene.pool.execute("update crm_connectors set active = true")
    await scene.happens("simple_busy")
    await scene.pool.execute("delete from crm_connectors")
    await scene.deliver()
    assert scene.portal.heard == []
    warnings = {row["warning"] for row in await scene.pool.fetch("select warning from outbox_log")}
    assert warnings == {"the CRM is switched off; nothing was sent", "the CRM was removed; nothing was sent"}


async def test_people_are_read_once_however_many_calls_wait(scene: Scene) -> None:
    await calls_come(scene, 20)
    await scene.deliver_all()
    await each_once(scene, 20)
    assert len(scene.portal.asked(USERS)) == 1


async def test_an_answer_without_end_is_no_answer_and_the_call_is_told_again(scene: Scene) -> None:
    """Ten megabytes in place of a portal's answer: cut off, taken for an answer that was lost."""

    async def endless(_request: web.Request) -> web.Response:
        return web.Response(body=b'{"result": "' + b"x" * (10 << 20) + b'"}', content_type="application/json")

    await calls_come(scene, 1)
    first = await scene.pool.fetchrow("select portal, endpoint from crm_connectors, crm_tokens")
    assert first is not None
    async with serving({f"/rest/{REGISTER}.json": endless, f"/rest/{USERS}.json": endless}) as url:
        await scene.served_at(url.rstrip("/"), f"{url}rest/")
        await scene.deliver()
    (error,) = [row["last_error"] for row in await scene.pool.fetch("select last_error from outbox where attempts > 0")]
    assert error == "the portal answered with something other than Bitrix24's JSON"
    await scene.served_at(first["portal"], first["endpoint"])
    await scene.deliver_all()
    await each_once(scene, 1)
