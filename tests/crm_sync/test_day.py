"""A day of a company through Bitrix24's limits: whatever happens, each physical call is one activity there."""

import os
from collections import Counter, defaultdict

import pytest
from redis.asyncio import Redis

from crm_sync.bitrix24.deliverer import bucket_of
from crm_sync.bitrix24.limiting import bucket
from tests.crm_sync.day import FINISH, FULL, REGISTER, SMALL, day
from tests.crm_sync.portal_client import Hand
from tests.crm_sync.scene import LONG_AGO, Scene
from tests.crm_sync.test_chaos import each_once
from tests.fakes.bitrix24.entities import LEAD
from tests.fakes.bitrix24.portal import Portal
from trunkline.outbox.event import Event
from trunkline.outbox.shared import SharedState

PLAN = FULL if os.environ.get("SCALE") == "full" else SMALL


@pytest.mark.timeout(120 if PLAN is SMALL else 600)
async def test_a_day_of_a_company(scene: Scene, redis: Redis) -> None:
    async with day(scene, redis, PLAN) as told:
        await told.played()
    assert min(told.troubles[one] for one in ("fault", "stall", "kill", "outage")) > 0
    assert told.looked > PLAN.calls / 4
    await each_once(scene, PLAN.calls)
    assert one_lead_a_number(scene.portal)
    assert in_order(scene.portal)
    (bucket,) = scene.portal.buckets.values()
    assert (bucket.spilled, bucket.highest > 40) == (0, True)
    assert all(not call.shown for call in scene.portal.calls if call.is_finished)


async def test_a_burst_leaves_room_for_what_it_asks_besides(redis: Redis) -> None:
    """Who works there is looked up by the first of a hundred calls: the others wait for that, and it for no token."""
    shared, payload = SharedState(redis, Hand()), {"portal": "company.bitrix24.ru"}
    event = Event(1, "s", "bitrix24.register", "i", payload, 0, unsure=False, created_at=LONG_AGO)
    granted, _wait = await shared.take(bucket_of(event), 100)
    more, _wait = await shared.take(bucket("bitrix24:company.bitrix24.ru", enterprise=False), 100)
    assert (granted, more) == (45, 3)


def one_lead_a_number(portal: Portal) -> bool:
    """However many calls of a client nobody knows came at once."""
    leads = Counter(one["VALUE"] for row in portal.world.crm.of(LEAD).values() for one in row["PHONE"])
    return len(leads) > 0 and set(leads.values()) == {1}


def in_order(portal: Portal) -> bool:
    """Of each call first its begin, last its end; nothing of it is taken after that."""
    good = defaultdict(list)
    external = {call.id: call.external for call in portal.calls}
    for one in portal.heard:
        call = one.params.get("EXTERNAL_CALL_ID") or external.get(str(one.params.get("CALL_ID")))
        if call and not one.code:
            good[call].append(one.method)
    return all(told[0] == REGISTER and told[-1] == FINISH for told in good.values())
