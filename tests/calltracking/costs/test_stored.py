"""Costs on their way in: a file looked at, let in and taken back; programs that tell the same twice."""

from io import BytesIO
from typing import Any

from aiohttp import ClientResponse, FormData

from calltracking.costs.api import MOST_ITEMS
from tests.people.company import AddPerson
from tests.people.web import HTML, Browser
from tests.web.composed import text_of, token_of
from trunkline.db.types import Pool
from trunkline.people.roles import Right, Role

PATH = "/reports/costs"
FILE = "День;Статья;Кампания;Расход\n01.11.2026;x;Окна;1200\n01.11.2026;y;Окна;600\n02.11.2026;z;;десять\n"


async def send(browser: Browser, text: str, **fields: str) -> ClientResponse:
    form = FormData({"source": "yandex", "channel": "", "city": "", "vat": "20 %"} | fields)
    form.add_field("file", BytesIO(text.encode()), filename="costs.csv", content_type="text/csv")
    headers = HTML | {
        "X-CSRF-Token": await browser.token("/reports/channels"), "HX-Request": "true", "HX-Target": "costs-form",
    }  # fmt: skip
    return await browser.post(f"{PATH}/files", data=form, headers=headers, allow_redirects=False)


async def kept(pool: Pool) -> list[tuple[Any, ...]]:
    rows = await pool.fetch("select day::text, source, campaign, gross, net from tracking_costs order by day, mark")
    return [tuple(row) for row in rows]


async def test_a_file_is_shown_let_in_and_taken_back(browser: Browser, pool: Pool) -> None:
    path = (await send(browser, FILE)).headers["HX-Redirect"]
    page = await text_of(browser, path)
    assert "десять is no amount" in page
    assert await kept(pool) == []

    assert (await browser.send(f"{path}/commit", {}, page=path)).status == 303
    assert await kept(pool) == [("2026-11-01", "yandex", "Окна", 180_000, 150_000)]
    assert "Окна" in await text_of(browser, f"{PATH}?days=90")

    again = (await send(browser, FILE)).headers["HX-Redirect"]
    assert "There is nothing to do." in await text_of(browser, again)
    assert (await browser.send(f"{again}/cancel", {}, page=again)).status == 303

    more = (await send(browser, FILE.replace("600", "1800"))).headers["HX-Redirect"]
    await browser.send(f"{more}/commit", {}, page=more)
    assert [row[3] for row in await kept(pool)] == [300_000]
    await browser.send(f"{more}/undo", {}, page=more)
    assert [row[3] for row in await kept(pool)] == [180_000]
    await browser.send(f"{path}/undo", {}, page=path)
    assert await kept(pool) == []
    assert await pool.fetchval("select count(*) from audit where action in ('costs.let_in', 'costs.undone')") == 4


async def test_columns_are_said_where_headings_say_nothing(browser: Browser, pool: Pool) -> None:
    path = (await send(browser, "A;B;C\n2026-11-01;ключ;100\n")).headers["HX-Redirect"]
    assert "has no column of days" in await text_of(browser, path)
    assert (await browser.send(f"{path}/commit", {}, page=path)).status == 303
    assert await kept(pool) == []

    columns = {"column-0": "date", "column-1": "keyword", "column-2": "net", "vat": "no"}
    assert (await browser.send(f"{path}/columns", columns, page=path)).status == 303
    await browser.send(f"{path}/commit", {}, page=path)

    assert await kept(pool) == [("2026-11-01", "yandex", "", 10_000, 10_000)]
    assert await pool.fetchval("select keyword from tracking_costs") == "ключ"


async def test_a_file_that_is_none_and_a_wrong_rate_are_told_in_the_form(browser: Browser) -> None:
    answer = await send(browser, "", vat="1000")
    assert answer.status == 422
    assert "choose a file" in await answer.text()
    answer = await send(browser, FILE, vat="1000")
    assert (answer.status, "is no rate of VAT" in await answer.text()) == (422, True)


async def test_programs_tell_batches_once(browser: Browser, pool: Pool, add_person: AddPerson) -> None:
    person = await add_person("bot", Role.ADMINISTRATOR, every_department=True)
    headers = await token_of(pool, person) | {"Idempotency-Key": "monday"}
    items = [
        {"day": "2026-11-01", "source": "vk", "keyword": f"word {place}", "gross": "12.34", "vat": 20}
        for place in range(1_200)
    ]

    first = await browser.post("/api/v1/costs", json={"items": items}, headers=headers)
    again = await browser.post("/api/v1/costs", json={"items": items}, headers=headers)
    assert await first.json() == await again.json() == {"added": 1_200, "changed": 0, "unchanged": 0}
    other = await browser.post("/api/v1/costs", json={"items": items[:1]}, headers=headers)
    assert other.status == 400
    del headers["Idempotency-Key"]
    changed = [items[0], items[1] | {"gross": "24"}]
    answer = await browser.post("/api/v1/costs", json={"items": changed}, headers=headers)
    assert await answer.json() == {"added": 0, "changed": 1, "unchanged": 1}

    page = await (await browser.get("/api/v1/costs?since=2026-11-01&limit=200", headers=headers)).json()
    assert (len(page["items"]), page["next"] is None) == (200, False)
    assert page["items"][0]["gross"] in {"12.34", "24"}


async def test_what_is_wrong_with_a_batch_is_told_by_its_place(
    browser: Browser, pool: Pool, add_person: AddPerson
) -> None:
    headers = await token_of(pool, await add_person("bot", Role.ADMINISTRATOR, every_department=True))
    good = {"day": "2026-11-01", "source": "vk", "gross": "1"}
    for items, field in (
        ([good, good | {"source": ""}], "$.items[1].source"),
        ([good | {"gross": "NaN"}], "$.items[0].gross"),
        ([good | {"channel": "Radio"}], "$.items[0].channel"),
        ([good | {"net": "2"}], "$.items[0].net"),
        ([good, good], "$.items[1]"),
        ([good] * (MOST_ITEMS + 1), "$.items"),
    ):
        answer = await browser.post("/api/v1/costs", json={"items": items}, headers=headers)
        assert (answer.status, (await answer.json())["mistakes"][0]["field"]) == (400, field)
    assert await kept(pool) == []


async def test_who_edits_sites_without_money_tells_no_costs(
    browser: Browser, pool: Pool, add_person: AddPerson
) -> None:
    person = await add_person("mark", Role.MARKETER, every_department=True)
    headers = await token_of(pool, person, [Right.SITES_EDIT])
    body = {"items": [{"day": "2026-11-01", "source": "vk", "gross": "1"}]}
    assert (await browser.post("/api/v1/costs", json=body, headers=headers)).status == 403
