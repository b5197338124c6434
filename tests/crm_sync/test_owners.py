"""Whose a call is where several in the portal have its number: chosen by us, by the mirror or by one request."""

import pytest

from crm_sync.bitrix24.limiting import Limiter, admit_one, bucket
from tests.crm_sync.filled import Filled
from tests.crm_sync.scene import Scene
from tests.crm_sync.test_chaos import calls_come
from tests.fakes.bitrix24.entities import COMPANY, CONTACT, LEAD
from trunkline.outbox.shared import SharedState

REGISTER = "telephony.externalCall.register"
PHONE = "+79161234567"
CLIENT = {"PHONE": [{"VALUE": "8 (916) 123-45-67"}]}
WARNING = "select warning from outbox_log where kind = 'bitrix24.register'"


@pytest.fixture
def filled(scene: Scene) -> Filled:
    return Filled(scene)


async def registered(scene: Scene) -> tuple[object, object]:
    """What the portal was told of whose it is."""
    await scene.happens("simple_answered")
    await scene.deliver()
    (heard,) = scene.portal.asked(REGISTER)
    assert scene.portal.violations == []
    assert await scene.dead() == []
    return heard.params.get("CRM_ENTITY_TYPE"), heard.params.get("CRM_ENTITY_ID")


def searched(scene: Scene) -> int:
    """Requests for whose a number is: one asks of contacts, companies and leads."""
    return len([one for one in scene.portal.asked("batch") if "findbycomm" in str(one.params)])


async def test_the_oldest_contact_goes_before_companies_and_leads(scene: Scene) -> None:
    crm = scene.portal.world.crm
    crm.add(LEAD, CLIENT)
    crm.add(COMPANY, CLIENT)
    contact = crm.add(CONTACT, CLIENT)
    crm.add(CONTACT, CLIENT)
    assert await registered(scene) == ("CONTACT", contact)
    assert await scene.pool.fetchval("select entity from crm_calls") == f"CONTACT {contact}"
    assert await scene.pool.fetchval(WARNING) == "3 more have this number"
    assert searched(scene) == 1


async def test_of_leads_it_is_the_newest(scene: Scene) -> None:
    scene.portal.world.crm.add(LEAD, CLIENT)
    newest = scene.portal.world.crm.add(LEAD, CLIENT)
    assert await registered(scene) == ("LEAD", newest)


async def test_a_number_nobody_has_is_left_to_the_portal(scene: Scene) -> None:
    assert await registered(scene) == (None, None)
    assert len(scene.portal.world.crm.of(LEAD)) == 1


@pytest.mark.parametrize("kind", [CONTACT, COMPANY])
async def test_whom_the_mirror_knows_alone_costs_no_request(filled: Filled, kind: int) -> None:
    one = filled.add(kind, PHONE, **{"title" if kind == COMPANY else "name": "Ромашка"})
    await filled.read()
    assert await registered(filled.scene) == ("CONTACT" if kind == CONTACT else "COMPANY", one)
    assert searched(filled.scene) == 0


@pytest.mark.parametrize("what", ["two", "half_read", "off", "deleted"])
async def test_a_mirror_that_does_not_know_one_alone_is_not_enough(filled: Filled, what: str) -> None:
    one = filled.add(CONTACT, PHONE, name="Анна")
    if what == "two":
        filled.add(CONTACT, PHONE, name="Борис")
    await filled.read()
    if what == "half_read":
        await filled.scene.pool.execute("update crm_mirrors set swept_at = null")
    if what == "off":
        await filled.scene.pool.execute("update crm_connectors set fills = false")
    if what == "deleted":
        await filled.scene.pool.execute("update contacts set deleted_at = now()")
    assert await registered(filled.scene) == ("CONTACT", one)
    assert searched(filled.scene) == 1


@pytest.mark.parametrize("fault", ["refuse", "cut_after", "page"])
async def test_a_search_that_fails_costs_no_registration(scene: Scene, fault: str) -> None:
    contact = scene.portal.world.crm.add(CONTACT, CLIENT)
    chaos = scene.portal.chaos
    if fault == "refuse":
        chaos.refuse("OPERATION_TIME_LIMIT", "batch")
    else:
        getattr(chaos, fault)("batch")
    assert await registered(scene) == (None, None)
    assert await scene.pool.fetchval("select entity from crm_calls") == f"CONTACT {contact}"


async def test_whom_the_portal_does_not_take_costs_no_registration(scene: Scene) -> None:
    scene.portal.world.crm.add(CONTACT, CLIENT)
    scene.portal.chaos.refuse("ERROR_ARGUMENT", REGISTER)
    await scene.happens("simple_answered")
    await scene.deliver()
    (taken,) = scene.portal.asked(REGISTER)
    assert "CRM_ENTITY_TYPE" not in taken.params
    assert await scene.pool.fetchval("select remote_id is not null from crm_calls")
    assert await scene.dead() == []


async def test_of_many_that_ring_at_once_none_waits_for_a_search(scene: Scene) -> None:
    await calls_come(scene, 8, alike=True)
    await scene.deliver_all()
    assert len(scene.portal.asked(REGISTER)) == 8
    assert searched(scene) <= 5  # the last ones have nobody to hold up
    assert await scene.dead() == []


async def test_an_offer_leaves_what_is_reserved_and_lets_one_more_through(scene: Scene) -> None:
    limiter = Limiter(SharedState(None, scene.clock))
    account = bucket("bitrix24:x", enterprise=False, reserve=20.0)
    admit_one()
    assert await limiter.offer(account)
    for _ in range(2):  # without a token more
        await limiter.wait(account)
    granted, _wait = await limiter.shared.take(account, 50)
    assert granted > 0
    assert not await limiter.offer(account)
