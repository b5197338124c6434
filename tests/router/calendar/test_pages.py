"""`/settings/calendar` as a supervisor uses it."""

import re
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from aiohttp import ClientResponse, FormData

from tests.people.company import AddPerson
from tests.people.web import HTML, Browser, another, session_of
from tests.web.composed import text_of
from trunkline.db.types import Pool
from trunkline.directory.head import read_head
from trunkline.people.roles import Role

PATH = "/settings/calendar"
DAY = (datetime.now(UTC) + timedelta(days=40)).date()
FORM = {"branch": "almaty", "first": str(DAY), "last": "", "kind": "closed", "reason": "Переезд склада"}
pytestmark = pytest.mark.usefixtures("branches")


async def overrides(pool: Pool) -> list[dict[str, object]]:
    rows = await pool.fetch("select branch, first, last, kind, until, hours, reason from calendar_overrides order by 2")
    return [dict(row) for row in rows]


def plain(text: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


async def test_an_override_from_the_form_to_the_directory_and_back(browser: Browser, pool: Pool) -> None:
    saved = await browser.send(f"{PATH}/overrides", FORM, page=PATH)
    assert (saved.status, saved.headers["Location"]) == (303, f"{PATH}?place=almaty&year={DAY.year}")
    shown = plain(await text_of(browser, f"{PATH}?place=almaty&year={DAY.year}"))
    assert "Алматы Closed Переезд склада" in shown
    assert "Day off Переезд склада · Override —" in shown
    assert "Production calendar: Kazakhstan" in shown
    company = plain(await text_of(browser, f"{PATH}?year={DAY.year}"))
    assert "Day off Переезд склада · Override —" not in company, "it is the branch's alone"
    async with pool.acquire() as connection:
        (brief,) = (await read_head(connection)).overrides
    assert (brief.branch, brief.first, brief.last, brief.kind) == ("almaty", DAY, DAY, "closed")

    identifier = await pool.fetchval("select id from calendar_overrides")
    gone = await browser.send(f"{PATH}/overrides/{identifier}/remove", {}, page=PATH)
    assert gone.status == 303
    assert await overrides(pool) == []
    assert "No overrides" in await text_of(browser, PATH)
    again = await browser.send(f"{PATH}/overrides/{identifier}/remove", {}, page=PATH)
    assert again.status == 404
    deeds = await pool.fetch("select action, person from audit where object_kind = 'calendar' order by id")
    assert [deed["action"] for deed in deeds] == ["calendar.overridden", "calendar.override_removed"]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ({"kind": "short", "until": "9:30", "hours": "left over"}, ("short", "09:30", [])),
        (
            {"kind": "open", "hours": "9:00–13:00, 14:00 - 18:00", "until": "15:00"},
            ("open", "", ["09:00-13:00", "14:00-18:00"]),
        ),
        ({"branch": "*", "last": str(DAY + timedelta(days=6))}, ("closed", "", [])),
    ],
)  # fmt: skip
async def test_what_is_typed_is_kept(
    browser: Browser, pool: Pool, typed: dict[str, str], kept: tuple[str, str, list[str]]
) -> None:
    assert (await browser.send(f"{PATH}/overrides", FORM | typed, page=PATH)).status == 303
    (row,) = await overrides(pool)
    assert (row["kind"], row["until"], row["hours"]) == kept


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"first": "soon"}, "First day: must be a date such as"),
        ({"first": "2020-01-01"}, "First day: these days are over"),
        ({"kind": "maybe"}, "What holds: choose one"),
        ({"kind": "short"}, "Closes at: must be a time such as 15:00"),
        ({"kind": "open", "hours": "all day"}, "Hours: &#39;all day&#39; must be hours of one day"),
        ({"branch": "omsk"}, "Place: there is no branch &#39;omsk&#39;; there are almaty"),
        ({"reason": ""}, "Reason: must say why"),
    ],
)
async def test_what_is_wrong_stands_beside_its_field(
    browser: Browser, pool: Pool, typed: dict[str, str], said: str
) -> None:
    answer = await browser.send(f"{PATH}/overrides", FORM | typed, page=PATH)
    text = await answer.text()
    assert answer.status == 422
    assert said in text
    assert await overrides(pool) == []


