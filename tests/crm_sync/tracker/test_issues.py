"""An issue of a call or a lead is made once, whatever is lost; comments go both ways, and ours do not come back."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_sync.tracker.wire import mark_of, marked
from tests.crm_sync.tracker.conftest import Office
from tests.web.composed import text_of

COMMENTS = "select is_ours, author, text from tracker_comments order by at, id"
ISSUE = {"summary": "Call: Ivan", "description": "Wants windows"}


@pytest.fixture
async def call(office: Office) -> UUID:
    await office.connect()
    return (await office.call())[0]


async def opened(office: Office, path: str) -> None:
    assert (await office.browser.send(path, ISSUE, page=path)).status == 303


async def test_an_issue_is_opened_from_a_call_and_one_from_its_lead(office: Office) -> None:
    await office.connect()
    call, lead = await office.call()
    for page in (f"/calls/{call}", f"/leads/{lead}"):
        assert f'href="/tracker{page}"' in await text_of(office.browser, page)
        assert "+7 916 123-45-67" in await text_of(office.browser, f"/tracker{page}")
        await opened(office, f"/tracker{page}")
        assert "on its way to the tracker" in await text_of(office.browser, f"/tracker{page}")
        answer = await office.browser.send(f"/tracker{page}", {"summary": ""}, page="/settings/tracker")
        assert answer.status == 422
    await office.deliver()
    assert sorted(office.fake.issues) == ["PHONE-1", "PHONE-2"]
    made = office.fake.issues["PHONE-1"]
    assert (made["summary"], made["description"], made["queue"]) == ("Call: Ivan", "Wants windows", "PHONE")
    key = await office.pool.fetchval("select key from tracker_issues where kind = 'call'")
    assert f"https://tracker.yandex.ru/{key}" in await text_of(office.browser, f"/tracker/calls/{call}")
    deeds = await office.pool.fetch("select action from audit where action = 'tracker.issue_opened'")
    assert len(deeds) == 2


@pytest.mark.parametrize("how", ["lost", "reset", "broken", "flood"])
async def test_an_issue_is_made_once_whatever_is_lost(office: Office, call: UUID, how: str) -> None:
    await opened(office, f"/tracker/calls/{call}")
    await opened(office, f"/tracker/calls/{call}")
    office.fake.faults += [("POST /v3/issues/", how), ("POST /v2/issues/_findByUnique", "broken")]
    await office.deliver(5)
    assert len(office.fake.issues) == 1
    assert await office.pool.fetchval("select key from tracker_issues") == "PHONE-1"
    assert await office.pool.fetchval("select count(*) from outbox") == 0


async def test_what_is_there_already_is_found_by_its_name(office: Office, call: UUID) -> None:
    """409 (crm.md): a worker that died between the answer and the row."""
    await opened(office, f"/tracker/calls/{call}")
    await office.deliver()
    await office.pool.execute("update tracker_issues set key = null")
    issue = await office.pool.fetchval("select id from tracker_issues")
    stream = await office.pool.fetchval("select stream from outbox_log")
    await office.pool.execute(
        "insert into outbox (stream, kind, idem, payload) values ($1, 'tracker.issue', $1 || ':again', $2)",
        stream,
        {"issue": str(issue)},
    )
    await office.pool.execute("insert into outbox_streams (stream) values ($1) on conflict do nothing", stream)
    await office.deliver(2)
    assert await office.pool.fetchval("select key from tracker_issues") == "PHONE-1"
    assert len(office.fake.issues) == 1


async def test_comments_go_both_ways_once(office: Office, call: UUID) -> None:
    path = f"/tracker/calls/{call}"
    await opened(office, path)
    office.fake.faults.append(("POST /v3/issues/PHONE-1/comments", "lost"))
    assert (await office.browser.send(f"{path}/comment", {"text": "He called again"}, page=path)).status == 303
    await office.deliver(4)
    (there,) = office.fake.comments["PHONE-1"]
    assert there["text"].startswith("He called again\n\n— Root · Trunkline #")
    office.fake.writes("PHONE-1", "We are on it")
    for _ in range(3):
        await office.hear()
    rows = sorted(tuple(row) for row in await office.pool.fetch(COMMENTS))
    assert rows == [(False, "Vera", "We are on it"), (True, "Root", "He called again")]
    shown = await text_of(office.browser, path)
    assert "We are on it" in shown
    assert "is there" in shown
    asked = office.fake.asked.count("GET /v3/issues/PHONE-1/comments")
    await office.hear()
    assert office.fake.asked.count("GET /v3/issues/PHONE-1/comments") == asked, "nothing changed there"


async def test_all_pages_of_comments_are_read(office: Office, call: UUID) -> None:
    await opened(office, f"/tracker/calls/{call}")
    await office.deliver()
    for number in range(150):
        office.fake.writes("PHONE-1", f"comment {number}")
    await office.hear()
    assert await office.pool.fetchval("select count(*) from tracker_comments") == 150


@pytest.mark.parametrize("how", ["refused", "broken"])
async def test_an_issue_that_cannot_be_read_keeps_no_other_back(office: Office, call: UUID, how: str) -> None:
    lead = await office.pool.fetchval("select id from leads")
    for path in (f"/tracker/calls/{call}", f"/tracker/leads/{lead}"):
        await opened(office, path)
        await office.deliver()
    for key in ("PHONE-1", "PHONE-2"):
        office.fake.writes(key, key)
    office.fake.faults.append(("GET /v3/issues/PHONE-1/comments", how))
    await office.hear()
    assert [row["text"] for row in await office.pool.fetch(COMMENTS)] == ["PHONE-2"]
    assert "PHONE-1: " in await office.pool.fetchval("select trouble from trackers")
    await office.hear()
    assert sorted(row["text"] for row in await office.pool.fetch(COMMENTS)) == ["PHONE-1", "PHONE-2"]
    assert await office.pool.fetchval("select trouble from trackers") == ""


async def test_a_comment_of_a_file_alone_is_kept(office: Office, call: UUID) -> None:
    """Its text is null, and of a robot the name may be."""
    await opened(office, f"/tracker/calls/{call}")
    await office.deliver()
    office.fake.writes("PHONE-1", "x")
    office.fake.comments["PHONE-1"][0] |= {"text": None, "createdBy": {"display": None}}
    office.fake.writes("PHONE-1", "See the file")
    await office.hear()
    assert sorted(row["text"] for row in await office.pool.fetch(COMMENTS)) == ["", "See the file"]


async def test_rights_in_one_queue_hold_nothing_else(office: Office, call: UUID) -> None:
    await opened(office, f"/tracker/calls/{call}")
    office.fake.faults.append(("POST /v3/issues/", "refused"))
    await office.deliver()
    assert "needs rights in the queue" in await office.pool.fetchval("select error from outbox_dead")
    assert await office.pool.fetchval("select count(*) from outbox_accounts where state <> 'closed'") == 0


async def test_a_revoked_token_is_told_and_waited_for(office: Office, call: UUID) -> None:
    path = f"/tracker/calls/{call}"
    await opened(office, path)
    await office.deliver()
    office.fake.token += "x"
    assert (await office.browser.send(f"{path}/comment", {"text": "Waits"}, page=path)).status == 303
    await office.deliver()
    await office.hear()
    assert "does not know this token" in await text_of(office.browser, "/settings/tracker")
    assert (office.fake.comments, await office.pool.fetchval("select count(*) from outbox")) == ({"PHONE-1": []}, 1)
    await office.connect()
    await office.deliver()
    assert len(office.fake.comments["PHONE-1"]) == 1


@given(st.uuids(), st.text(max_size=50), st.text(max_size=20))
def test_a_mark_is_read_back_from_whatever_was_written(comment: UUID, text: str, name: str) -> None:
    assert mark_of(marked(text, comment, name)) == comment
