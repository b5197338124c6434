"""The vendor's acceptance list for telephony as it is met by calls of ours (crm.md §2.8), a row a test."""

from pathlib import Path

from crm_sync.telling import follow_ends, follow_seats
from tests.calls.dialogues import dialogue
from tests.crm_sync.office import CLIENT, Office
from tests.crm_sync.recorder import recorder
from tests.crm_sync.scene import Scene
from tests.crm_sync.test_check import findings
from trunkline.calls.applier import CallApplier

REGISTER, FINISH = "telephony.externalCall.register", "telephony.externalCall.finish"
SHOW, HIDE = "telephony.externalCall.show", "telephony.externalCall.hide"
OUR_LINE = "+74951234567"


async def test_row_1_calls_both_ways_are_registered_and_the_portal_makes_its_objects(scene: Scene) -> None:
    for name in ("simple_answered", "outgoing_call"):
        await scene.happens(name)
    await scene.deliver_all()
    registered = [one.params for one in scene.portal.asked(REGISTER)]
    assert sorted((one["TYPE"], one["CRM_CREATE"]) for one in registered) == [(1, 1), (2, 1)]
    assert all(one["EXTERNAL_CALL_ID"] for one in registered)
    finished = {row["PHONE_NUMBER"]: row for row in scene.portal.finished}
    assert set(finished) == {one["PHONE_NUMBER"] for one in registered}
    assert {row["CRM_ENTITY_TYPE"] for row in finished.values()} == {"LEAD"}
    assert len(scene.portal.world.activities) == 2
    assert scene.portal.violations == []


async def test_row_2_the_line_is_told_with_the_call_and_by_its_name(scene: Scene) -> None:
    await scene.pool.execute(
        "insert into lines (id, number, name) values (gen_random_uuid(), $1, 'Реклама на щитах')", OUR_LINE
    )
    await scene.happens("simple_answered")
    await scene.deliver_all()
    assert [one.params["LINE_NUMBER"] for one in scene.portal.asked(REGISTER)] == [OUR_LINE]
    lines = [(one["NUMBER"], one["NAME"]) for one in scene.portal.world.lines.values()]
    assert lines == [(OUR_LINE, "Реклама на щитах")]


async def test_row_3_the_recording_is_attached_to_the_call(scene: Scene, tmp_path: Path) -> None:
    async with recorder(scene, tmp_path) as booth:
        await booth.happens("simple_answered", {"0": 1.0})
        await booth.kept("0")
        await booth.deliver_all()
        (call,) = await scene.calls()
        (activity,) = scene.portal.activities_of(str(call))
        assert scene.portal.record_of(str(call)) is not None
        assert activity["FILES"]


async def test_row_4_a_click_in_the_portal_is_a_call_that_ends_as_the_portal_s_own(office: Office) -> None:
    good, _ = await findings(office.scene, str(office.street.client.make_url(office.path)))
    assert "clicks on numbers and forms in the portal come to us" in good
    clicked = await office.click()
    await office.do()
    await office.call_goes()
    await office.scene.deliver_all()
    assert office.scene.portal.asked(REGISTER) == []
    (row,) = office.scene.portal.finished
    assert (row["CALL_ID"], row["CALL_FAILED_CODE"]) == (clicked.id, "200")


async def test_row_5_a_callback_form_is_called_back(office: Office) -> None:
    await office.pool.execute("insert into queues (id, name, target) values ('sales', 'Sales', 'sales')")
    await office.pool.execute("update crm_connectors set callback_queue = 'sales'")
    await office.scene.portal.callback_form(CLIENT)
    await office.hear()
    await office.do()
    rows = await office.pool.fetch("select number, state from callbacks")
    assert [tuple(row) for row in rows] == [(CLIENT, "waiting")]


async def test_recommended_the_card_goes_with_a_call_that_is_passed_on(scene: Scene) -> None:
    applier = CallApplier(follow_ends, follow_seats)
    for frame in dialogue("blind_transfer").frames:
        await scene.hear(applier, [frame])
        await scene.deliver()
    first, second = int(scene.user("101")), int(scene.user("102"))
    assert [first] in [one.params["USER_ID"] for one in scene.portal.asked(HIDE)]
    assert [second] in [one.params["USER_ID"] for one in scene.portal.asked(SHOW)]
    assert len(scene.portal.asked(FINISH)) == 1
