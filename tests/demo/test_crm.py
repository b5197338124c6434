"""The demo's CRM as Trunkline meets it: signed posts and questions, and what it makes of them."""

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from trunkline.demo.bargains import bargain_of
from trunkline.demo.crm import Crm, Poster
from trunkline.demo.crm_book import ENTITIES, Book
from trunkline.demo.words import load_words
from trunkline.webhooks.signature import sign

SECRET = b"a secret that both sides know"
PHONE = "+79160000000"
CALL = {"call": {"client": PHONE, "line_name": "Москва: <b>сайт</b>", "outcome": "answered"}}
PAYER = next(f"l{number}" for number in range(50) if bargain_of(f"l{number}").pays)
Client = TestClient[Any, Any]


def lead(identifier: str = PAYER, **more: Any) -> dict[str, Any]:
    return {"lead": {"id": identifier, "phone": PHONE, "title": "Автобус", "stage": "new", **more}, "contact": {}}


WON = {"taken_by": "Титов Сергей", "closed_at": "2026-11-27T12:00:00+03:00", "close_reason": "won"}


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    with closing(Book(tmp_path / "crm.sqlite", load_words(), ZoneInfo("Europe/Moscow"))) as book:
        yield book


@pytest.fixture
async def crm(book: Book) -> AsyncIterator[Client]:
    async with TestClient(TestServer(Crm(book, SECRET, "http://127.0.0.1:8080").app())) as client:
        yield client


async def post(crm: Client, event: str, key: str, body: bytes, secret: bytes = SECRET, at: float = 0) -> Any:
    headers = {
        "Trunkline-Event": event,
        "Trunkline-Delivery": key,
        "Trunkline-Signature": sign(secret, body, int(at or time.time())),
    }
    return await crm.post("/", data=body, headers=headers)


@pytest.mark.parametrize(
    ("event", "key", "body", "secret", "late", "status"),
    [
        ("ping", "ping:1", b"{}", SECRET, 0, 200),
        ("call.ended", "k", msgspec.json.encode(CALL), SECRET, 0, 200),
        ("call.ended", "k", b"{}", b"another secret", 0, 401),
        ("call.ended", "k", b"{}", SECRET, 301, 401),
        ("call.ended", "k", b"{", SECRET, 0, 400),
        ("call.ended", "k", b"\xff", SECRET, 0, 400),
        ("call.ended", "k", b"[]", SECRET, 0, 400),
        ("call.ended", "", b"{}", SECRET, 0, 400),
    ],
)
async def test_only_signed_messages_are_kept(
    crm: Client, book: Book, event: str, key: str, body: bytes, secret: bytes, late: int, status: int
) -> None:
    answer = await post(crm, event, key, body, secret, time.time() - late)

    assert answer.status == status
    assert book.newest()["counts"]["told"] == (status == 200 and event != "ping")


async def test_a_won_lead_becomes_a_deal_and_money_once(crm: Client, book: Book) -> None:
    answers = [
        await (await post(crm, event, key, msgspec.json.encode(message))).json()
        for event, key, message in (
            ("call.ended", "c1", CALL),
            ("lead.touched", "a", lead()),
            ("call.ended", "c2", CALL),
            ("lead.closed", "b", lead(**WON)),
            ("lead.closed", "b", lead(**WON)),
            ("lead.closed", "c", lead("l99", **WON | {"close_reason": "talked"})),
            ("call.ended", "c3", CALL),
        )
    ]
    assert answers == [
        {"ok": True}, {"id": "лид 1"}, {"id": "лид 1"}, {"id": "сделка 1"}, {"id": "сделка 1"}, {"id": "лид 2"},
        {"id": "сделка 1"},
    ]  # fmt: skip
    ends = time.time() + bargain_of(PAYER).ends
    for _ in range(2):
        book.move(ends)
    given = {what: book.changed(what, 0, "http://crm")[0] for what in ENTITIES}
    assert [len(given[what]) for what in ENTITIES] == [1, 1, 1]
    assert given["contacts"][0]["phones"] == [PHONE]
    assert (given["deals"][0]["stage"], given["deals"][0]["responsible"]) == ("оплачено", "Титов Сергей")
    assert given["payments"][0]["amount"] == given["deals"][0]["amount"] == bargain_of(PAYER).amount


async def test_it_is_still_known_after_a_restart(book: Book, tmp_path: Path) -> None:
    assert book.take("b", "lead.closed", lead(**WON), 5.0) == "сделка 1"
    with closing(Book(tmp_path / "crm.sqlite", load_words(), ZoneInfo("UTC"))) as again:
        assert again.take("b", "lead.closed", lead(**WON), 9.0) == "сделка 1"
        assert again.newest()["counts"]["deals"] == 1


async def test_it_answers_signed_questions_page_by_page(crm: Client, book: Book) -> None:
    book.take("b", "lead.closed", lead(**WON), 5.0)
    asked = {
        "/export?what=deals&since=4&p=1": 200, "/export?what=deals&since=5": 200, "/export?what=deals&since=4&p=2": 200,
        "/export?what=leads&since=4": 400, "/export?what=deals&since=x": 400, "/export?what=deals&since=4&p=-1": 400,
    }  # fmt: skip
    found = {}
    for path, status in asked.items():
        signed = sign(SECRET, path.encode(), int(time.time()))
        answer = await crm.get(path, headers={"Trunkline-Signature": signed})
        assert answer.status == status, path
        found[path] = len(await answer.json()) if status == 200 else 0
        assert (await crm.get(f"{path}&more=1", headers={"Trunkline-Signature": signed})).status == 401
    assert list(found.values()) == [1, 0, 0, 0, 0, 0]


async def test_its_page_shows_what_it_holds_in_two_languages(crm: Client, book: Book) -> None:
    empty = await (await crm.get("/")).text()
    book.take("c", "call.ended", CALL, 4.0)
    book.take("b", "lead.closed", lead(**WON), 5.0)
    page = await (await crm.get("/", headers={"Accept-Language": "ru"})).text()

    assert "Nothing yet" in empty
    assert "Москва: &lt;b&gt;сайт&lt;/b&gt;" in page
    assert all(words in page for words in ("CRM демо-компании", "Титов Сергей", "договор", PHONE, 'id="deal-1"'))


async def test_what_changed_is_posted_and_again_where_it_was_refused(book: Book) -> None:
    told: list[tuple[str, int]] = []
    status = {"contacts": 200, "deals": 503, "payments": 200}

    async def receive(request: web.Request) -> web.Response:
        what = request.match_info["what"]
        told.append((what, len(msgspec.json.decode(await request.read()))))
        return web.json_response({}, status=status[what])

    app = web.Application()
    app.add_routes([web.post("/hooks/{what}", receive)])
    book.take("b", "lead.closed", lead(**WON), 5.0)
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        poster, done = Poster(book, "http://crm", str(server.make_url("/hooks")), 0.0), dict.fromkeys(ENTITIES, 0.0)
        await poster.one_round(session, 6.0, done)
        status["deals"] = 200
        for moment in (7.0, 8.0, 5.0 + bargain_of(PAYER).ends):
            await poster.one_round(session, moment, done)
    assert told == [("contacts", 1), ("deals", 1), ("deals", 1), ("deals", 1), ("payments", 1)]
