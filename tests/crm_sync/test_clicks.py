"""A click on a number in the portal: one dial, one call, and that call is the portal's own (crm.md §2.5, §2.8.4)."""

import asyncio
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from tests.crm_sync.office import CLIENT, NOW, Office
from tests.fakes.bitrix24.callings import clicked
from tests.fakes.bitrix24.entities import CONTACT
from trunkline.background import running

REGISTER, FINISH = "telephony.externalCall.register", "telephony.externalCall.finish"
DIALS = "select number, agent, line, person_id from dials"
LINE = "insert into lines (id, number, name) values (gen_random_uuid(), '+74951234567', 'Окна')"


async def test_the_telephone_of_who_clicked_rings_and_the_call_is_the_portal_s_own(office: Office) -> None:
    call = await office.click(entity=(CONTACT, 7))
    await office.do()
    (dial,) = await office.pool.fetch(DIALS)
    assert (dial["number"], dial["agent"], dial["line"], dial["person_id"].int) == (CLIENT, "101", "", 101)
    (deed,) = await office.pool.fetch("select person, person_id, via from audit where action = 'call.dialled'")
    assert (deed["person"], deed["person_id"].int, deed["via"]) == ("bitrix24 office", 101, "crm office")

    await office.call_goes()
    await office.dial_ends("answered")
    await office.do()
    await office.scene.deliver_all()

    (row,) = office.scene.portal.finished
    assert (row["CALL_ID"], row["CALL_FAILED_CODE"], row["PORTAL_USER_ID"]) == (call.id, "200", str(office.anna))
    assert office.scene.portal.asked(REGISTER) == []
    assert len(office.scene.portal.asked(FINISH)) == 1
    assert len(office.scene.portal.world.activities) == 1
    assert office.scene.portal.cards_of(office.anna) == []
    entities = "select entity from crm_calls where remote_id = $1"
    assert await office.pool.fetchval(entities, call.id) == "CONTACT 7"
    assert await office.became() == ["answered"]
    assert office.scene.portal.violations == []
    assert await office.scene.dead() == []


async def test_posted_twice_and_again_later_it_is_dialled_once(office: Office) -> None:
    events = office.scene.portal.world.events
    events.is_twice = True
    with events.reordered():
        for number in (CLIENT, "+79265550102"):
            clicked(office.scene.portal.world, office.scene.portal.app, office.anna, number, "", None)
    await events.settled()
    await office.hear()
    await office.do()
    for delivery in list(office.scene.portal.deliveries):
        assert await office.post(delivery.form) == 200
    await office.hear()
    await office.do()
    assert sorted(row["number"] for row in await office.pool.fetch(DIALS)) == [CLIENT, "+79265550102"]
    assert {one.status for one in office.scene.portal.deliveries} == {200}
    assert await office.pool.fetchval("select count(*) from crm_calls") == 2


@pytest.mark.parametrize(
    ("trouble", "phone", "code", "words"),
    [
        (
            "insert into do_not_call (number, reason, person) values ('+79265550101', 'asked', 'x')",
            CLIENT,
            "423",
            "asked",
        ),
        ("update dial_rules set active = false", CLIENT, "403", "Calling out is switched off."),
        ("update dial_rules set day_calls = 0", CLIENT, "403", "are used up"),
        ("select 1", "112", "404", "Emergency numbers"),
        ("select 1", "hidden", "404", "no telephone number"),
        ("select 1", "+18005550100", "503", "may not be called"),
        ("delete from pbxs", CLIENT, "503", "No PBX lets Trunkline dial"),
        ("update people set active = false", CLIENT, "480", "Nobody of ours works"),
        ("update crm_users set extension = '101,102&SIP/x'", CLIENT, "480", "Nobody of ours works"),
        ("delete from crm_users", CLIENT, "480", "Nobody of ours works"),
    ],
)
async def test_what_is_not_dialled_ends_in_the_portal_with_the_reason(
    office: Office, trouble: str, phone: str, code: str, words: str
) -> None:
    call = await office.click(phone)
    if "crm_users" in trouble:
        office.scene.portal.world.users[office.anna].inner = ""
    await office.pool.execute(trouble)
    await office.do()
    await office.scene.deliver_all()
    (told,) = office.scene.portal.asked(FINISH)
    assert (told.params["CALL_ID"], told.params["STATUS_CODE"], told.params["DURATION"]) == (call.id, code, 0)
    assert words in told.params["FAILED_REASON"]
    assert await office.pool.fetchval("select count(*) from dials") == 0
    assert await office.scene.dead() == []
    assert office.scene.portal.violations == []


