"""`POST /api/v1/calls` and the button: who may dial, from where, and how a refusal is told."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.people.company import AddPerson
from tests.people.web import Browser, another, session_of
from tests.web.composed import text_of, token_of
from trunkline.db.types import Pool
from trunkline.people.roles import Role

PATH = "/api/v1/calls"
CLIENT = "+79161234567"
LINE = "+74951234567"


@pytest.fixture(autouse=True)
async def _company(pool: Pool) -> None:
    await pool.execute(
        "insert into pbxs (id, name, kind, settings) values ('office', 'Office', 'asterisk', $1)",
        {"members_username": "trunkline-members", "members_dials": True},
    )
    await pool.execute("insert into lines (id, number, name) values (gen_random_uuid(), $1, 'ours')", LINE)


async def ask(browser: Browser, token: dict[str, str], **body: Any) -> tuple[int, dict[str, Any]]:
    answer = await browser.post(PATH, json={"to": CLIENT} | body, headers=token)
    return answer.status, await answer.json()


async def test_ones_own_phone_rings(browser: Browser, pool: Pool, add_person: AddPerson) -> None:
    anna = await add_person("anna", extension="101")
    token = await token_of(pool, anna)

    status, told = await ask(browser, token, to="8 (916) 123-45-67", line="8 495 123-45-67")

    assert (status, told["state"]) == (202, "accepted")
    row = await pool.fetchrow("select * from dials")
    assert row is not None
    stored = (str(row["id"]), row["number"], row["line"], row["pbx"], row["agent"], row["person_id"], row["by_id"])
    assert stored == (told["id"], CLIENT, LINE, "office", "101", anna, anna)
    assert str(row["ip"]) == "127.0.0.1/32" or str(row["ip"]) == "127.0.0.1"
    seen = await (await browser.get(f"{PATH}/dials/{told['id']}", headers=token)).json()
    assert (seen["state"], seen["outcome"], seen["number"], seen["call_id"]) == ("accepted", "", CLIENT, None)
    assert await pool.fetchval("select count(*) from audit where action = 'call.dialled'") == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"agent": "999"}, "$.agent"),
        ({"agent": "Anna"}, "$.agent"),
        ({"agent": ""}, "$.agent"),
        ({"agent": "101", "line": "+74950000000"}, "$.line"),
        ({"agent": "101", "line": "the blue one"}, "$.line"),
        ({"agent": "101", "to": 7}, "$.to"),
        ({"agent": "101", "from": "x"}, "$"),
    ],
)
async def test_a_mistake_names_its_field(
    browser: Browser, pool: Pool, add_person: AddPerson, body: dict[str, Any], field: str
) -> None:
    await add_person("anna", extension="101")
    token = await token_of(pool, await add_person("root2", Role.ADMINISTRATOR, every_department=True, every_line=True))

    status, told = await ask(browser, token, **body)

    assert (status, told["mistakes"][0]["field"]) == (400, field)
    assert await pool.fetchval("select count(*) from dials") == 0


@pytest.mark.parametrize(
    ("to", "rule", "language", "words"),
    [
        ("112", "emergency", "en", "Emergency numbers are dialled on a telephone"),
        ("112", "emergency", "ru", "Экстренные номера набирают на телефоне"),
        ("+78091234567", "denied", "en", "never called"),
        ("+375291234567", "not_allowed", "ru", "этой страны"),
        ("+79990000001", "do_not_call", "ru", "в списке «не звонить». (просил)"),
        (LINE, "own", "en", "one of our own lines"),
        ("101", "emergency", "en", "Emergency"),
        ("205", "short", "en", "short or internal"),
    ],
)
async def test_a_refusal_names_the_rule(
    browser: Browser, pool: Pool, add_person: AddPerson, to: str, rule: str, language: str, words: str
) -> None:
    await pool.execute("insert into do_not_call (number, reason, person) values ('+79990000001', 'просил', 'Анна')")
    token = await token_of(pool, await add_person("anna", extension="101"))

    status, told = await ask(browser, token | {"Accept-Language": language}, to=to)

    assert (status, told["error"], told["rule"]) == (409, "refused", rule)
    assert words in told["message"]


async def test_without_a_pbx_that_dials(browser: Browser, pool: Pool, add_person: AddPerson) -> None:
    await pool.execute("update pbxs set settings = '{}'")
    token = await token_of(pool, await add_person("anna", extension="101"))
    assert (await ask(browser, token))[1]["rule"] == "no_pbx"


async def test_for_others_only_supervisors_of_their_department(
    browser: Browser, pool: Pool, add_person: AddPerson
) -> None:
    sales, service = uuid4(), uuid4()
    await pool.execute(
        "insert into departments (id, slug, name) values ($1, 'sales', 'S'), ($2, 'service', 'T')", sales, service
    )
    anna = await add_person("anna", extension="101", department_id=sales)
    boris = await token_of(pool, await add_person("boris", extension="102", department_id=sales))
    scope = {"departments": frozenset({sales}), "every_line": True}
    boss = await token_of(pool, await add_person("boss", Role.SUPERVISOR, department_id=sales, **scope))
    other = await token_of(
        pool, await add_person("other", Role.SUPERVISOR, departments=frozenset({service}), every_line=True)
    )

    assert (await ask(browser, boris, agent="101"))[0] == 403
    assert (await ask(browser, other, agent="101"))[0] == 403
    status, told = await ask(browser, boss, agent="101")
    assert status == 202
    answers = [
        (await browser.get(f"{PATH}/dials/{told['id']}", headers=token)).status
        for token in (boss, await token_of(pool, anna), boris, other)
    ]
    assert answers == [200, 200, 404, 404]
    marketer = await token_of(pool, await add_person("max", Role.MARKETER, extension="103"))
    assert (await ask(browser, marketer))[0] == 403


async def test_the_same_key_dials_once(browser: Browser, pool: Pool, add_person: AddPerson) -> None:
    anna = await token_of(pool, await add_person("anna", extension="101"))
    boris = await token_of(pool, await add_person("boris", extension="102"))
    key = {"Idempotency-Key": "click-1"}

    told = [await ask(browser, token | key) for token in (anna, anna, boris)]

    assert told[0] == told[1]
    assert told[2][1]["id"] != told[0][1]["id"]
    assert await pool.fetchval("select count(*) from dials") == 2
    assert (await ask(browser, anna | {"Idempotency-Key": "x" * 101}))[0] == 400


async def contact(pool: Pool) -> UUID:
    identifier = uuid4()
    await pool.execute("insert into contacts (id, name) values ($1, 'Ivan')", identifier)
    await pool.execute("insert into contact_phones (number, contact_id) values ($1, $2)", CLIENT, identifier)
    return identifier


async def test_the_button(browser: Browser, pool: Pool, add_person: AddPerson) -> None:
    page = f"/contacts/{await contact(pool)}"
    assert 'action="/dials"' not in await text_of(browser, page), "he has no telephone"
    person = await add_person("anna", extension="101")
    async with another(browser, await session_of(pool, browser.app, person)) as anna:
        assert 'action="/dials"' in await text_of(anna, page)
        answer = await anna.send("/dials", {"number": CLIENT, "back": page}, page=page)
        assert (answer.status, answer.headers["Location"]) == (303, page)
        assert "Your phone rings" in await text_of(anna, page)
        away = await anna.send("/dials", {"number": CLIENT, "back": "https://evil.example"}, page=page)
        assert away.headers["Location"] == "/calls"
        htmx = {"HX-Request": "true", "HX-Target": "dial-state"}
        line = await (await anna.send("/dials", {"number": CLIENT}, page=page, **htmx)).text()
        assert 'hx-trigger="every 1s"' in line
        assert "waits for the PBX" in line
        assert "<html" not in line
        refused = await (await anna.send("/dials", {"number": "<b>112"}, page=page, **htmx)).text()
        assert "no telephone number" in refused
        assert "<b>112" not in refused
        await pool.execute("update dials set state = 'ended', outcome = 'no_answer', sent_at = at, ended_at = at")
        dial = await pool.fetchval("select id from dials limit 1")
        over = await text_of(anna, f"/dials/{dial}")
        assert "the client did not answer" in over
        assert "every 1s" not in over
        assert (await anna.post("/dials", data={"number": CLIENT})).status == 403
