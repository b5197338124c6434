"""From a call as a PBX tells it to the activity in the portal."""

from collections import Counter

import pytest

from crm_sync.telling import follow_ends, follow_seats
from tests.calls.dialogues import NAMES, dialogue
from tests.crm_sync.scene import LONG_AGO, Scene
from trunkline.calls.applier import CallApplier

REGISTER, FINISH = "telephony.externalCall.register", "telephony.externalCall.finish"
SHOW, HIDE = "telephony.externalCall.show", "telephony.externalCall.hide"
TOLD = "select id, outcome from calls where direction <> 'internal' and client <> ''"


async def test_an_answered_call_is_one_activity_of_who_answered(scene: Scene) -> None:
    await scene.happens("simple_answered")
    await scene.deliver()
    (call,) = await scene.calls()
    (activity,) = scene.portal.activities_of(str(call))
    assert (activity["RESPONSIBLE_ID"], activity["DIRECTION"]) == (scene.user("101"), "1")
    (row,) = scene.portal.finished
    assert (row["CALL_FAILED_CODE"], row["EXTERNAL_CALL_ID"], row["CALL_DURATION"]) == ("200", str(call), "2")
    assert (row["PORTAL_NUMBER"], row["PHONE_NUMBER"]) == ("+74951234567", "+79161234567")
    assert scene.portal.violations == []
    assert await scene.pool.fetchval("select count(*) from outbox") == 0
    assert await scene.dead() == []


async def test_each_physical_call_of_every_recorded_dialogue_is_there_once(scene: Scene) -> None:
    """And no other: internal ones, hidden numbers, and what became a part of another call."""
    for name in NAMES:
        await scene.happens(name)
    await scene.deliver_all()
    outcomes = {row["id"]: row["outcome"] for row in await scene.pool.fetch(TOLD)}
    ended = await scene.pool.fetchval("select count(*) from calls where ended_at is not null")
    assert 0 < len(outcomes) < ended
    expected = {str(call): 1 for call, outcome in outcomes.items() if outcome in {"answered", "missed"}}
    open_calls = {str(row["id"]) for row in await scene.pool.fetch("select id from calls where ended_at is null")}
    told = Counter(row["EXTERNAL_CALL_ID"] for row in scene.portal.finished)
    assert told == {call: 1 for call in expected if call not in open_calls}
    for call in told:
        assert len(scene.portal.activities_of(call)) == 1
    assert scene.portal.violations == []
    assert await scene.dead() == []


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("simple_no_answer", "304"),
        ("simple_busy", "304"),
        ("queue_abandoned", "304"),
        ("outgoing_call", "200"),
        ("queue_answered", "200"),
    ],
)
async def test_how_it_ended_is_told_in_the_portal_s_code(scene: Scene, name: str, code: str) -> None:
    await scene.happens(name)
    await scene.deliver()
    assert [row["CALL_FAILED_CODE"] for row in scene.portal.finished] == [code]


async def test_the_card_opens_before_whom_it_rings_at_and_follows_the_call(scene: Scene) -> None:
    """Frame by frame, as it happens: open before whoever is in the call, and before nobody else."""
    applier = CallApplier(follow_ends, follow_seats)
    seen: list[list[str]] = []
    for frame in dialogue("blind_transfer").frames:
        await scene.hear(applier, [frame])
        await scene.deliver()
        cards = [name for name in ("101", "102") if scene.portal.cards_of(int(scene.user(name)))]
        if not seen or seen[-1] != cards:
            seen.append(cards)
    assert seen == [[], ["101"], [], ["102"], []]
    assert scene.portal.violations == []


async def test_a_call_told_late_opens_no_card(scene: Scene) -> None:
    await scene.happens("simple_answered")
    await scene.deliver()
    assert [one.params["SHOW"] for one in scene.portal.asked(REGISTER)] == [0]
    assert scene.portal.asked(SHOW) == []