@pytest.mark.parametrize(("role", "dials"), [("agent", 1), ("marketer", 0)])
async def test_who_may_sign_in_here_needs_the_right_to_dial(office: Office, role: str, dials: int) -> None:
    await office.account(role)
    await office.click()
    await office.do()
    assert await office.pool.fetchval("select count(*) from dials") == dials


@pytest.mark.parametrize("extension", ["102", "112", "2223344"])
async def test_a_number_nobody_of_ours_works_at_is_not_rung(office: Office, extension: str) -> None:
    """What a profile of the portal names may be an emergency, a city's or a feature's number of the PBX."""
    boris = int(office.scene.user("102"))
    user = "insert into crm_users values ($1, $3, $2, 'Борис')"
    await office.pool.execute(user, office.scene.connector, boris, extension)
    await office.scene.portal.click_to_call(boris, CLIENT)
    await office.hear()
    await office.do()
    assert await office.became() == ["no_extension"]
    assert await office.pool.fetch(DIALS) == []


async def test_a_click_heard_too_late_is_not_dialled(office: Office) -> None:
    """The database was away meanwhile."""
    await office.click()
    heard = await office.pool.fetchval("select heard_at from crm_events")
    await office.do(heard + timedelta(seconds=31))
    await office.scene.deliver_all()
    (told,) = office.scene.portal.asked(FINISH)
    assert (told.params["STATUS_CODE"], await office.became()) == ("480", ["expired"])
    assert await office.pool.fetchval("select count(*) from dials") == 0


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        ("not_dialled", "480"),
        ("refused", "503"),
        ("expired", "480"),
        ("stopped", "403"),
        ("agent_no_answer", "603-S"),
        ("no_answer", "304"),
        ("unknown", "OTHER"),
    ],
)
async def test_a_dial_the_story_tells_nothing_of_ends_there_too(office: Office, outcome: str, code: str) -> None:
    call = await office.click()
    await office.do()
    await office.do()
    assert office.scene.portal.asked(FINISH) == []
    await office.dial_ends(outcome)
    await office.do()
    await office.do()
    await office.scene.deliver_all()
    (told,) = office.scene.portal.asked(FINISH)
    assert (told.params["CALL_ID"], told.params["STATUS_CODE"]) == (call.id, code)
    assert told.params["FAILED_REASON"]
    assert (await office.became(), len(office.scene.portal.finished)) == ([outcome], 1)


@pytest.mark.parametrize(
    ("said", "ours"), [("", ""), ("7", ""), ("+74951234567", "+74951234567"), ("+74950000000", "")]
)
async def test_the_line_is_one_of_ours_or_left_to_the_rule(office: Office, said: str, ours: str) -> None:
    await office.pool.execute(LINE)
    await office.click(line=said)
    await office.do()
    assert [row["line"] for row in await office.pool.fetch(DIALS)] == [ours]
    assert await office.pool.fetchval("select entity from crm_calls") == ""  # CRM_ENTITY_ID 0 is nobody


async def test_who_got_an_extension_meanwhile_is_looked_up(office: Office) -> None:
    await office.pool.execute("delete from crm_users")
    await office.click()
    await office.do()
    assert [row["agent"] for row in await office.pool.fetch(DIALS)] == ["101"]


async def test_a_portal_that_tells_nobody_is_asked_once_a_minute(office: Office) -> None:
    await office.pool.execute("delete from crm_users")
    refusal = office.scene.portal.chaos.refuse("INTERNAL_SERVER_ERROR", "user.get", 9)
    for ahead in (0, 1, 2):
        await office.click()
        await office.do(NOW + timedelta(seconds=ahead))
    assert refusal.left == 8
    assert await office.became() == ["no_extension"] * 3


async def test_an_end_whose_answer_was_lost_is_not_told_twice(office: Office) -> None:
    await office.pool.execute("update dial_rules set active = false")
    await office.click()
    await office.do()
    office.scene.portal.chaos.cut_after(FINISH)
    await office.scene.deliver_all()
    assert len(office.scene.portal.finished) == 1
    assert await office.scene.dead() == []


async def test_the_task_does_what_comes_and_forgets_what_is_long_done(office: Office, redis: Redis) -> None:
    await office.pool.execute(
        "insert into crm_events (connector_id, key, kind, heard_at, said, state, became) "
        "values ($1, 'click:old', 'click', now() - interval '31 days', '{}', 'over', 'answered')",
        office.scene.connector,
    )
    async with office.doing(redis) as doing, running({"events": doing.run, "upkeep": doing.keep_up}):
        await office.click()
        async with asyncio.timeout(20):
            while await office.pool.fetch("select key from crm_events where key = 'click:old' or state = 'waiting'"):
                pass
    assert len(await office.pool.fetch(DIALS)) == 1
