"""The API of contacts and spam numbers."""

import ipaddress
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from trunkline.contacts import api
from trunkline.errors import TrunklineError
from trunkline.keys import pool_key
from trunkline.people.identity import EVERYTHING, Identity, Via
from trunkline.people.roles import ROLE_RIGHTS, Right, Role
from trunkline.web.auth import identity_key
from trunkline.web.failures import body_of
from trunkline.web.middlewares import failure_of
from trunkline.web.security import Peer, peer_key

IVANOV = {
    "external_id": "K1",
    "name": "Иванов Иван",
    "phones": ["8 (916) 123-45-67", "+79161234567", "84951234567"],
    "company": "ООО «Ромашка»",
    "class": "client",
    "overdue": "120.50",
}
Client = TestClient[web.Request, web.Application]


@pytest.fixture
def rights() -> set[Right]:
    """What the person at the client may do; a test changes it in place."""
    return set(ROLE_RIGHTS[Role.ADMINISTRATOR])


@pytest.fixture
async def client(pool: asyncpg.Pool, rights: set[Right]) -> AsyncIterator[Client]:
    """A client signed in as an administrator."""
    person = uuid4()
    await pool.execute("insert into people (id, name) values ($1, 'Анна')", person)

    @web.middleware
    async def sign_in(request: web.Request, handler: Any) -> web.StreamResponse:
        request[identity_key] = Identity(
            person, "Анна", "anna", Role.ADMINISTRATOR, frozenset(rights), EVERYTHING, Via.TOKEN, "t1"
        )
        request[peer_key] = Peer(ipaddress.ip_address("127.0.0.1"), secure=False, forwarded=False)
        try:
            answer: web.StreamResponse = await handler(request)
        except TrunklineError as error:
            failure = failure_of(error)
            return web.json_response(body_of(failure), status=failure.status)
        return answer

    app = web.Application(middlewares=[sign_in])
    app[pool_key] = pool
    app.add_routes(api.routes())
    async with TestClient(TestServer(app)) as client:
        yield client


async def test_a_contact_is_put_found_and_taken_out(client: Client, pool: asyncpg.Pool) -> None:
    answer = await client.post("/api/v1/contacts", json=IVANOV)
    stored = await answer.json()
    assert answer.status == 200, stored
    assert stored["phones"] == ["+74951234567", "+79161234567"]
    assert (stored["company"], stored["class"], stored["overdue"]) == ("ООО «Ромашка»", "client", "120.50")

    assert stored["city"] == ""
    there = await (await client.post("/api/v1/contacts", json=IVANOV | {"city": " г.  Тверь "})).json()
    assert there["city"] == "г. Тверь"
    again = await (await client.post("/api/v1/contacts", json=IVANOV | {"phones": ["+79161234568"]})).json()
    assert (again["id"], again["phones"]) == (stored["id"], ["+79161234568"])
    kept = dict(IVANOV)
    del kept["overdue"]
    assert (await (await client.post("/api/v1/contacts", json=kept)).json())["overdue"] == "120.50"

    for query, count in [
        ("number=89161234567", 1),
        ("number=89161234568", 0),
        ("name=ИВАН", 1),
        ("name=%25", 0),
        ("", 1),
    ]:
        assert len((await (await client.get(f"/api/v1/contacts?{query}")).json())["items"]) == count, query
    assert (await client.get(f"/api/v1/contacts/{stored['id']}")).status == 200
    assert (await client.delete(f"/api/v1/contacts/{stored['id']}")).status == 204
    assert (await client.delete(f"/api/v1/contacts/{stored['id']}")).status == 404
    assert (await client.get(f"/api/v1/contacts/{stored['id']}")).status == 404
    assert (await client.get("/api/v1/contacts/17")).status == 404
    deeds = [row["action"] for row in await pool.fetch("select action from audit order by id")]
    assert deeds == ["contact.changed"] * 4 + ["contact.removed"]


async def test_money_is_for_those_who_may_see_it(client: Client, rights: set[Right]) -> None:
    stored = await (await client.post("/api/v1/contacts", json=IVANOV)).json()
    rights.discard(Right.MONEY_READ)

    assert (await client.post("/api/v1/contacts", json=IVANOV)).status == 403
    assert (await (await client.get(f"/api/v1/contacts/{stored['id']}")).json())["overdue"] is None


