"""`/questions`, the threads on a card, `/settings/questions`, and the same for programs."""

from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from aiohttp import web

from tests.card.conftest import CLIENT, House
from tests.people.company import AddPerson
from tests.people.web import HTML, Browser, another, csrf_of, session_of
from tests.web.composed import text_of, token_of
from trunkline.people.roles import Role

HTMX = {"HX-Request": "true"}


@pytest.fixture
async def boris(add_person: AddPerson) -> UUID:
    return await add_person("boris", Role.AGENT, name="Борис", extension="105")


@pytest.fixture
async def as_anna(root: Browser, app: web.Application, house: House) -> AsyncIterator[Browser]:
    async with another(root, await session_of(house.pool, app, house.anna)) as browser:
        yield browser


@pytest.fixture
async def as_boris(root: Browser, app: web.Application, house: House, boris: UUID) -> AsyncIterator[Browser]:
    async with another(root, await session_of(house.pool, app, boris)) as browser:
        yield browser


async def asked(house: House, browser: Browser, to: str, text: str = "Какой <b>насос</b>?") -> str:
    """The id of a question about the client."""
    card = f"/card/number/{CLIENT}/questions"
    fields = {"csrf": csrf_of(await text_of(browser, f"{card}?ask=yes")), "to": to, "text": text}
    answer = await browser.post(card, data=fields, headers=HTML, allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (303, card)
    return str(await house.pool.fetchval("select id from questions order by id desc limit 1"))


async def test_a_question_is_asked_on_the_card_and_answered(
    house: House, as_anna: Browser, as_boris: Browser, boris: UUID
) -> None:
    await house.contact()
    card = f"/card/calls/{await house.call()}"
    assert f'hx-get="{card}/questions"' in await text_of(as_anna, card)
    form = await (await as_anna.look(f"{card}/questions?ask=yes", **HTMX)).text()
    assert form.lstrip().startswith("<section")
    assert f'value="person:{boris}"' in form
    assert f'value="person:{house.anna}"' not in form
    fields = {"csrf": csrf_of(form), "to": f"person:{boris}", "text": "Какой <b>насос</b>?"}
    answer = await as_anna.post(f"{card}/questions", data=fields, headers=HTML | HTMX)
    assert (answer.status, "Asked" in answer.headers["HX-Trigger"]) == (200, True)
    assert "Какой &lt;b&gt;насос&lt;/b&gt;?" in await answer.text()

    assert ">1<" in await text_of(as_boris, "/questions/count")
    question = await house.pool.fetchval("select id from questions")
    assert f"/questions/{question}" in await text_of(as_boris, "/questions")
    page = f"/questions/{question}"
    assert "&lt;b&gt;насос" in await text_of(as_boris, page)
    assert ">1<" in await text_of(as_boris, "/questions/count"), "it waits until it is answered"
    assert (await as_boris.send(f"{page}/messages", {"text": "Третий"}, page=page)).status == 303
    assert "nav-count" not in await text_of(as_boris, "/questions/count")
    assert ">1<" in await text_of(as_anna, "/questions/count")
    assert "Третий" in await text_of(as_anna, f"{card}/questions")
    assert "ответ" in await text_of(as_anna, page, language="ru")
    assert "nav-count" not in await text_of(as_anna, "/questions/count")
    assert (await as_anna.send(f"{page}/close", {}, page=page)).status == 303
    assert "This question is closed." in await text_of(as_boris, page)


async def test_mistakes_come_back_into_the_form(house: House, as_anna: Browser, boris: UUID) -> None:
    card = f"/card/number/{CLIENT}/questions"
    fields = {"csrf": csrf_of(await text_of(as_anna, f"{card}?ask=yes")), "to": f"person:{boris}", "text": "x"}
    for change, said in (
        ({"to": ""}, "choose a person or a topic"),
        ({"to": "person:x"}, "choose a person or a topic"),
        ({"to": f"queue:{boris}"}, "choose a person or a topic"),
        ({"to": f"topic:{boris}"}, "nobody else who could answer"),
        ({"to": f"person:{house.anna}"}, "nobody else who could answer"),
        ({"text": " "}, "write something"),
        ({"text": "я" * 4001}, "4001 characters long"),
    ):
        answer = await as_anna.post(card, data=fields | change, headers=HTML, allow_redirects=False)
        assert (answer.status, said in await answer.text()) == (422, True)
    question = await asked(house, as_anna, f"person:{boris}")
    page = f"/questions/{question}"
    for text in ("", "я" * 4001):
        assert (await as_anna.send(f"{page}/messages", {"text": text}, page=page)).status == 422


async def test_a_thread_is_not_for_everybody(
    house: House, root: Browser, app: web.Application, as_anna: Browser, boris: UUID, add_person: AddPerson
) -> None:
    question = await asked(house, as_anna, f"person:{boris}")
    vera = await add_person("vera", Role.AGENT)
    async with another(root, await session_of(house.pool, app, vera)) as somebody:
        assert (await somebody.look(f"/questions/{question}")).status == 404
        assert question not in await text_of(somebody, "/questions?shelf=all")
        assert question not in await text_of(somebody, f"/card/number/{CLIENT}/questions")
        token = csrf_of(await text_of(somebody, "/settings/account"))
        for deed in ("messages", "close"):
            fields = {"csrf": token, "text": "x"}
            answer = await somebody.post(f"/questions/{question}/{deed}", data=fields, headers=HTML)
            assert answer.status == 404
        assert (await somebody.look("/settings/questions")).status == 403
    assert question in await text_of(root, "/questions?shelf=all")
    for wrong in ("17", str(UUID(int=7))):
        assert (await root.look(f"/questions/{wrong}")).status == 404


async def test_topics_are_set(house: House, root: Browser, as_anna: Browser, as_boris: Browser, boris: UUID) -> None:
    page = "/settings/questions"
    assert (await root.send(f"{page}/topics", {"name": "", "people": str(boris)}, page=page)).status == 422
    assert (await root.send(f"{page}/topics", {"name": "Насосы", "people": str(boris)}, page=page)).status == 303
    topic = await house.pool.fetchval("select id from expert_topics")
    question = await asked(house, as_anna, f"topic:{topic}")
    assert "Насосы: Борис" in await text_of(as_boris, f"/questions/{question}")
    assert (await root.send(f"{page}/topics/{topic}", {"name": "Трубы"}, page=page)).status == 303
    text = await text_of(root, page)
    assert "Трубы" in text
    assert "Nobody answers it" in text
    assert (await root.send(page, {"minutes": "x"}, page=page)).status == 422
    assert (await root.send(page, {"minutes": "30"}, page=page)).status == 303
    assert (await root.send(f"{page}/topics/{topic}/remove", {}, page=page)).status == 303
    assert (await root.send(f"{page}/topics/{topic}/remove", {}, page=page)).status == 404


async def test_the_api(house: House, root: Browser, boris: UUID) -> None:
    await house.contact()
    anna, expert = await token_of(house.pool, house.anna), await token_of(house.pool, boris)
    body = {"number": CLIENT, "text": "Какой?", "person": str(boris)}
    answer = await root.post("/api/v1/questions", json=body, headers=anna)
    made = await answer.json()
    assert (answer.status, made["names"], made["messages"]) == (201, ["Борис"], [])
    address = f"/api/v1/questions/{made['id']}"
    assert (await (await root.get("/api/v1/questions", headers=expert)).json())["items"] == [made]
    answer = await root.post(f"{address}/messages", json={"text": "Третий"}, headers=expert)
    assert (answer.status, (await answer.json())["messages"][0]["is_answer"]) == (201, True)
    assert (await root.post(f"{address}/close", headers=expert)).status == 403
    assert (await (await root.post(f"{address}/close", headers=anna)).json())["closed_at"]
    assert (await (await root.get("/api/v1/questions/topics", headers=anna)).json()) == {"items": []}
    for wrong in ("?shelf=x", "?a=b", "?limit=0", "?cursor=x"):
        assert (await root.get(f"/api/v1/questions{wrong}", headers=anna)).status == 400
    for bad in ({}, body | {"text": ""}, body | {"text": "x" * 4001}, body | {"person": "x"}, body | {"more": 1}):
        assert (await root.post("/api/v1/questions", json=bad, headers=anna)).status == 400