async def test_whom_the_portal_does_not_know_his_call_is_the_default_user_s(scene: Scene) -> None:
    chief = scene.portal.world.add_user("Вера")
    for user in scene.portal.world.users.values():
        user.inner = ""
    await scene.pool.execute("update crm_connectors set default_user = $1", chief.id)
    await scene.happens("simple_answered")
    await scene.deliver()
    (row,) = scene.portal.finished
    assert row["PORTAL_USER_ID"] == str(chief.id)


async def test_who_left_the_portal_since_it_was_read_costs_no_call(scene: Scene) -> None:
    await scene.happens("simple_answered")
    await scene.deliver()
    anna = scene.portal.world.users[int(scene.user("101"))]
    anna.is_active = False
    await scene.pool.execute("truncate calls, steps cascade")
    await scene.pool.execute("truncate crm_calls, outbox, outbox_log")
    await scene.happens("simple_no_answer")
    await scene.deliver()
    assert [row["PORTAL_USER_ID"] for row in scene.portal.finished] == [str(anna.id), "1"]
    assert await scene.dead() == []


async def test_calls_from_before_it_was_connected_are_not_told(scene: Scene) -> None:
    await scene.pool.execute("update crm_connectors set told_since = now()")
    await scene.happens("simple_answered")
    assert await scene.pool.fetchval("select count(*) from outbox") == 0
    await scene.pool.execute("update crm_connectors set told_since = $1, active = false", LONG_AGO)
    await scene.happens("simple_busy")
    assert await scene.pool.fetchval("select count(*) from outbox") == 0


async def test_our_lines_are_named_there_once_each(scene: Scene) -> None:
    lines = "insert into lines (id, number, name) values (gen_random_uuid(), '+74951234567', $1)"
    await scene.pool.execute(lines, "Окна")
    await scene.happens("simple_answered")
    await scene.deliver_all()
    await scene.happens("simple_busy")
    await scene.deliver_all()
    assert [(one["NUMBER"], one["NAME"]) for one in scene.portal.world.lines.values()] == [("+74951234567", "Окна")]
    await scene.pool.execute("update lines set name = 'Двери'")
    await scene.happens("simple_no_answer")
    await scene.deliver_all()
    assert [one["NAME"] for one in scene.portal.world.lines.values()] == ["Двери"]
    assert len(scene.portal.asked("telephony.externalLine.add")) == 2


async def test_what_the_portal_complains_of_is_a_warning_at_the_delivery(scene: Scene) -> None:
    scene.portal.world.rules.lead_error = "Lead creation is disabled for local users"
    await scene.happens("simple_answered")
    await scene.deliver()
    warnings = [row["warning"] for row in await scene.pool.fetch("select warning from outbox_log order by id")]
    assert "Lead creation is disabled for local users" in warnings


SEATED = """
select k.remote_id, array(
    select distinct u.user_id from agent_calls a
    join crm_users u on u.connector_id = k.connector_id and u.extension = a.extension where a.call_id = k.call_id
) as users
from crm_calls k where k.remote_id is not null
"""


@pytest.mark.parametrize(
    "name", ["attended_transfer", "blonde_transfer", "pickup", "ring_group_answered", "outgoing_call"]
)
async def test_whoever_is_in_the_call_sees_its_card_and_nobody_else(scene: Scene, name: str) -> None:
    """Three frames at a time: what the portal shows is who sits in the call, and after it nobody sees any card."""
    for extension in ("103", "104"):
        scene.portal.world.add_user(extension, inner=extension)
    applier, frames, most = CallApplier(follow_ends, follow_seats), dialogue(name).frames, 0
    for first in range(0, len(frames), 3):
        await scene.hear(applier, frames[first : first + 3])
        await scene.deliver()
        for row in await scene.pool.fetch(SEATED):
            call = scene.portal.world.calls[row["remote_id"]]
            assert call.shown == set(row["users"])
            most = max(most, len(call.shown))
        scene.clock.at += 1
    assert most > 0
    assert [call.shown for call in scene.portal.calls] == [set()] * len(scene.portal.calls)
    assert scene.portal.violations == []