async def test_texts_hold_nothing_a_terminal_or_a_telephone_would_obey(client: Client) -> None:
    hostile = "Ива\x1b[31mнов\r\nX-Evil: 1\u202e"
    texts = dict.fromkeys(("name", "company", "city", "email"), hostile) | {"note": f"{hostile}\nещё"}
    response = await client.post("/api/v1/contacts", json=IVANOV | texts)

    assert response.status == 200, await response.text()
    stored = await response.json()
    one = "Ива[31mнов X-Evil: 1"
    assert [stored[field] for field in ("name", "company", "city", "email")] == [one] * 4
    assert stored["note"] == "Ива[31mнов\nX-Evil: 1\nещё"


async def test_contacts_are_paged_without_gaps(client: Client) -> None:
    for number in range(5):
        body = {"external_id": f"K{number}", "name": "Иванов", "phones": [f"+7916123456{number}"]}
        assert (await client.post("/api/v1/contacts", json=body)).status == 200
    seen: list[str] = []
    cursor = ""
    while True:
        page = await (await client.get(f"/api/v1/contacts?limit=2&name=иван&cursor={cursor}")).json()
        seen += [contact["external_id"] for contact in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == ["K0", "K1", "K2", "K3", "K4"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"phones": []}, "$.phones"),
        ({"phones": ["+79161234567", "12"]}, "$.phones[1]"),
        ({"name": ""}, "$.name"),
        ({"class": "enemy"}, "$.class"),
        ({"overdue": "-1"}, "$.overdue"),
        ({"overdue": "NaN"}, "$.overdue"),
        ({"responsible": str(uuid4())}, "$.responsible"),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_a_mistake_names_its_field(client: Client, change: dict[str, Any], field: str) -> None:
    answer = await client.post("/api/v1/contacts", json=IVANOV | change)

    assert answer.status == 400
    assert field in await answer.text()


async def test_spam_numbers_come_and_go(client: Client) -> None:
    answer = await client.post("/api/v1/spam", json={"number": "8 495 123-45-67", "votes": 3})
    assert (answer.status, await answer.json()) == (201, {"number": "+74951234567", "added": True})
    assert (await client.post("/api/v1/spam", json={"number": "+74951234567"})).status == 200
    for number in ("+74951234568", "+79161234567"):
        await client.post("/api/v1/spam", json={"number": number})

    page = await (await client.get("/api/v1/spam?limit=2")).json()
    assert [entry["number"] for entry in page["items"]] == ["+74951234567", "+74951234568"]
    rest = await (await client.get(f"/api/v1/spam?limit=2&cursor={page['next']}")).json()
    assert ([entry["number"] for entry in rest["items"]], rest["next"]) == (["+79161234567"], None)
    found = await (await client.get("/api/v1/spam?prefix=7495")).json()
    assert len(found["items"]) == 2
    assert (await client.delete("/api/v1/spam/+74951234567")).status == 204
    assert (await client.delete("/api/v1/spam/+74951234567")).status == 404


@pytest.mark.parametrize(
    ("method", "path", "body", "field"),
    [
        ("POST", "/api/v1/spam", {"number": "00"}, "$.number"),
        ("POST", "/api/v1/spam", {"number": "+74951234567", "votes": 0}, "$.votes"),
        ("POST", "/api/v1/spam", {"number": "+74951112233"}, "$.number"),
        ("DELETE", "/api/v1/spam/0", None, "number"),
        ("GET", "/api/v1/spam?prefix=a", None, "prefix"),
        ("GET", "/api/v1/spam?limit=0", None, "limit"),
        ("GET", "/api/v1/spam?cursor=!", None, "cursor"),
        ("GET", "/api/v1/contacts?cursor=IjEi", None, "cursor"),
        ("GET", "/api/v1/contacts?number=12", None, "number"),
    ],
)
async def test_a_wrong_request_names_its_field(
    client: Client, pool: asyncpg.Pool, method: str, path: str, body: dict[str, Any] | None, field: str
) -> None:
    await pool.execute("insert into lines (id, number) values ($1, '+74951112233')", uuid4())
    answer = await client.request(method, path, json=body)

    assert answer.status == 400
    assert field in await answer.text()
