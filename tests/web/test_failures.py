"""Every error is answered: people get a page, htmx a toast, programs JSON, and nobody a look at the inside."""

import json
from collections.abc import AsyncIterator

import asyncpg
import pytest
from aiohttp import hdrs, web
from redis.asyncio import Redis

from tests.people.company import AddPerson
from tests.people.web import Browser, browsing, compose, sign_in
from trunkline.crypto import SecretBox
from trunkline.db.types import Pool
from trunkline.errors import DatabaseUnfit, Forbidden, InvalidInput, Mistake, NotFound, Overloaded
from trunkline.keys import process_key
from trunkline.people.passwords import Passwords
from trunkline.people.roles import Role
from trunkline.web.middlewares import answer_errors, observe
from trunkline.web.render import reader_middleware, setup_templates

_SECRET = "password of the database"
_ERRORS: dict[str, Exception] = {
    "invalid": InvalidInput(Mistake("limit", "must be a whole number from 1 to 200")),
    "forbidden": Forbidden("This line is not yours to see."),
    "lost": NotFound(),
    "overloaded": Overloaded("Two imports run already; wait for one to end."),
    "unfit": DatabaseUnfit(_SECRET),
    "unforeseen": ZeroDivisionError(_SECRET),
    "away": asyncpg.CannotConnectNowError(_SECRET),
    "refused": ConnectionRefusedError(_SECRET),
    "large": web.HTTPRequestEntityTooLarge(max_size=10, actual_size=11, text="At most 10 bytes, please."),
    "token": web.HTTPUnauthorized(text="Show a token.", headers={hdrs.WWW_AUTHENTICATE: "Bearer"}),
    "elsewhere": web.HTTPSeeOther("/login"),
}
STATUSES = {
    "invalid": 400,
    "forbidden": 403,
    "lost": 404,
    "overloaded": 503,
    "unfit": 500,
    "unforeseen": 500,
    "away": 503,
    "refused": 503,
    "large": 413,
    "token": 401,
    "nowhere/else": 404,
}


async def fail(request: web.Request) -> web.Response:
    """Raise what the path names."""
    raise _ERRORS[request.match_info["name"]]


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    app = web.Application(middlewares=[observe, answer_errors, reader_middleware])
    app[process_key] = "web"
    setup_templates(app)
    app.add_routes([web.get("/{name}", fail), web.get("/api/v1/{name}", fail)])
    async with browsing(app) as browser:
        yield browser


@pytest.mark.parametrize("name", STATUSES)
async def test_a_person_gets_a_page_that_says_what_would_be_right(browser: Browser, name: str) -> None:
    answer = await browser.look(f"/{name}")
    text = await answer.text()

    assert (answer.status, answer.content_type) == (STATUSES[name], "text/html")
    assert answer.headers["X-Request-Id"] in text
    assert '<p class="muted">' in text
    assert _SECRET not in text
    assert "Traceback" not in text


@pytest.mark.parametrize("name", STATUSES)
@pytest.mark.parametrize("prefix", ["", "/api/v1"])
async def test_a_program_gets_json(browser: Browser, name: str, prefix: str) -> None:
    page = {hdrs.ACCEPT: "text/html", "HX-Request": "true"}
    answer = await browser.get(f"{prefix}/{name}", headers=page if prefix else {hdrs.ACCEPT: "*/*"})
    text = await answer.text()
    said = json.loads(text)

    assert (answer.status, answer.content_type) == (STATUSES[name], "application/json")
    assert said["error"] == said["error"].lower()
    assert said.get("message") or said["mistakes"]
    assert said["request_id"] == answer.headers["X-Request-Id"]
    assert _SECRET not in text


@pytest.mark.parametrize("name", STATUSES)
async def test_htmx_gets_a_toast(browser: Browser, name: str) -> None:
    answer = await browser.look(f"/{name}", **{"HX-Request": "true"})
    toast = json.loads(answer.headers["HX-Trigger"])["toast"]

    assert answer.status == STATUSES[name]
    assert toast["kind"] == "bad"
    assert toast["text"]
    assert _SECRET not in toast["text"]


async def test_each_mistake_names_its_field(browser: Browser) -> None:
    said = await (await browser.get("/invalid")).json()

    assert said["mistakes"] == [{"field": "limit", "message": "must be a whole number from 1 to 200"}]
    assert "<strong>limit</strong>" in await (await browser.look("/invalid")).text()


async def test_the_text_of_whoever_refused_is_shown(browser: Browser) -> None:
    assert "At most 10 bytes, please." in await (await browser.look("/large")).text()
    assert "This line is not yours to see." in await (await browser.look("/forbidden")).text()
    assert "404: Not Found" not in await (await browser.look("/nowhere/else")).text()


async def test_headers_of_the_refusal_stay(browser: Browser) -> None:
    answer = await browser.look("/token")

    assert answer.headers[hdrs.WWW_AUTHENTICATE] == "Bearer"
    assert answer.headers.getall(hdrs.CONTENT_TYPE) == ["text/html; charset=utf-8"]
    assert (await browser.look("/away")).headers[hdrs.RETRY_AFTER] == "5"


async def test_a_redirect_is_no_error(browser: Browser) -> None:
    answer = await browser.look("/elsewhere")

    assert (answer.status, answer.headers[hdrs.LOCATION]) == (303, "/login")


async def test_the_unforeseen_is_logged_with_its_traceback(
    browser: Browser, capsys: pytest.CaptureFixture[str]
) -> None:
    await browser.look("/unforeseen")
    printed = capsys.readouterr()

    assert "ZeroDivisionError" in printed.out + printed.err


async def test_the_page_speaks_the_readers_language(browser: Browser) -> None:
    text = await (await browser.look("/nowhere/else", **{hdrs.ACCEPT_LANGUAGE: "ru"})).text()

    assert '<html lang="ru"' in text
    assert "There is nothing here" not in text


async def test_somebody_signed_in_keeps_his_navigation(
    pool: Pool, redis: Redis, box: SecretBox, passwords: Passwords, add_person: AddPerson
) -> None:
    app = compose(pool, redis, box, passwords)
    app[process_key] = "web"
    app.middlewares[:0] = [observe, answer_errors]
    await add_person("anna", Role.ADMINISTRATOR)
    async with browsing(app) as browser:
        assert 'class="sidebar"' not in await (await browser.look("/nowhere")).text()
        await sign_in(browser)
        assert 'class="sidebar"' in await (await browser.look("/nowhere")).text()
        assert (await browser.look("/nowhere", Host="evil.example")).status == 421