async def test_what_is_open_now_by_each_ones_clock(browser: Browser, pool: Pool) -> None:
    everyday = "00:00-24:00"
    hours = {day: [everyday] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
    plan = await pool.fetchval("select body from plans order by version desc limit 1")
    days = [str((datetime.now(UTC) + timedelta(days=ahead)).date()) for ahead in (-1, 0, 1)]
    plan |= {"hours": hours, "days": dict.fromkeys(days, "working"), "queues": {"service": {"branch": "almaty"}}}
    plan["branches"] = {"almaty": plan["branches"]["almaty"] | {"days": dict.fromkeys(days, "off")}}
    await pool.execute("insert into plans (body, note) values ($1, '')", plan)
    shown = plain(await text_of(browser, PATH))
    assert re.search(r"The whole company open no change|The whole company open until", shown)
    assert re.search(r"Алматы Branch closed opens .{4,30}closed all day Day off \d\d:\d\d Asia/Almaty", shown), shown
    assert re.search(r"Service Queue closed .{4,60}Asia/Almaty as Алматы", shown)
    assert re.search(r"Sales Queue open .{4,80}Europe/Moscow as the company", shown)


YEAR = DAY.year
GOOD = f'<calendar year="{YEAR}" country="ru"><holidays><holiday id="1" title="Новый год"/></holidays><days>'.encode()
GOOD += b'<day d="01.01" t="1" h="1"/><day d="04.30" t="2"/></days></calendar>'


async def test_a_calendar_is_uploaded(browser: Browser, pool: Pool) -> None:
    assert "This year was not imported" in await text_of(browser, f"{PATH}?year={YEAR}")
    done = await send_file(browser, GOOD)
    assert (done.status, done.headers["HX-Redirect"]) == (204, PATH)
    shown = plain(await text_of(browser, f"{PATH}?year={YEAR}"))
    assert "Imported by anna" in shown.replace("Anna", "anna")
    assert "Short day" in shown
    assert "Новый год · Imported calendar —" in shown
    assert f"Russia {YEAR} 1 1 0" in shown
    assert "Public holidays" not in shown.partition("Days that differ")[2].partition("Imported calendars")[0]
    other = plain(await text_of(browser, f"{PATH}?year={YEAR + 1}"))
    assert "Public holidays" in other
    assert await pool.fetchval("select count(*) from audit where action = 'calendar.imported'") == 1


async def test_days_that_cannot_be_read_are_told_and_the_rest_goes_in(browser: Browser, pool: Pool) -> None:
    done = await send_file(browser, GOOD.replace(b'd="04.30"', b'd="04.31"'))
    text = await done.text()
    assert done.status == 200
    assert "d must be a month and a day" in text
    assert await pool.fetchval("select count(*) from calendar_days") == 1


@pytest.mark.parametrize(("content", "said"), [(b"", "choose a file"), (b"day;kind", "line 1: is not XML")])
async def test_what_is_no_calendar_changes_nothing(browser: Browser, pool: Pool, content: bytes, said: str) -> None:
    await send_file(browser, GOOD)
    done = await send_file(browser, content)
    assert done.status == 422
    assert said in await done.text()
    assert await pool.fetchval("select count(*) from calendar_days") == 2


async def send_file(browser: Browser, content: bytes) -> ClientResponse:
    form = FormData()
    form.add_field("file", BytesIO(content), filename="ru.xml", content_type="text/xml")
    headers = {"X-CSRF-Token": await browser.token(PATH), "HX-Request": "true", "HX-Target": "calendar-import"}
    return await browser.post(f"{PATH}/import", data=form, headers=HTML | headers, allow_redirects=False)


@pytest.mark.parametrize("query", ["?year=abc", "?year=99999", "?place=omsk", "?year=2000", "?year=2099", "?year=²"])
async def test_any_address_shows_a_year(browser: Browser, query: str) -> None:
    assert "Days that differ" in await text_of(browser, PATH + query)


async def test_it_speaks_russian(browser: Browser) -> None:
    shown = plain(await text_of(browser, PATH, language="ru"))
    for words in ("Календарь", "Вся компания", "Январь", "Исключений нет", "Государственные праздники"):
        assert words in shown


async def test_an_agent_does_not_see_it(browser: Browser, pool: Pool, add_person: AddPerson) -> None:
    agent = await add_person("boris", Role.AGENT, every_department=True, every_line=True)
    async with another(browser, await session_of(pool, browser.app, agent)) as second:
        assert (await second.look(PATH)).status == 403
