"""A call is told once in the dialogue of who called, its recording behind it, whatever is lost on the way."""

from uuid import uuid4

import pytest

from tests.crm_sync.chat2desk.conftest import Office
from tests.missed.told import CLIENT, Heard
from trunkline.recorded.talk import Standing

ANSWERED = Heard(1, answered=True, agents=("102",))
DEAD = "select count(*) from outbox_dead"


@pytest.fixture(autouse=True)
async def known(office: Office) -> None:
    await office.connect()
    await office.writes()


async def test_a_call_is_a_comment_with_the_facts(office: Office) -> None:
    assert await office.call(ANSWERED)
    assert not await office.call(ANSWERED), "however often it is told that it is over"
    await office.deliver()

    (text,) = office.fake.texts()
    assert "The client called" in text
    assert "+7 916 123-45-67" in text
    assert "Talked for 1:00" in text
    assert "Line: Sales · Windows" in text
    assert text.splitlines()[-1].startswith("Trunkline #")
    assert await office.pool.fetchval("select note from outbox_log") == str(office.fake.messages[0]["id"])


async def test_it_is_told_in_the_companys_language(office: Office) -> None:
    office.language = "ru"
    contact = uuid4()
    await office.pool.execute("insert into contacts (id, name, class) values ($1, 'Иванов', 'supplier')", contact)
    await office.pool.execute("insert into contact_phones (contact_id, number) values ($1, $2)", contact, CLIENT)
    await office.call(Heard(2))
    await office.deliver()
    (text,) = office.fake.texts()
    assert "Клиент звонил" in text
    assert "Иванов · +7 916 123-45-67 · поставщик" in text
    assert "Пропущен" in text


@pytest.mark.parametrize("how", ["lost", "reset", "stall", "html", "broken", "flood"])
async def test_a_call_is_told_once_whatever_is_lost(office: Office, how: str) -> None:
    """An answer that is lost after the message came there is looked for by the mark of the comment."""
    await office.call(ANSWERED)
    office.fake.faults += [("POST /v1/messages", how), ("GET /v1/messages", "broken")]
    await office.deliver(4)
    assert len(office.fake.texts()) == 1
    assert await office.pool.fetchval("select count(*) from outbox") == 0
    assert await office.pool.fetchval(DEAD) == 0


async def test_it_is_found_at_either_end_of_a_long_dialogue(office: Office) -> None:
    for number in range(450):
        office.fake.writes(500, f"message {number}")
    await office.call(ANSWERED)
    office.fake.faults.append(("POST /v1/messages", "lost"))
    await office.deliver(2)
    assert len(office.fake.texts()) == 1


async def test_its_recording_is_told_once_behind_it(office: Office) -> None:
    await office.call(ANSWERED)
    await office.deliver()
    short = office.shelf.add(10)
    await office.settles(ANSWERED.id)
    await office.settles(ANSWERED.id)
    office.fake.faults.append(("POST /v1/messages", "lost"))
    await office.deliver(3)
    assert [f"/r/{short}.mp3" in text for text in office.fake.texts()] == [False, True]

    longer = office.shelf.add(60)
    await office.settles(ANSWERED.id)
    office.shelf.outside = False
    await office.deliver()
    told = office.fake.texts()
    assert len(told) == 3
    assert f"https://in.example.com/calls/{ANSWERED.id}" in told[-1], "nobody outside reaches us"
    assert str(longer) not in told[-1]


async def test_no_link_goes_out_where_nobody_chose_so(office: Office) -> None:
    office.shelf.add(60)
    await office.call(ANSWERED)
    await office.connect(token="", links="")
    await office.deliver()
    assert len(office.fake.texts()) == 1
    office.shelf.kept.clear()
    office.shelf.add(60, Standing.AHEAD)
    await office.connect(token="")
    await office.settles(ANSWERED.id)
    await office.deliver()
    assert len(office.fake.texts()) == 1


@pytest.mark.parametrize(
    "heard", [Heard(1, client="+79160000000"), Heard(1, client=""), Heard(1, outcome="screened"), Heard(1, ended=False)]
)
async def test_what_is_no_call_of_his_is_not_told(office: Office, heard: Heard) -> None:
    assert not await office.call(heard)


async def test_a_client_who_is_gone_there_is_a_dead_letter_and_holds_nobody(office: Office) -> None:
    await office.writes("900", "+79160000001")
    await office.call(Heard(3, client="+79160000001"))
    await office.call(ANSWERED)
    await office.deliver(2)
    assert await office.pool.fetchval(DEAD) == 1
    assert len(office.fake.texts()) == 1


async def test_his_own_telephone_counts_before_one_that_somebody_wrote(office: Office) -> None:
    await office.writes("501", CLIENT, own=False)
    await office.call(ANSWERED)
    await office.deliver()
    assert (len(office.fake.texts(500)), len(office.fake.texts(501))) == (1, 0)


async def test_a_dead_token_holds_the_account_and_is_told_plainly(office: Office) -> None:
    office.fake.token = "another"
    await office.call(ANSWERED)
    await office.deliver()
    assert office.fake.texts() == []
    held = await office.pool.fetchrow("select state, reason from outbox_accounts")
    assert held is not None
    assert held["state"] == "needs_auth"
    assert "does not know this token any more" in held["reason"]
    page = await office.browser.send("/settings/chat2desk/check", {}, page="/settings/chat2desk")
    text = await page.text()
    assert "does not know this token any more" in text
    assert "1 delivery waits" in text
    assert office.fake.token not in text


async def test_what_waits_goes_to_no_other_company(office: Office) -> None:
    """Its clients have other ids."""
    await office.call(ANSWERED)
    office.fake.company = "Doors"
    await office.connect()
    await office.deliver()
    assert office.fake.texts() == []
    assert "another account now" in await office.pool.fetchval("select warning from outbox_log")
