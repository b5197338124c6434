"""The pages of the spam rules, as they are shipped: one tap, its undo, and the undo of that."""

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from tests.people.company import AddPerson
from tests.people.web import Browser, another, session_of
from tests.web.composed import text_of
from trunkline.db.partitions import ensure_partition
from trunkline.db.types import Pool
from trunkline.ids import uuid7
from trunkline.people.roles import Role

CALLER, LINE = "+79161234567", "+74951112233"


async def add_call(pool: Pool, outcome: str = "screened", at: datetime | None = None, number: str = CALLER) -> UUID:
    """A call that is over."""
    at = at or datetime.now(UTC) - timedelta(minutes=5)
    call_id = uuid7(at.timestamp())
    story = {name: [] for name in ("legs", "talks", "transfers", "pickups", "queues", "offers", "recordings", "gaps")}
    async with pool.acquire() as connection:
        await ensure_partition(connection, "calls", at.year, at.month)
        await ensure_partition(connection, "decisions", at.year, at.month)
        await connection.execute(
            "insert into calls (id, pbx, linkedid, direction, caller, caller_name, client, dialled, started_at,"
            " ended_at, outcome, answered_by, agents, rang, queues, people, departments, wait_ms, talk_ms, is_partial,"
            " has_gap, story) values ($1, 'office', $2, 'in', $3, '', $3, $4, $5, $5, $6, '', '{}', '{}', '{}', '{}',"
            " '{}', 0, 0, false, false, $7::text::jsonb)",
            call_id, str(call_id), number, LINE, at, outcome, json.dumps(story),
        )  # fmt: skip
    return call_id


async def actions(pool: Pool) -> list[str]:
    rows = await pool.fetch("select action, object_id from audit where object_kind = 'spam' order by id")
    assert not [row["object_id"] for row in rows if "1234567" in row["object_id"]], "numbers are masked"
    return [row["action"] for row in rows]


async def test_one_tap_on_a_calls_page_and_back(browser: Browser, pool: Pool) -> None:
    call = f"/calls/{await add_call(pool)}"
    text = await text_of(browser, call)
    assert ("kept out" in text, "Not spam" in text, "Undo" in text) == (True, True, False)

    answer = await browser.send("/spam/allowed", {"number": CALLER, "back": call}, page=call)
    assert (answer.status, answer.headers["Location"]) == (303, call)
    assert [tuple(row) for row in await pool.fetch("select number, until from spam_allow")] == [(CALLER, None)]
    assert await pool.fetchval("select count(*) from spam_undone") == 1
    text = await text_of(browser, call)
    assert ("never kept out" in text, "Undo “not spam”" in text) == (True, True)

    assert (await browser.send("/spam/allowed/remove", {"number": CALLER, "back": call}, page=call)).status == 303
    assert await pool.fetchval("select count(*) from spam_allow") == 0
    assert await pool.fetchval("select count(*) from spam_undone") == 0
    assert await actions(pool) == ["spam.allowed", "spam.disallowed"]


async def test_spam_by_one_tap(browser: Browser, pool: Pool) -> None:
    call = f"/calls/{await add_call(pool, 'missed')}"
    await browser.send("/spam/allowed", {"number": CALLER, "back": call}, page=call)
    answer = await browser.send("/spam/personal", {"entry": CALLER, "back": call}, page=call)
    assert (answer.status, answer.headers["Location"]) == (303, call)
    rows = await pool.fetch("select prefix, whole, treatment, person from spam_personal")
    assert [tuple(row) for row in rows] == [(CALLER, True, "challenge", "Root")]
    assert await pool.fetchval("select count(*) from spam_allow") == 0, "the last word counts"
    assert "Undo “spam”" in await text_of(browser, call)

    assert (await browser.send("/spam/personal/remove", {"entry": CALLER, "back": call}, page=call)).status == 303
    assert await pool.fetchval("select count(*) from spam_personal") == 0
    assert (await browser.send("/spam/personal/remove", {"entry": CALLER}, page=call)).status == 404
    assert await actions(pool) == ["spam.allowed", "spam.listed", "spam.unlisted"]


