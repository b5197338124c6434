"""Dictionaries on their page: tried, saved, put higher, removed; and their tags wherever recordings are shown."""

from datetime import timedelta
from typing import Any

import pytest

from recordings.analysing import Analysing
from tests.people.company import AddPerson
from tests.people.web import Browser, another
from tests.recordings.talks import MARCH, talk
from tests.recordings.test_tagging import wanted
from tests.web.composed import text_of, token_of
from trunkline.db.types import Pool
from trunkline.people.roles import Right, Role

HERE = "/recordings/dictionaries"
PRICE = {"name": "Цена", "tag": "дорого", "category": "Продажи", "side": "client", "said": "дорого\r\n<скидка>"}


async def test_one_is_tried_saved_changed_and_removed(browser: Browser, pool: Pool, analysing: Analysing) -> None:
    one = await wanted(pool, (0, "это очень дорого"), (1, "понимаю"))
    await talk(pool, MARCH + timedelta(minutes=1), (0, "спасибо"), (1, "дорого"))

    tried = await browser.send(HERE, PRICE | {"try": "yes"}, page=f"{HERE}/new")
    page = await tried.text()
    assert tried.status == 200
    assert "It fits 1 recording" in page
    assert f"/calls/{one.call_id}?recording={one.id}&amp;at=2.00#recordings" in page
    assert "&lt;скидка&gt;" in page
    assert await pool.fetchval("select count(*) from dictionaries") == 0

    assert (await browser.send(HERE, PRICE, page=f"{HERE}/new")).status == 303
    assert (await browser.send(HERE, PRICE | {"name": "Вторая"}, page=f"{HERE}/new")).status == 303
    await analysing.analyse(one.id.bytes)
    first, second = await pool.fetch("select id from dictionaries order by place")
    assert (await browser.send(f"{HERE}/{second['id']}/up", {}, page=HERE)).status == 303
    assert (await browser.send(f"{HERE}/{first['id']}", PRICE | {"said": "понимаю"}, page=HERE)).status == 303
    listed = await text_of(browser, HERE)
    assert listed.index("Вторая") < listed.index("Цена")
    assert "1 recording is tagged anew" in listed
    assert (await browser.send(f"{HERE}/{second['id']}/remove", {}, page=HERE)).status == 303
    told = await pool.fetch("select action, before from audit where object_kind = 'dictionary' order by id")
    verbs = ["added", "added", "moved", "changed", "removed"]
    assert [row["action"] for row in told] == [f"dictionary.{verb}" for verb in verbs]
    assert told[3]["before"]["said"] == "дорого\n<скидка>"


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"said": "дорого\n..."}, "line 2 must be 1 to 12 words"),
        ({"tag": ""}, "Tag: must be 1 to 40 characters"),
        ({"said": "", "also": ""}, "must hold a phrase"),
        ({"side": "boss"}, "must be any, agent or client"),
    ],
)
@pytest.mark.parametrize("tried", [{}, {"try": "yes"}])
async def test_a_mistake_is_named_beside_its_field(
    browser: Browser, fields: dict[str, str], told: str, tried: dict[str, str]
) -> None:
    answer = await browser.send(HERE, PRICE | fields | tried, page=f"{HERE}/new")
    assert (answer.status, told in await answer.text()) == (422, True)


async def test_recordings_are_shown_and_found_by_their_tags(
    browser: Browser, pool: Pool, analysing: Analysing, add_person: AddPerson
) -> None:
    one = await wanted(pool, (0, "алло дорого дорого"), (1, "да"))
    await wanted(pool, (0, "алло"), minutes=1)
    await browser.send(HERE, PRICE, page=f"{HERE}/new")
    await analysing.analyse(one.id.bytes)

    assert '<option value="дорого">' in await text_of(browser, "/recordings")
    assert '<option value="Продажи">' in await text_of(browser, "/recordings")
    for asked, calls in (
        *(("tag=дорого", 1), ("q=алло&tag=дорого", 1), ("q=алло", 2), ("tag=жалоба", 0)),
        *(("category=Продажи", 1), ("q=алло&category=Продажи", 1), ("tag=дорого&category=Продажи", 1)),
        *(("category=Сервис", 0), ("q=алло&category=Сервис", 0), ("tag=дорого&category=Сервис", 0)),
    ):
        page = await text_of(browser, f"/recordings?{asked}")
        assert page.count('class="row-target"') == calls, asked
        assert ("Продажи</span>" in page) is bool(calls), asked
    assert "No recording has this tag" in await text_of(browser, "/recordings?tag=жалоба")
    assert "No recording is of this category" in await text_of(browser, "/recordings?category=Сервис")
    call = await text_of(browser, f"/calls/{one.call_id}/recordings")
    assert f"/calls/{one.call_id}?recording={one.id}&amp;at=1.00#recordings" in call

    reader = await add_person("bot", Role.ADMINISTRATOR, every_department=True)
    token = await token_of(pool, reader, [Right.RECORDINGS_LISTEN])
    async with another(browser) as program:

        async def told(path: str) -> dict[str, Any]:
            async with program.get(f"/api/v1/recordings{path}", headers=token) as answer:
                found: dict[str, Any] = await answer.json()
                return found

        for asked in ("?tag=дорого", "?q=алло&tag=дорого", "?category=Продажи&tag=дорого", "?q=алло&category=Продажи"):
            (row,) = (await told(asked))["items"]
            assert (row["id"], row["category"], row["tags"]) == (str(one.id), "Продажи", ["дорого"])
        tag = {"tag": "дорого", "at": 1.0, "times": 2}
        assert (await told(f"/{one.id}"))["tags"] == [tag]
        assert (await told(f"/{one.id}/transcript"))["tags"] == [tag]


async def test_who_may_not_edit_settings_edits_none(browser: Browser, pool: Pool, add_person: AddPerson) -> None:
    token = await token_of(pool, await add_person("bot", Role.ADMINISTRATOR), [Right.RECORDINGS_LISTEN])
    async with another(browser) as other:
        for path in (HERE, f"{HERE}/new"):
            async with other.get(path, headers=token, allow_redirects=False) as answer:
                assert answer.status in {303, 401, 403}
    assert (await browser.look(f"{HERE}/x")).status == 404
