"""A portal that is removed here is asked to post nothing more to us."""

from datetime import UTC, datetime

import pytest

from crm_sync.bitrix24.binding import bind
from crm_sync.bitrix24.leaving import LeaveDeliverer, leave
from crm_sync.bitrix24.placing import bind_card
from crm_sync.bitrix24.placing import path_of as card_path_of
from crm_sync.hooks import path_of
from crm_sync.keeping import remove_connector
from crm_sync.store import find_connector
from tests.crm_sync.scene import BOX, ROOT, Scene
from trunkline.outbox.worker import OutboxWorker

ANOTHER = "https://another.example.com/hook"


@pytest.fixture
async def bound(scene: Scene) -> Scene:
    """Events come to us, offline ones are queued, and another program of the application has its own."""
    async with scene.pool.acquire() as connection, scene.portals() as portals:
        known = await find_connector(connection, scene.connector)
        await bind(portals, known, f"https://calls.example.com{path_of(known.id)}secret")
        await bind_card(portals, known, f"https://calls.example.com{card_path_of(known.id)}secret")
    scene.portal.world.placements.append({"PLACEMENT": "CALL_CARD", "HANDLER": ANOTHER})
    events, app = scene.portal.world.events, scene.portal.app
    events.bind(app, "ONCRMCONTACTADD", "", is_offline=True)
    events.bind(app, "ONEXTERNALCALLSTART", ANOTHER)
    return scene


async def removed(scene: Scene, times: int = 1) -> list[str]:
    """What came of it, in words."""
    async with scene.pool.acquire() as connection, connection.transaction():
        known = await find_connector(connection, scene.connector)
        await leave(connection, known, BOX)
        await remove_connector(connection, known, ROOT, datetime.now(UTC))
    for _ in range(times):
        await scene.pool.execute("update outbox_streams set due = now(), lease = '-infinity', waiting = null")
        async with scene.portals() as portals:
            await OutboxWorker(scene.pool, None, [LeaveDeliverer(portals, BOX)], clock=scene.clock).drain()
        scene.clock.at += 60
    assert await scene.dead() == []
    return [row["words"] for row in await scene.pool.fetch("select note || warning as words from outbox_log")]


def left(scene: Scene) -> list[str]:
    return [one.handler for one in scene.portal.world.events.bindings]


async def test_what_was_bound_is_unbound_and_nothing_of_another_s(bound: Scene) -> None:
    assert await removed(bound) == ["3 events, the card"]
    assert left(bound) == [ANOTHER]
    assert [one["HANDLER"] for one in bound.portal.world.placements] == [ANOTHER]
    assert bound.portal.violations == []


async def test_a_portal_that_does_not_answer_is_asked_again(bound: Scene) -> None:
    bound.portal.chaos.cut_after("event.unbind")
    bound.portal.chaos.page("event.get")
    assert await removed(bound, times=4) == ["2 events, the card"]
    assert left(bound) == [ANOTHER]


async def test_a_card_that_stays_keeps_no_event_bound(bound: Scene) -> None:
    bound.portal.chaos.refuse("ERROR_METHOD_NOT_FOUND", "placement.get", times=9)
    (words,) = await removed(bound)
    assert words.startswith("the events of a portal that was removed stay bound")
    assert left(bound) == [ANOTHER]


@pytest.mark.parametrize("trouble", ["ended", "revoked", "unreadable"])
async def test_a_sign_in_that_is_no_good_any_more_is_a_warning(bound: Scene, trouble: str) -> None:
    if trouble == "ended":
        bound.clock.at += 7200
    elif trouble == "revoked":
        bound.portal.access.grants.clear()
    else:
        await bound.pool.execute("update crm_tokens set access = 'x'")
    (words,) = await removed(bound)
    assert words.startswith("the events of a portal that was removed stay bound")
    assert len(left(bound)) == 4


async def test_no_secret_stands_in_what_waits(bound: Scene) -> None:
    async with bound.pool.acquire() as connection, connection.transaction():
        await leave(connection, await find_connector(connection, bound.connector), BOX)
    waits = str(await bound.pool.fetch("select * from outbox"))
    assert "bitrix24.left" in waits
    assert bound.portal.access.grants[-1].access not in waits


async def test_who_mends_the_letter_sends_the_token_nowhere_else(bound: Scene) -> None:
    elsewhere = {"endpoint": "http://127.0.0.1:9/rest/", "origin": "http://127.0.0.1:9", "until": 9e9}
    async with bound.pool.acquire() as connection, connection.transaction():
        await leave(connection, await find_connector(connection, bound.connector), BOX)
    payload = await bound.pool.fetchval("select payload from outbox")
    assert set(payload).isdisjoint({*elsewhere, "access"})
    await bound.pool.execute("update outbox set payload = payload || $1", elsewhere)
    async with bound.portals() as portals:
        await OutboxWorker(bound.pool, None, [LeaveDeliverer(portals, BOX)], clock=bound.clock).drain()
    assert left(bound) == [ANOTHER]  # the portal was asked all the same
