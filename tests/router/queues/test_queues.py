"""`/settings/queues` as it is shipped: a queue added, filled, renamed and taken out, and what is refused."""

from typing import Any
from uuid import UUID

import pytest

from router.queues.queue import Member, Sent, places_of, read
from tests.people.company import AddPerson
from tests.people.web import Browser, another, session_of
from tests.web.composed import text_of, token_of
from trunkline.db.types import Pool
from trunkline.directory.head import read_head
from trunkline.errors import InvalidInput
from trunkline.people.roles import Right, Role

HERE = "/settings/queues"
ANNA, SALES = UUID(int=1), UUID(int=2)
RIGHT = Sent("sales", "Sales", "400", "linear", str(SALES), {str(ANNA): "3"})


def test_a_form_is_a_queue() -> None:
    queue = read(RIGHT, {ANNA}, {SALES})
    assert (queue.department, queue.members) == (SALES, (Member(ANNA, 3),))


@pytest.mark.parametrize(
    ("wrong", "fields"),
    [
        ({"id": "Продажи", "name": "", "target": "a b", "strategy": "x", "department": "y"}, 5),
        ({"id": ""}, ["id"]),
        ({"target": "a,n,hangup"}, ["target"]),
        ({"penalties": {str(ANNA): "101"}}, ["members"]),
        ({"penalties": {str(ANNA): "-1"}}, ["members"]),
        ({"penalties": {str(SALES): "0"}}, ["members"]),
        ({"penalties": {"nobody": "0"}}, ["members"]),
    ],
)
def test_every_mistake_is_told_at_once(wrong: dict[str, Any], fields: Any) -> None:
    sent = {name: getattr(RIGHT, name) for name in Sent.__struct_fields__} | wrong
    with pytest.raises(InvalidInput) as told:
        read(Sent(**sent), {ANNA}, {SALES})
    named = [mistake.path for mistake in told.value.mistakes]
    assert named == fields if isinstance(fields, list) else len(named) == fields


def test_where_a_plan_names_it() -> None:
    body = {
        "default": "queue:sales",
        "classes": {"client": "team:sales", "supplier": "queue:sales2"},
        "lines": {"+74951234567": {"overflow": {"target": "queue:sales"}}},
        "queues": {"sales": {"branch": "a"}},
    }
    assert places_of(body, "sales") == [
        "classes.client", "default", "lines.+74951234567.overflow.target", "queues.sales",
    ]  # fmt: skip


async def test_from_a_name_to_its_members_and_away(browser: Browser, pool: Pool, supervisor: UUID) -> None:
    await pool.execute("update people set extension = '101' where id = $1", supervisor)
    form = {"id": "night", "name": "Ночная смена", "target": "490", "strategy": "ringall", "department": ""}
    answer = await browser.send(
        HERE, form | {"person": str(supervisor), f"penalty-{supervisor}": "2"}, page=f"{HERE}/new"
    )
    assert (answer.status, answer.headers["Location"]) == (303, HERE)
    assert "Ночная смена" in await text_of(browser, HERE)
    async with pool.acquire() as connection:
        queue = (await read_head(connection)).queues["night"]
    assert (queue.target, queue.strategy, [(one.agent, one.penalty) for one in queue.members]) == (
        "490", "ringall", [(supervisor, 2)],
    )  # fmt: skip

    changed = form | {"name": "Night", "target": "491"}
    assert (await browser.send(f"{HERE}/night", changed, page=f"{HERE}/night")).status == 303
    assert await pool.fetchval("select count(*) from queue_members where queue_id = 'night'") == 0
    assert (await browser.send(f"{HERE}/night/remove", {}, page=f"{HERE}/night")).status == 303
    await text_of(browser, f"{HERE}/night", 404)
    deeds = await pool.fetch(
        "select action, before ->> 'target' as before from audit where object_kind = 'queue' order by id"
    )
    assert [tuple(deed) for deed in deeds] == [
        ("queue.added", None),
        ("queue.changed", "490"),
        ("queue.removed", "491"),
    ]


async def test_what_is_taken_or_needed_is_told(browser: Browser, pool: Pool) -> None:
    form = {"id": "sales", "name": "Again", "target": "q-new", "strategy": "linear"}
    wrong = await browser.send(HERE, form, page=f"{HERE}/new")
    assert (wrong.status, "short name of another queue" in await wrong.text()) == (422, True)
    wrong = await browser.send(HERE, form | {"id": "more", "target": "q-sales"}, page=f"{HERE}/new")
    assert (wrong.status, "is the queue sales already" in await wrong.text()) == (422, True)

    needed = await browser.send(f"{HERE}/sales/remove", {}, page=f"{HERE}/sales")
    text = await needed.text()
    assert (needed.status, "is still named by the plan (" in text, "+74951234567" in text) == (422, True, True)
    assert await pool.fetchval("select count(*) from queues where id = 'sales'") == 1


async def test_by_the_api(browser: Browser, pool: Pool, supervisor: UUID) -> None:
    token = await token_of(pool, supervisor, {Right.PLAN_READ, Right.PLAN_EDIT})
    path, body = "/api/v1/queues/night", {"name": "Night", "target": "490", "members": [{"person": str(supervisor)}]}
    made = await browser.request("PUT", path, json=body, headers=token)
    assert (made.status, (await made.json())["members"]) == (201, [{"person": str(supervisor), "penalty": 0}])
    again = await browser.request("PUT", path, json=body | {"strategy": "ringall"}, headers=token)
    assert (again.status, (await again.json())["strategy"]) == (200, "ringall")
    wrong = await browser.request("PUT", path, json=body | {"target": "q-sales"}, headers=token)
    assert (wrong.status, "is the queue sales already" in await wrong.text()) == (400, True)
    listed = await (await browser.get("/api/v1/queues", headers=token)).json()
    assert "night" in {queue["id"] for queue in listed["items"]}
    assert (await browser.request("DELETE", path, headers=token)).status == 204
    assert (await browser.get(path, headers=token)).status == 404


async def test_in_russian_and_only_for_those_who_may(browser: Browser, pool: Pool, add_person: AddPerson) -> None:
    assert "В каком порядке звонят" in await text_of(browser, f"{HERE}/sales", language="ru")
    assert browser.app is not None
    agent = await session_of(pool, browser.app, await add_person("boris", Role.AGENT))
    async with another(browser, agent) as somebody:
        await text_of(somebody, HERE, 403)
        assert (await somebody.send(HERE, {}, page="/card")).status == 403