async def test_no_page_of_others_is_gone_back_to(browser: Browser) -> None:
    answer = await browser.send(
        "/spam/allowed", {"number": CALLER, "back": "https://example.com/"}, page="/spam/allowed"
    )
    assert answer.headers["Location"] == "/spam/allowed"


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("0", "fewer than 6 digits"),
        ("+7495*", "fewer than 6 digits"),
        ("112", "emergency number"),
        (LINE, "one of our own lines"),
        (LINE[:8] + "*", "how a line of ours begins"),
        ("+79265554433", "a colleague&#39;s mobile"),
        ("8 916 777-77-77", "belongs to a contact"),
    ],
)
async def test_what_may_not_be_listed(browser: Browser, pool: Pool, entry: str, said: str) -> None:
    await pool.execute("insert into lines (id, number) values ($1, $2)", UUID(int=1), LINE)
    await pool.execute("update people set mobile = '+79265554433'")
    await pool.execute("insert into contacts (id, name) values ($1, 'Иванов')", UUID(int=2))
    await pool.execute("insert into contact_phones values ('+79167777777', $1)", UUID(int=2))
    wrong = await browser.send("/spam/personal", {"entry": entry, "treatment": "reject"}, page="/spam/personal")

    assert (wrong.status, said in await wrong.text()) == (422, True)
    assert await pool.fetchval("select count(*) from spam_personal") == 0


async def test_a_beginning_is_kept_out(browser: Browser, pool: Pool) -> None:
    await pool.execute("insert into spoken_numbers values ('+74951239999', now()), ('+74951249999', now())")
    fields = {"entry": "8 495 123*", "treatment": "voicemail", "note": "robots"}
    assert (await browser.send("/spam/personal", fields, page="/spam/personal")).status == 303
    text = await text_of(browser, "/spam/personal")
    assert ("+7495123*" in text, "robots" in text, "voicemail" in text) == (True, True, True)
    assert [row[0] for row in await pool.fetch("select number from spoken_numbers where suspect")] == ["+74951239999"]


async def test_the_ranges_are_shown(browser: Browser, pool: Pool) -> None:
    assert "No range counts as spam" in await text_of(browser, "/spam/ranges")
    await pool.execute("insert into spam_ranges values ('+7495123450', 'ten', 9, 4)")
    text = await text_of(browser, "/spam/ranges")
    assert ("+7495123450" in text, "10 numbers" in text) == (True, True)


async def test_day_by_day(browser: Browser, pool: Pool) -> None:
    now = datetime.now(UTC)
    for days in (0, 0, 3, 31):
        await add_call(pool, at=now - timedelta(days=days, minutes=1))
    await add_call(pool, "missed")
    await pool.execute("insert into spam_passed values ($1, $2, $3)", UUID(int=1), now - timedelta(days=3), CALLER)
    await browser.send("/spam/allowed", {"number": CALLER}, page="/spam/allowed")
    text = await text_of(browser, "/spam/days")

    figures = [part.partition("<")[0] for part in text.split("<dd>")[1:]]
    assert figures == ["3", "1", "1"]
    assert "/calls?outcome=screened" in text
    listed = await text_of(browser, "/calls?outcome=screened")
    assert (listed.count('class="row-link"'), "kept out" in listed) == (4, True)


async def test_an_agent_looks_and_changes_nothing(browser: Browser, pool: Pool, add_person: AddPerson) -> None:
    call = f"/calls/{await add_call(pool)}"
    anna = await add_person("anna", Role.AGENT, every_department=True)
    assert browser.app is not None
    async with another(browser, await session_of(pool, browser.app, anna)) as agent:
        assert "Not spam" not in await text_of(agent, call)
        assert "Never kept out" in await text_of(agent, "/spam/allowed")
        refused = await agent.send("/spam/allowed", {"number": CALLER}, page="/spam/allowed")
        assert refused.status == 403
    assert await pool.fetchval("select count(*) from spam_allow") == 0
