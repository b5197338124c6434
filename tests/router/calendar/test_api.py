"""`/api/v1/calendar/overrides` as a program uses it."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from tests.people.web import Browser
from tests.web.composed import token_of
from trunkline.db.types import Pool
from trunkline.people.roles import Right

PATH = "/api/v1/calendar/overrides"
DAY = (datetime.now(UTC) + timedelta(days=40)).date()
BODY = {"branch": "almaty", "first": str(DAY), "kind": "open", "hours": ["10:00-14:00"], "reason": "Распродажа"}
pytestmark = pytest.mark.usefixtures("branches")


async def test_added_listed_and_dropped(browser: Browser, pool: Pool, supervisor: UUID) -> None:
    token = await token_of(pool, supervisor)
    added = await browser.post(PATH, json=BODY, headers=token)
    stored = await added.json()
    assert added.status == 201
    assert stored == stored | BODY | {"last": str(DAY), "until": "", "author": stored["author"]}
    assert (await (await browser.get(PATH, headers=token)).json())["items"] == [stored]
    later = await browser.get(PATH, params={"since": str(DAY + timedelta(days=1))}, headers=token)
    assert await later.json() == {"items": []}

    twice = await browser.post(PATH, json=BODY, headers=token)
    assert twice.status == 400
    assert (await twice.json())["mistakes"][0]["field"] == "first"

    for status in (204, 404):
        assert (await browser.delete(f"{PATH}/{stored['id']}", headers=token)).status == status
    assert (await browser.delete(f"{PATH}/nonsense", headers=token)).status == 404


@pytest.mark.parametrize(
    ("changed", "path"),
    [
        ({"kind": "shut"}, "$.kind"),
        ({"first": "soon"}, "$.first"),
        ({"hours": ["10:00"] * 7}, "$.hours"),
        ({"places": []}, "$"),
        ({"hours": ["14:00-10:00"]}, "hours"),
        ({"branch": "omsk"}, "branch"),
    ],
)
async def test_a_mistake_names_its_field(
    browser: Browser, pool: Pool, supervisor: UUID, changed: dict[str, object], path: str
) -> None:
    answer = await browser.post(PATH, json=BODY | changed, headers=await token_of(pool, supervisor))
    assert answer.status == 400
    assert (await answer.json())["mistakes"][0]["field"] == path


async def test_a_day_that_is_none(browser: Browser, pool: Pool, supervisor: UUID) -> None:
    answer = await browser.get(PATH, params={"since": "soon"}, headers=await token_of(pool, supervisor))
    assert answer.status == 400


async def test_who_may_only_read_changes_nothing(browser: Browser, pool: Pool, supervisor: UUID) -> None:
    token = await token_of(pool, supervisor, [Right.PLAN_READ])
    assert (await browser.get(PATH, headers=token)).status == 200
    assert (await browser.post(PATH, json=BODY, headers=token)).status == 403
