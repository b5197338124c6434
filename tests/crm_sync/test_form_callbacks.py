"""Who asks on a form of the CRM to be called back waits in the order of the callbacks, once (crm.md §2.8.5)."""

import pytest

from tests.crm_sync.office import CLIENT, NOW, Office
from tests.crm_sync.test_check import findings

ROWS = "select number, queue_id, line, source, zone, note, state from callbacks"


@pytest.fixture
async def desk(office: Office) -> Office:
    """Sales call them back."""
    await office.pool.execute("insert into queues (id, name, target) values ('sales', 'Sales', 'sales')")
    await office.pool.execute("update crm_connectors set callback_queue = 'sales'")
    await office.pool.execute("insert into lines (id, number, name) values (gen_random_uuid(), '+74951234567', '')")
    return office


async def test_who_asks_on_a_form_waits_in_the_queue(desk: Office) -> None:
    await desk.scene.portal.callback_form(CLIENT, "+74951234567")
    await desk.hear()
    await desk.do()
    (row,) = await desk.pool.fetch(ROWS)
    assert tuple(row) == (
        *(CLIENT, "sales", "+74951234567", "bitrix24", "Europe/Samara", "Обратный звонок с сайта", "waiting"),
    )
    (deed,) = await desk.pool.fetch("select person, action from audit where object_kind = 'callback'")
    assert tuple(deed) == ("bitrix24 office", "callback.added")
    assert await desk.became() == ["callback"]


async def test_posted_twice_it_is_one_callback_and_asked_again_it_waits_on(desk: Office) -> None:
    portal = desk.scene.portal
    portal.world.events.is_twice = True
    await portal.callback_form(CLIENT)
    desk.scene.clock.at += 60
    await portal.callback_form(CLIENT)
    for delivery in list(portal.deliveries):
        assert await desk.post(delivery.form) == 200
    await desk.hear()
    await desk.do()
    assert await desk.became() == ["callback", "callback"]
    assert await desk.pool.fetchval("select count(*) from callbacks") == 1
    assert await desk.pool.fetchval("select count(*) from audit where object_kind = 'callback'") == 1


@pytest.mark.parametrize(
    ("trouble", "phone", "became"),
    [
        (
            "insert into do_not_call (number, reason, person) values ('+79265550101', 'asked', 'x')",
            CLIENT,
            "do_not_call",
        ),
        ("select 1", "+18005550100", "not_allowed"),
        ("select 1", "", "no_number"),
        ("update crm_connectors set callback_queue = null", CLIENT, "no_queue"),
        ("delete from queues", CLIENT, "no_queue"),
    ],
)
async def test_whom_nobody_may_call_or_nobody_calls_is_told_of(
    desk: Office, trouble: str, phone: str, became: str
) -> None:
    await desk.scene.portal.callback_form(phone)
    await desk.hear()
    await desk.pool.execute(trouble)
    await desk.do()
    assert await desk.became() == [became]
    assert await desk.pool.fetchval("select count(*) from callbacks") == 0
    _, bad = await findings(desk.scene)
    told = "1 client who asked for a callback on a form was not called back" in bad
    assert told is (became == "no_queue")


async def test_a_form_that_is_flooded_leaves_the_day_s_calls_to_others(desk: Office) -> None:
    desk.hourly = 2
    for number in range(3):
        await desk.scene.portal.callback_form(f"+7926555010{number}")
    await desk.hear()
    await desk.pool.execute(
        "update crm_events set heard_at = $1::timestamptz + interval '1 s' * rank from "
        "(select key as one, row_number() over (order by key) as rank from crm_events) as ranked where key = one",
        NOW,
    )
    await desk.do()
    assert await desk.became() == ["callback", "callback", "too_many"]
    assert await desk.pool.fetchval("select count(*) from callbacks") == 2
    await desk.pool.execute("update crm_events set state = 'waiting', became = '' where became = 'too_many'")
    await desk.pool.execute("update crm_events set heard_at = heard_at + interval '1 hour' where state = 'waiting'")
    await desk.do()
    assert await desk.became() == ["callback", "callback", "callback"]


async def test_whom_a_flooded_form_kept_out_is_told_of(desk: Office) -> None:
    desk.hourly = 0
    await desk.scene.portal.callback_form(CLIENT)
    await desk.hear()
    await desk.do()
    _, bad = await findings(desk.scene)
    assert "1 client who asked for a callback on a form was not called back" in bad


async def test_a_fault_of_ours_costs_nothing_behind_it(desk: Office) -> None:
    """A row nobody can read, as a future version may leave one."""
    await desk.scene.portal.callback_form(CLIENT)
    await desk.click()
    await desk.pool.execute("update crm_events set said = '[]' where kind = 'callback'")
    await desk.do(NOW)
    assert sorted(await desk.became()) == ["", "fault"]
    assert await desk.pool.fetchval("select count(*) from dials") == 1
