"""An employee's Google account has staff and contacts, each once, whatever Google does; and lets them go."""

import asyncio

import pytest

from tests.crm_sync.google.office import Office
from tests.fakes.waiting import eventually


async def test_staff_and_ones_own_contacts_are_there_and_follow_what_changes(office: Office) -> None:
    mine = await office.contact("Вера", "+79161234567", responsible=office.anna, email="vera@example.com")
    await office.contact("Somebody else's", "+79161234568")
    await office.turns()
    assert office.fake.names() == ["Anna", "Вера"]
    (vera,) = [one for one in office.fake.people.values() if one["clientData"][0]["value"] == str(mine)]
    assert vera["phoneNumbers"] == [{"value": "+79161234567", "type": "mobile"}]
    assert vera["emailAddresses"] == [{"value": "vera@example.com"}]
    label = next(name for name, said in office.fake.groups.items() if said == "Trunkline")
    groups = [one["contactGroupMembership"]["contactGroupResourceName"] for one in vera["memberships"]]
    assert groups == ["contactGroups/myContacts", label]
    assert await office.state() == (None, False, 2)
    await office.turns(hours=1)
    asked = len(office.fake.asked)
    await office.pool.execute("update contacts set name = 'Вера Павловна' where id = $1", mine)
    await office.turns(hours=4)
    assert office.fake.names() == ["Anna", "Вера Павловна"]
    assert office.fake.asked[asked:] == ["token refresh_token", "POST people:batchUpdateContacts"]
    await office.chooses(True, "all")
    await office.turns()
    assert office.fake.names() == ["Anna", "Somebody else's", "Вера Павловна"]
    await office.pool.execute("update contacts set deleted_at = now() where id = $1", mine)
    await office.chooses(False, "all")
    await office.turns()
    assert office.fake.names() == ["Somebody else's"]


async def test_hundreds_go_in_parts_and_nothing_else_of_the_account_is_touched(office: Office) -> None:
    office.fake.put({"names": [{"givenName": "Mother"}]})
    await office.pool.execute(
        """
        with made as (
            insert into contacts (id, name)
            select gen_random_uuid(), 'c' || n from generate_series(1, 450) n returning id, name
        )
        insert into contact_phones (contact_id, number) select id, '+7916' || lpad(substr(name, 2), 7, '0') from made
        """
    )
    await office.chooses(True, "all")
    await office.turns()
    assert len(office.fake.people) == 452
    assert office.fake.asked.count("POST people:batchCreateContacts") == 3
    await office.pool.execute("update people set active = false where id = $1", office.anna)
    await office.turns(hours=4)
    assert (office.fake.names(), office.fake.refresh) == (["Mother"], "")
    assert await office.pool.fetchval("select count(*) from google_accounts") == 0


@pytest.mark.parametrize("how", ["lost", 503])
async def test_what_was_made_without_an_answer_is_found_again(office: Office, how: int | str) -> None:
    office.fake.fails("people:batchCreateContacts", how)
    await office.turns()
    assert await office.state() == ("away", True, 0)
    await office.turns(minutes=10)
    assert office.fake.names() == ["Anna"]
    assert await office.state() == (None, False, 1)


async def test_what_is_there_twice_is_taken_out_once(office: Office) -> None:
    await office.turns()
    (first,) = office.fake.people.values()
    office.fake.put({key: first[key] for key in ("names", "clientData")})
    await office.turns(days=7)
    assert len(office.fake.people) == 1
    assert await office.state() == (None, False, 1)


async def test_what_its_owner_changed_or_deleted_is_ours_again(office: Office) -> None:
    await office.contact("Вера", "+79161234567", responsible=office.anna)
    await office.turns()
    office.fake.edit("Вера", names=[{"givenName": "V."}])
    await office.turns(hours=4)  # nobody has looked
    assert office.fake.names() == ["Anna", "V."]
    await office.pool.execute("update contacts set email = 'v@example.com'")
    await office.turns(hours=4)
    assert (await office.state())[0] == "stale"
    await office.turns(minutes=2)
    assert office.fake.names() == ["Anna", "Вера"]
    name = next(iter(office.fake.people))
    del office.fake.people[name]
    await office.turns(days=7)
    assert office.fake.names() == ["Anna", "Вера"]


async def test_a_label_that_was_deleted_is_made_again(office: Office) -> None:
    await office.turns()
    label = next(name for name, said in office.fake.groups.items() if said == "Trunkline")
    del office.fake.groups[label]
    await office.contact("Вера", "+79161234567", responsible=office.anna)
    await office.turns(hours=4)
    assert (await office.state())[0] == "refused"
    await office.turns(hours=4)
    assert (office.fake.names(), "Trunkline" in office.fake.groups.values()) == (["Anna", "Вера"], True)


@pytest.mark.parametrize(
    ("method", "status", "trouble"),
    [
        ("token", 503, "away"),
        ("people:batchCreateContacts", 429, "busy"),
        ("people:batchCreateContacts", 403, "forbidden"),
        ("people:batchCreateContacts", 400, "refused"),
        ("people/me/connections", 500, "away"),
    ],
)
async def test_a_refusal_is_told_and_tried_again(office: Office, method: str, status: int, trouble: str) -> None:
    office.fake.fails(method, status)
    await office.turns()
    assert await office.state() == (trouble, False, 0)
    await office.turns(hours=4)
    assert await office.state() == (None, False, 1)


async def test_a_permission_taken_back_waits_for_another(office: Office) -> None:
    office.fake.refresh = ""
    await office.turns()
    assert (await office.state())[0] == "signed_out"
    await office.leaves()
    await office.turns()
    assert await office.pool.fetchval("select count(*) from google_accounts") == 0


async def test_who_disconnects_keeps_nothing_of_ours(office: Office) -> None:
    office.fake.put({"names": [{"givenName": "Mother"}]})
    await office.turns()
    await office.leaves()
    await office.turns()
    assert (office.fake.names(), office.fake.refresh) == (["Mother"], "")
    assert "Trunkline" not in office.fake.groups.values()


async def test_of_two_machines_one_writes(office: Office) -> None:
    await asyncio.gather(office.syncing.turn(), office.syncing.turn())
    assert office.fake.asked.count("POST people:batchCreateContacts") == 1


async def test_a_turn_that_was_overtaken_writes_nothing_more(office: Office) -> None:
    office.fake.holds["people/me/connections"] = asyncio.Event()
    office.fake.fails("people/me/connections", 403)
    turning = asyncio.create_task(office.syncing.turn())
    await eventually(lambda: "GET people/me/connections" in office.fake.asked)
    await office.pool.execute("update google_accounts set turn = turn + 1")
    office.fake.holds.pop("people/me/connections").set()
    assert await turning
    assert await office.state() == (None, False, 0)


async def test_no_secret_stands_in_a_row_or_a_log(office: Office, capfd: pytest.CaptureFixture[str]) -> None:
    office.fake.fails("token", 503)
    await office.turns()
    await office.turns(minutes=10)
    rows = str(await office.pool.fetch("select * from google_accounts"))
    told = capfd.readouterr()
    assert "1//refresh" not in rows + told.out + told.err
    assert "ya29." not in rows + told.out + told.err
