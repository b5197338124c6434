"""Sources of costs as people set them up and see them; and files beside them."""

from datetime import UTC, date, datetime, timedelta

import pytest

from tests.calltracking.costs.test_stored import kept, send
from tests.calltracking.feeds.conftest import Scene
from tests.fakes.yandex_direct import Shown
from tests.people.company import AddPerson
from tests.people.web import HTML, Browser, another, session_of
from tests.web.composed import text_of
from trunkline.crypto import SecretBox
from trunkline.db.types import Pool
from trunkline.keys import secret_box_key
from trunkline.people.roles import Role

PATH = "/reports/costs/feeds"
FORM = {
    "kind": "direct", "name": "Директ", "login": "", "secret": "y0_Secret-Token", "named": "id", "level": "keyword",
    "with_vat": "", "vat": "", "source": "", "channel": "",
}  # fmt: skip


def yesterday() -> date:
    return datetime.now(UTC).date() - timedelta(days=2)


async def add(browser: Browser, **more: str) -> str:
    answer = await browser.send(PATH, FORM | {"since": yesterday().isoformat()} | more, page=PATH)
    assert answer.status == 303, await answer.text()
    return answer.headers["Location"]


async def test_a_source_is_added_read_shown_and_removed(browser: Browser, pool: Pool, scene: Scene) -> None:
    assert "Read them from Yandex Direct" in await text_of(browser, "/reports/costs")
    page = await text_of(browser, PATH)
    assert "No costs are read from anywhere" in page
    assert "22 % from 2026 on" in page
    assert (datetime.now(UTC).date() - timedelta(days=31)).isoformat()[:7] in page
    path = await add(browser)
    added = await pool.fetch("select source, channel, with_vat, vat, active from cost_feeds")
    assert [tuple(row) for row in added] == [("yandex", "Paid Search", True, None, True)]
    scene.direct.shown = [Shown(yesterday(), "100")]
    scene.box = browser_box(browser)

    assert await scene.read(datetime.now(UTC)) == 1

    assert "окна пвх" in await text_of(browser, "/reports/costs?days=30")
    page = await text_of(browser, path)
    assert "Read last" in page
    assert "y0_Secret" not in page
    assert "Директ" in await text_of(browser, PATH)
    scene.direct.token = "another"
    assert (await browser.send(f"{path}/read", {"from": ""}, page=path)).status == 303
    await scene.read(datetime.now(UTC))
    page = await text_of(browser, path)
    assert "The token or the key is not good" in page
    assert "53 Error 53" in page
    assert "Токен или ключ" in await text_of(browser, path, language="ru")

    change = FORM | {"since": yesterday().isoformat(), "secret": "", "name": "Директ 2", "named": "name", "vat": "20 %"}
    assert (await browser.send(path, change | {"active": ""}, page=path)).status == 303
    changed = await pool.fetch("select name, named, vat, active, with_vat from cost_feeds")
    assert [tuple(row) for row in changed] == [("Директ 2", "name", 20, False, True)]
    assert "It is switched off" in await (await browser.get(await read(browser, path))).text()
    assert (await browser.send(f"{path}/remove", {"costs": "yes"}, page=path)).status == 303
    assert await pool.fetchval("select count(*) from cost_feeds") == 0
    assert await kept(pool) == []
    deeds = "select count(*) from audit where action in ('cost_feed.saved', 'cost_feed.read', 'cost_feed.removed')"
    assert await pool.fetchval(deeds) == 4


def browser_box(browser: Browser) -> SecretBox:
    """The key of the application the browser looks at."""
    assert browser.app is not None
    return browser.app[secret_box_key]


async def read(browser: Browser, path: str) -> str:
    """Where the button leads of a source that is off: there is none, so the page of another is taken for its token."""
    return (await browser.send(f"{path}/read", {"from": ""}, page=PATH)).headers["Location"]


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"kind": ""}, "must be one of"),
        ({"secret": ""}, "without it nothing can be read"),
        ({"since": "yesterday"}, "must be a day"),
        ({"since": "2010-01-01"}, "must be a day from"),
        ({"vat": "99"}, "is no rate of VAT"),
        ({"kind": "vk"}, "this system tells costs by: campaigns"),
        ({"login": "a b"}, "must be the advertiser"),
    ],
)
async def test_what_is_wrong_is_told_in_the_form(browser: Browser, pool: Pool, told: dict[str, str], said: str) -> None:
    answer = await browser.send(PATH, FORM | {"since": yesterday().isoformat()} | told, page=PATH)

    text = await answer.text()
    assert (answer.status, said in text) == (422, True)
    assert "y0_Secret-Token" not in text
    assert await pool.fetchval("select count(*) from cost_feeds") == 0


async def test_a_name_is_taken_once_and_a_day_is_checked(browser: Browser) -> None:
    path = await add(browser)
    again = await browser.send(PATH, FORM | {"since": yesterday().isoformat()}, page=PATH)
    assert (again.status, "of this name already" in await again.text()) == (422, True)
    for day in ("x", "2010-01-01", "2999-01-01"):
        answer = await browser.send(f"{path}/read", {"from": day}, page=path)
        assert (answer.status, "must be a day" in await answer.text()) == (422, True)
    assert (await browser.get(f"{PATH}/x")).status == 404


async def test_who_sees_no_money_or_edits_no_sites_sees_no_source(
    browser: Browser, pool: Pool, add_person: AddPerson
) -> None:
    path = await add(browser)
    for role in (Role.MARKETER, Role.SUPERVISOR):
        person = await add_person(role.value, role, every_department=True)
        assert browser.app is not None
        session = await session_of(pool, browser.app, person)
        async with another(browser, session) as other:
            for place in (PATH, path):
                assert (await other.get(place, headers=HTML)).status == 403


async def test_a_file_over_what_was_read_can_be_taken_back(browser: Browser, pool: Pool, scene: Scene) -> None:
    """Then it is the source's again, and is corrected by it."""
    scene.direct.shown = [Shown(yesterday(), "100"), Shown(yesterday(), "10", 7002)]
    await scene.add(since=yesterday(), now=datetime.now(UTC))
    await scene.read(datetime.now(UTC))
    text = f"День;Кампания;Канал;Расход\n{yesterday()};7001;Paid Search;500\n"

    path = (await send(browser, text)).headers["HX-Redirect"]
    await browser.send(f"{path}/commit", {}, page=path)
    scene.direct.shown = [Shown(yesterday(), "90"), Shown(yesterday(), "10", 7002)]
    await pool.execute("update cost_feeds set due_at = now()")
    await scene.read(datetime.now(UTC))
    assert sorted(row[3] for row in await kept(pool)) == [1_220, 50_000]

    await browser.send(f"{path}/undo", {}, page=path)
    assert sorted(row[3] for row in await kept(pool)) == [1_220, 12_200]
    await pool.execute("update cost_feeds set due_at = now()")
    await scene.read(datetime.now(UTC))
    assert sorted(row[3] for row in await kept(pool)) == [1_220, 10_980]
