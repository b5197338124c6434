"""Forms and the callback button by their pages and by the API."""

import time
from uuid import uuid4

import pytest

from calltracking.forms.form import FormRecord
from calltracking.forms.store import keep_forms
from tests.calltracking.conftest import KEY, Rows
from tests.people.company import AddPerson
from tests.people.web import Browser
from tests.web.composed import text_of, token_of
from trunkline.db.types import Pool
from trunkline.ids import uuid7
from trunkline.people.roles import Right, Role

BUTTON = {"queue": "sales", "agreed": "policy-1", "days": "1", "opens": "9", "closes": "18", "active": "on"}


@pytest.fixture
async def site(pool: Pool) -> Rows:
    rows = await Rows(pool).make(1)
    await pool.execute("insert into queues (id, name, target) values ('sales', 'Продажи', '600')")
    return rows


async def write(rows: Rows, place: int, **more: str) -> None:
    """A form somebody sent."""
    words = {
        "name": f"<b>Анна {place}",
        "phone": f"+7916123456{place}",
        "email": "",
        "page": "https://www.example.ru/x?a=1",
    }
    words |= more
    form = FormRecord(
        *(uuid7(time.time()), uuid4(), rows.site, time.time(), time.time(), None, None),
        *(words["name"], words["phone"], words["email"], {"Город": "Тверь"}, words["page"], "policy-1"),
    )
    async with rows.pool.acquire() as connection, connection.transaction():
        await keep_forms(connection, [form])


async def test_forms_are_listed_for_who_may_see_leads(root: Browser, site: Rows, add_person: AddPerson) -> None:
    assert "No forms yet" in await text_of(root, "/sites/forms")
    for place in range(3):
        await write(site, place)

    shown = await text_of(root, "/sites/forms")
    person = await add_person("mara", Role.MARKETER, every_department=True, every_line=True)
    headers = await token_of(site.pool, person)
    first = await (await root.get("/api/v1/forms?limit=2", headers=headers)).json()
    second = await (await root.get(f"/api/v1/forms?limit=2&cursor={first['next']}", headers=headers)).json()
    without = await token_of(site.pool, person, [Right.SITES_EDIT])
    narrow = await token_of(site.pool, await add_person("nina", Role.MARKETER, every_line=False))

    assert "&lt;b&gt;Анна 2" in shown
    assert "Город: Тверь" in shown
    assert "www.example.ru/x" in shown
    assert [one["name"] for one in first["items"] + second["items"]] == [f"<b>Анна {place}" for place in (2, 1, 0)]
    assert second["next"] is None
    assert (await root.get("/api/v1/forms", headers=without)).status == 403
    assert (await root.get("/api/v1/forms", headers=narrow)).status == 404


async def test_a_button_is_set_by_hand_and_by_the_api(root: Browser, site: Rows, add_person: AddPerson) -> None:
    page = f"/sites/{KEY}/callback"
    for change, said in (
        ({"queue": "nobody"}, "must be the id of a queue of ours"),
        ({"closes": "9"}, "must be later than it opens"),
        ({"opens": "x"}, "must be a whole hour"),
        ({"agreed": ""}, "from 1 to 100 characters"),
        ({"terms": "javascript:alert(1)"}, "must be a web address"),
        ({"line": "+74950000000"}, "must be one of our lines in use"),
    ):
        answer = await root.send(page, BUTTON | change, page=page)
        assert (answer.status, said in await answer.text()) == (422, True), change
    assert (await root.send(page, BUTTON, page=page)).status == 303
    assert "callback.js" in await text_of(root, page)

    person = await add_person("mara", Role.MARKETER, every_department=True, every_line=True)
    headers = await token_of(site.pool, person)
    path = f"/api/v1/sites/{site.site}/callback"
    told = await (await root.get(path, headers=headers)).json()
    changed = await root.put(path, json=told | {"closes": 24, "days": [7, 6]}, headers=headers)

    assert (told["queue"], told["days"], told["active"]) == ("sales", [1], True)
    assert (await changed.json())["days"] == [6, 7]
    assert (await root.put(path, json=told | {"terms": "x"}, headers=headers)).status == 400
    assert await site.pool.fetchval("select count(*) from audit where action = 'callback_widget.saved'") == 2
