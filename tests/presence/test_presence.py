"""Presence said on its page and by its API, seen by whom it concerns, and told to the question and the audit log."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from redis.asyncio import Redis

from tests.fakes.waiting import eventually
from tests.people.company import AddPerson
from tests.people.web import HTML, Browser
from tests.web.composed import browsing_as, compose, text_of, token_of
from trunkline.db.types import Pool
from trunkline.directory.head import read_head
from trunkline.errors import InvalidInput
from trunkline.pbx.devices import PROVED_AT
from trunkline.people.audit import Actor
from trunkline.people.roles import Role
from trunkline.presence.change import AbsenceBody, PresenceChange, ShiftBody, checked
from trunkline.presence.state import Manual, ManualState, Shift
from trunkline.presence.store import change_presence, lock_presence

NOW = datetime(2026, 8, 6, 9, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
SALES, SERVICE = UUID(int=0xD1), UUID(int=0xD2)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (PresenceChange(state=ManualState.ONLINE, return_at=LATER), "return_at"),
        (PresenceChange(return_at=LATER), "return_at"),
        (PresenceChange(state=ManualState.BREAK, return_at=NOW), "return_at"),
        (PresenceChange(state=ManualState.BREAK, return_at=datetime(2027, 1, 1)), "return_at"),  # noqa: DTZ001
        (PresenceChange(state=ManualState.BREAK, reason="x" * 101), "reason"),
        (PresenceChange(state=ManualState.BREAK, reason="a\nb"), "reason"),
        (PresenceChange(absences=[AbsenceBody(LATER, NOW)]), "absences[0].until"),
        (PresenceChange(absences=[AbsenceBody(NOW, datetime(2027, 1, 1))]), "absences[0]"),  # noqa: DTZ001
        (PresenceChange(hours=[ShiftBody(0, "9:00", "18:00")]), "hours[0]"),
        (PresenceChange(hours=[ShiftBody(0, "18:00", "09:00")]), "hours[0]"),
        (PresenceChange(hours=[ShiftBody(0, "09:00", "24:30")]), "hours[0]"),
        (PresenceChange(hours=[ShiftBody(0, "09:00", "13:00"), ShiftBody(0, "12:00", "18:00")]), "hours"),
    ],
)
def test_a_mistake_names_its_field(change: PresenceChange, field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        checked(change, NOW)
    assert [mistake.path for mistake in caught.value.mistakes] == [field]


@pytest.fixture
async def people(pool: Pool, add_person: AddPerson) -> dict[str, UUID]:
    """A supervisor of the sales department, an agent of it and one of another."""
    departments = "insert into departments values ($1, 'sales', 'Продажи'), ($2, 'service', 'Сервис')"
    await pool.execute(departments, SALES, SERVICE)
    sales: dict[str, Any] = {"department_id": SALES, "departments": frozenset({SALES})}
    return {
        "head": await add_person("head", Role.SUPERVISOR, name="Глава", **sales),
        "anna": await add_person("anna", name="Анна", extension="101", **sales),
        "boris": await add_person("boris", name="Борис", extension="102", department_id=SERVICE),
    }


@pytest.fixture
async def browser(
    database_url: str, valkey_url: str, redis: Redis, data_dir: Path, pool: Pool, people: dict[str, UUID]
) -> AsyncIterator[Browser]:
    """A browser with the supervisor signed in."""
    async with browsing_as(compose(database_url, valkey_url, data_dir), pool, people["head"]) as browser:
        yield browser


async def said(pool: Pool, person: UUID) -> Manual | None:
    async with pool.acquire() as connection:
        brief = (await read_head(connection)).presence.get(person)
    return brief.manual if brief else None


async def test_an_agent_says_his_own_and_no_one_else_s(browser: Browser, pool: Pool, people: dict[str, UUID]) -> None:
    token = await token_of(pool, people["anna"])
    back = (datetime.now(UTC) + timedelta(hours=1)).replace(microsecond=0)
    body: dict[str, Any] = {"state": "break", "reason": " обед ", "return_at": back.isoformat()}
    response = await browser.put("/api/v1/presence", json=body, headers=token)
    answer = await response.json()

    assert (response.status, answer["state"], answer["why"]) == (200, "break", "break")
    assert datetime.fromisoformat(answer["until"]) == back
    assert answer["manual"]["by"] == "Анна"
    assert await said(pool, people["anna"]) == Manual(ManualState.BREAK, "обед", back.timestamp())
    refused = await browser.put("/api/v1/presence", json=body | {"person": str(people["boris"])}, headers=token)
    assert refused.status == 404
    listed = await (await browser.get("/api/v1/presence", headers=token)).json()
    assert [one["name"] for one in listed["items"]] == ["Анна"]
    wrong = await browser.put("/api/v1/presence", json={"state": "asleep"}, headers=token)
    assert wrong.status == 400


async def test_a_supervisor_says_it_for_his_department(browser: Browser, pool: Pool, people: dict[str, UUID]) -> None:
    token = await token_of(pool, people["head"])
    listed = await (await browser.get("/api/v1/presence", headers=token)).json()
    assert [one["name"] for one in listed["items"]] == ["Анна", "Глава"]
    absence = {"since": "2020-01-01T00:00:00Z", "until": "2099-01-01T00:00:00Z", "deputy": str(people["boris"])}
    hours = [{"weekday": 0, "opens": "09:00", "closes": "24:00"}]
    body = {"person": str(people["anna"]), "absences": [absence], "hours": hours}
    answer = await (await browser.put("/api/v1/presence", json=body, headers=token)).json()

    assert (answer["state"], answer["why"], answer["hours"]) == ("offline", "absent", hours)
    async with pool.acquire() as connection:
        brief = (await read_head(connection)).presence[people["anna"]]
    assert (brief.absences[0].deputy, brief.hours) == (people["boris"], (Shift(0, 540, 1440),))
    body |= {"absences": [absence | {"deputy": str(people["anna"])}]}
    wrong = await browser.put("/api/v1/presence", json=body, headers=token)
    assert (wrong.status, (await wrong.json())["mistakes"][0]["field"]) == (400, "absences[0].deputy")
    elsewhere = await browser.put("/api/v1/presence", json={"person": str(people["boris"])}, headers=token)
    assert elsewhere.status == 404
    deeds = await pool.fetch("select object_id, after from audit where action = 'presence.changed'")
    assert [deed["object_id"] for deed in deeds] == [str(people["anna"])]


async def test_the_telephone_is_seen_while_its_link_is_proved(
    browser: Browser, pool: Pool, redis: Redis, people: dict[str, UUID]
) -> None:
    await pool.execute("insert into pbxs (id, name, kind) values ('office', 'Офис', 'asterisk')")
    token = await token_of(pool, people["anna"])

    async def state() -> tuple[str, str]:
        (one,) = (await (await browser.get("/api/v1/presence", headers=token)).json())["items"]
        return one["state"], one["device"]

    assert await state() == ("online", "unknown")
    await redis.hset("device:office", mapping={"101": "inuse", "queue:x": "1", PROVED_AT: str(time.time())})
    assert await state() == ("talking", "inuse")
    await redis.hset("device:office", PROVED_AT, str(time.time() - 31))
    assert await state() == ("online", "unknown")


async def test_the_page(browser: Browser, pool: Pool, people: dict[str, UUID]) -> None:
    text = await text_of(browser, "/presence")
    assert "Анна" in text
    assert "Борис" not in text
    path = f"/presence/{people['anna']}"
    assert (await browser.send(path, {"state": "break", "reason": "обед", "return_at": ""}, page=path)).status == 303
    assert await said(pool, people["anna"]) == Manual(ManualState.BREAK, "обед")
    assert "обед" in await text_of(browser, "/presence")
    own = {"state": "offline", "reason": "", "return_at": "23:59", "back": "list"}
    sent = await browser.send(f"/presence/{people['head']}", own, page="/presence")
    assert (sent.status, sent.headers["Location"]) == (303, "/presence")

    wrong = await browser.send(path, {"state": "asleep", "reason": "", "return_at": ""}, page=path)
    assert (wrong.status, "choose one" in await wrong.text()) == (422, True)

    days = {"since": "2098-08-03", "until": "2098-08-16", "deputy": str(people["head"])}
    assert (await browser.send(f"{path}/absences", days, page=path)).status == 303
    (absence,) = await pool.fetch("select * from absences")
    assert (absence["ends_at"] - absence["starts_at"]).days == 14
    wrong = await browser.send(f"{path}/absences", days | {"until": "2098-08-01"}, page=path)
    assert (wrong.status, "later than the beginning" in await wrong.text()) == (422, True)
    await text_of(browser, path)
    removed = {"remove": absence["starts_at"].isoformat(), "since": "", "until": "", "deputy": ""}
    assert (await browser.send(f"{path}/absences", removed, page=path)).status == 303
    assert await pool.fetchval("select count(*) from absences") == 0
    await text_of(browser, f"/presence/{people['boris']}", 404)
    await text_of(browser, "/presence/x", 404)
    assert "Присутствие" in await text_of(browser, "/presence", language="ru")


async def test_of_two_who_add_an_absence_at_once_none_is_lost(
    browser: Browser, pool: Pool, people: dict[str, UUID]
) -> None:
    path = f"/presence/{people['anna']}"
    token = await browser.token(path)

    async def add(day: int) -> int:
        form = {"csrf": token, "since": f"2098-08-{day:02}", "until": f"2098-08-{day:02}", "deputy": ""}
        answer = await browser.post(f"{path}/absences", data=form, headers=HTML, allow_redirects=False)
        return answer.status

    days = range(1, 9)
    assert await asyncio.gather(*map(add, days)) == [303] * len(days)
    kept = await pool.fetch("select starts_at at time zone 'Europe/Moscow' as since from absences order by 1")
    assert [row["since"].day for row in kept] == list(days)


async def waiting_for_a_lock(pool: Pool) -> bool:
    """Whether a connection to this database waits for what another holds."""
    here = "datname = current_database() and wait_event_type = 'Lock'"
    return bool(await pool.fetchval(f"select exists (select from pg_stat_activity where {here})"))


async def test_who_changes_a_list_waits_for_who_is_changing_it(
    browser: Browser, pool: Pool, people: dict[str, UUID]
) -> None:
    path = f"/presence/{people['anna']}"
    first = {"since": "2098-08-01", "until": "2098-08-01", "deputy": ""}
    actor = Actor(people["head"], "Глава", "test")
    now = datetime.now(UTC)
    async with pool.acquire() as connection, connection.transaction():
        await lock_presence(connection, people["anna"])
        page = asyncio.create_task(browser.send(f"{path}/absences", first, page=path))
        await eventually(partial(waiting_for_a_lock, pool), 20)
        september = AbsenceBody(datetime(2098, 9, 1, tzinfo=UTC), datetime(2098, 9, 2, tzinfo=UTC))
        change = PresenceChange(absences=[september])
        await change_presence(connection, people["anna"], change, actor, now)
    assert (await page).status == 303
    assert await pool.fetchval("select count(*) from absences") == 2


BREAK = {"state": "break", "reason": "обед", "return_at": "", "back": "card"}
PART = {"HX-Request": "true", "HX-Target": "own-presence"}


async def test_on_the_card_it_is_said_in_place(browser: Browser, pool: Pool, people: dict[str, UUID]) -> None:
    """The rest of the page, with what was typed there, stays as it is."""
    path = f"/presence/{people['head']}"
    text = await text_of(browser, "/card")
    assert f'hx-post="{path}" hx-target="#own-presence"' in text

    kept = await browser.send(path, BREAK, page="/card", **PART)
    part = await kept.text()
    assert (kept.status, "toast" in kept.headers["HX-Trigger"]) == (200, True)
    assert part.lstrip().startswith('<div id="own-presence"')
    assert "on a break" in part
    assert "<h1" not in part
    assert await said(pool, people["head"]) == Manual(ManualState.BREAK, "обед", 0.0)

    await browser.send(path, BREAK | {"return_at": "23:59"}, page="/card", **PART)
    assert 'type="time" value="23:59"' in await text_of(browser, "/card"), "saved again, the time stays"
    await pool.execute("update presence_states set return_at = now() - interval '1 minute'")
    text = await text_of(browser, "/card")
    assert '<option value="online" selected>' in text, "a break that is over"
    assert 'value="обед"' not in text

    wrong = await browser.send(path, BREAK | {"return_at": "noon"}, page="/card", **PART)
    part = await wrong.text()
    assert wrong.status == 422
    assert "<details data-menu open>" in part
    assert "must be a time such as 14:00" in part


async def test_without_a_script_it_leads_back_to_the_card(browser: Browser, people: dict[str, UUID]) -> None:
    path = f"/presence/{people['head']}"
    wrong = await browser.send(path, BREAK | {"return_at": "noon"}, page="/card")
    assert wrong.status == 422
    assert 'name="back" value="card"' in await wrong.text()

    for back, led in (("card", "/card"), ("list", "/presence"), ("//example.com", path)):
        answer = await browser.send(path, BREAK | {"back": back}, page="/card")
        assert (answer.status, answer.headers["Location"]) == (303, led)


async def test_the_card_tells_what_was_said_not_what_the_telephone_does(
    browser: Browser, pool: Pool, redis: Redis, people: dict[str, UUID]
) -> None:
    """An absence is told as such; where nothing was said the card says online, also in a talk."""
    assert ">online<" in await text_of(browser, "/card")
    since, until = datetime.now(UTC) - timedelta(days=1), datetime.now(UTC) + timedelta(days=1)
    async with pool.acquire() as connection, connection.transaction():
        change = PresenceChange(absences=[AbsenceBody(since, until)])
        await change_presence(connection, people["head"], change, Actor(None, "test", "test"), datetime.now(UTC))

    assert "away as entered" in await text_of(browser, "/card")
